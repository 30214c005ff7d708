"""The clients of this process: those that are alive, and the innermost ``with client:`` of the present context."""

from __future__ import annotations

import contextvars
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from novu_core.living import frameworks as frameworks
from novu_core.living import live as live

T = TypeVar("T")

innermost: contextvars.ContextVar[tuple[Any, ...]] = contextvars.ContextVar("novu_clients", default=())
"""The clients of the present context, the innermost last."""


@contextmanager
def within(client: Any) -> Generator[None]:
    """Around a workflow function: the user's context, and triggers from inside come to this client."""
    token = innermost.set((*innermost.get(), client))
    try:
        with client.context():
            yield
    finally:
        innermost.reset(token)


def held(found: weakref.ref[T], name: str) -> T:
    """Return what a weak reference leads to. Raises ReferenceError, which says what to do, where it is gone."""
    it = found()
    if it is None:
        raise ReferenceError(f"{name} no longer exists. Keep a reference to it for as long as it is used.")
    return it
