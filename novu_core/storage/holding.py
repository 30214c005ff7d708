"""Whose transaction holds an SQLite file's only writer: whoever lent it must not wait for it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection

from novu_core.aio import in_event_loop
from novu_core.errors import ConfigurationError


class Holding:
    """A user's transaction that has recorded a trigger in an SQLite file.

    ``place``: which file that is. ``fresh``: whether it made the tables, so that nobody else can open them yet.
    """

    def __init__(self, connection: Connection, place: object) -> None:
        self.place = place
        self.fresh = False
        # On an event loop the store's work is done in threads, which know by their context what they work for.
        self._thread = None if in_event_loop() else threading.get_ident()
        self._connection, self._root = weakref.ref(connection), weakref.ref(connection.get_transaction())

    def waits(self) -> bool:
        """Whether the transaction is still open, and this thread or task is the one that has to end it."""
        if self._thread not in (None, threading.get_ident()):
            return False
        connection = self._connection()
        if connection is None or connection.closed or connection.get_transaction() is not self._root():
            return False
        driver: Any = None if connection.invalidated else connection.connection.driver_connection
        return bool(driver and driver.in_transaction)  # a savepoint that came first ends the transaction with itself


_holding: ContextVar[Holding | None] = ContextVar("novu_lent", default=None)


def hold(holding: Holding) -> None:
    """Remember a transaction until it ends."""
    _holding.set(holding)


def check_holding(place: Callable[[], object], *, opening: bool = False) -> None:
    """Raise ConfigurationError where this thread or task holds the writer of the file itself.

    ``place`` returns which file is to be written, or with ``opening`` to be opened.
    """
    holding = _holding.get()
    if holding is None or holding.place != place() or (opening and not holding.fresh):
        return
    if holding.waits():
        raise ConfigurationError(
            "A trigger with session= holds SQLite's only write lock for your transaction, so this would wait for "
            "itself. Commit or roll back first, or give this trigger session= too; PostgreSQL has no such limit."
        )
    _holding.set(None)
