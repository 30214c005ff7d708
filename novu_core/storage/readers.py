"""The connections that read: a bounded pool, handed out first come, first served."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import Any


class Readers:
    """Idle connections and free places for new ones.

    A place goes to the thread that has waited longest. If any thread could take it, a thousand of them would spend
    their time waking each other.
    """

    def __init__(self, most: int) -> None:
        self._mutex = threading.Lock()
        self._places = most
        self._idle: list[Any] = []
        self._waiting: deque[_Turn] = deque()

    def take(self) -> Any:
        """Return an idle connection, or None where the caller may open one; wait while every place is taken."""
        with self._mutex:
            if self._idle:
                return self._idle.pop()
            if self._places:
                self._places -= 1
                return None
            turn = _Turn()
            self._waiting.append(turn)
        try:
            turn.signal.acquire()
        except BaseException:  # an interrupt: a place that was given meanwhile must go to another
            with self._mutex:
                given = turn not in self._waiting
                if not given:
                    self._waiting.remove(turn)
            if given:
                self.give(turn.connection)
            raise
        return turn.connection

    def give(self, connection: Any) -> None:
        """Give a connection back, or with None its place."""
        with self._mutex:
            if self._waiting:
                turn = self._waiting.popleft()
                turn.connection = connection
                turn.signal.release()
            elif connection is None:
                self._places += 1
            else:
                self._idle.append(connection)

    def close(self) -> None:
        """Close the idle connections."""
        with self._mutex:
            idle, self._idle = self._idle, []
            self._places += len(idle)
        for connection in idle:
            with contextlib.suppress(Exception):
                connection.close()


class _Turn:
    """A waiting thread, and the connection it is given."""

    __slots__ = ("connection", "signal")

    def __init__(self) -> None:
        self.connection: Any = None
        self.signal = threading.Lock()
        self.signal.acquire()
