"""What is done once a user's transaction is committed, and not where it, or the savepoint it stood in, is undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, event

from novu_core.lines import logger_of
from novu_core.storage.changes import Change

logger = logger_of(__name__)
Committed = Callable[[list[Change], bool], object]
"""Told the changes, and whether the commit is over: False where it is only about to be sent."""


class Waiting:
    """The changes that wait for the commit of one connection's present transaction."""

    def __init__(self, connection: Connection) -> None:
        self.changes: list[Change] = []
        self.committed: Committed | None = None
        self._sizes: list[int] = []  # when each of the savepoints was made, which has no name yet when that is told
        event.listen(connection, "savepoint", self._savepoint)
        event.listen(connection, "release_savepoint", self._release)
        event.listen(connection, "rollback_savepoint", self._roll_back_to)
        event.listen(connection, "rollback", self._roll_back)

    def done(self, *, over: bool) -> None:
        """Tell of the commit whoever asked for it."""
        changes, committed = self.changes, self.committed
        self._forget()
        if committed is None:
            return
        try:
            committed(changes, over)
        except Exception:  # the commit is done, and must not seem to have failed
            logger.exception("A trigger whose transaction was committed could not be recorded")

    def _forget(self) -> None:
        self.changes, self.committed, self._sizes = [], None, []

    def _savepoint(self, connection: Connection, name: str) -> None:
        self._sizes.append(len(self.changes))

    def _release(self, connection: Connection, name: str, context: Any) -> None:
        self._size()

    def _roll_back_to(self, connection: Connection, name: str, context: Any) -> None:
        del self.changes[self._size() :]

    def _roll_back(self, connection: Connection) -> None:
        self._forget()

    def _size(self) -> int:
        """Forget the innermost savepoint; return how many changes there were when it was made."""
        return self._sizes.pop() if self._sizes else 0  # one that was there before anybody listened holds them all


class Afterwards:
    """Follows users' transactions to their commits. One for each store."""

    def __init__(self) -> None:
        self._waiting: WeakKeyDictionary[Connection, Waiting] = WeakKeyDictionary()

    def follow(self, given: Any, connection: Connection, committed: Committed) -> Waiting:
        """Return what waits for the commit of a Session's or Connection's transaction, whose connection this is.

        ``committed`` is called then. A Connection says that it commits only before it does, a Session when it has.
        """
        waiting = self._waiting.get(connection)
        if waiting is None:
            waiting = self._waiting[connection] = Waiting(connection)
            if given is connection:
                event.listen(connection, "commit", self._commits)
        if given is not connection:
            if self not in given.info:
                event.listen(given, "after_commit", self._after_commit)
            given.info[self] = (given.get_transaction(), waiting)
        waiting.committed = committed
        return waiting

    def _commits(self, connection: Connection) -> None:
        self._waiting[connection].done(over=False)

    def _after_commit(self, session: Any) -> None:
        if session.in_nested_transaction():  # this is told of savepoints too
            return
        root, waiting = session.info[self]
        session.info[self] = (None, waiting)
        if root is session.get_transaction():
            waiting.done(over=True)
