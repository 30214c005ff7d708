"""Tells cheaply whether anything was committed to a database since one looked last, by whichever process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Protocol


class Watch(Protocol):
    """Looks at one database. For one thread at a time."""

    def changed(self) -> bool:
        """Return whether anything was committed since the last call, or may have been; True at first.

        Raises StoreError and what the driver raises; the next call is then the first again.
        """
        ...

    def close(self) -> None:
        """Close what it looks with; a later call of :meth:`changed` opens that anew."""
        ...


class Looking:
    """A watch with a connection of its own.

    ``connect`` opens it; ``mark`` says of it what differs after every commit; ``place`` tells databases at one URL
    apart, as a file that was replaced.
    """

    def __init__(self, connect: Callable[[], Any], mark: Callable[[Any], object], place: Callable[[], object]) -> None:
        self._connect = connect
        self._mark = mark
        self._place = place
        self._connection: Any = None
        self._last: tuple[object, object] | None = None

    def changed(self) -> bool:
        """Return whether anything was committed since the last call."""
        try:
            if self._last is None or self._last[0] != self._place():
                self.close()
                self._connection = self._connect()
            found = (self._place(), self._mark(self._connection))
        except BaseException:
            self.close()
            raise
        changed, self._last = found != self._last, found
        return changed

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._last = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()


class Counting:
    """The watch of a database that is one connection, whose commits are counted."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._last = -1

    def changed(self) -> bool:
        """Return whether anything was committed since the last call."""
        before, self._last = self._last, self._count()
        return before != self._last

    def close(self) -> None:
        """Begin anew."""
        self._last = -1
