"""What a database's error means, and the error that callers of the store get for it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import ParamSpec, TypeVar

from novu_core.aio import is_time_limit
from novu_core.errors import StoreBusyError, StoreError, StoreRefusedError

P = ParamSpec("P")
T = TypeVar("T")
BUSY_SECONDS = 20
"""How long a writer waits for another's lock."""


class Trouble(Enum):
    """What may help after an error."""

    BUSY = "waiting for another's lock"
    SLOW = "less work, or what holds the server up"
    LOST = "a new connection"
    CONFLICT = "another try"
    REFUSED = "another value"
    OTHER = "nothing"


def translated(error: BaseException, trouble: Trouble | None) -> BaseException:
    """Return the error that callers of the store know; what is not the driver's stays as it is."""
    if trouble is None:
        return error
    if trouble is Trouble.BUSY:
        told = f"The database stayed locked for {BUSY_SECONDS} seconds: {error}"
        return StoreBusyError(f"{told}. Find out what holds the lock, or try again.")
    if trouble is Trouble.SLOW:
        told = f"The database did not finish a statement in time: {error}"
        return StoreBusyError(f"{told}. Find out what holds it up, or try again.")
    if trouble is Trouble.LOST:
        return StoreError(f"The database cannot be reached: {error}. Check that it is running and reachable from here.")
    if trouble is Trouble.REFUSED:
        return StoreRefusedError(f"The database refused a value: {error}")
    failed = StoreError(f"The database failed: {error}")
    failed.away = False
    return failed


def unknown(error: BaseException) -> StoreError:
    """Return what callers are told whose work was met by an interrupt: it is no failure of the step that they save."""
    met = "The soft time limit of a task" if is_time_limit(error) else repr(error)
    left = StoreError(f"{met} interrupted a database operation. It is unknown whether the operation took effect.")
    left.away = False
    return left


def tells_limits(ask: Callable[P, T]) -> Callable[P, T]:
    """Decorate what asks the database: a soft time limit, which may come amid any of its lines, is a StoreError."""

    @wraps(ask)
    def told(*args: P.args, **options: P.kwargs) -> T:
        try:
            return ask(*args, **options)
        except Exception as error:
            if not is_time_limit(error):
                raise
            raise unknown(error) from error

    return told


class Progress:
    """How far an attempt at a transaction came."""

    begun = False
    committing = False
