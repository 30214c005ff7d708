"""Connections to one server that are used again: a few in a process, shared by its threads, never with a fork."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """What a connection is to a pool."""

    def close(self) -> object:
        """Let the socket go, without a word to the server."""
        ...


C = TypeVar("C", bound=Closable)


class Connections(Generic[C]):
    """One process's connections: the idle ones, the last used on the right, and how many more may be open."""

    def __init__(self, size: int) -> None:
        self.idle: deque[tuple[C, float]] = deque()
        self.free = threading.BoundedSemaphore(size)
        self.closed = False

    def __del__(self) -> None:
        for connection, _ in self.idle:
            connection.close()


class Pool(Generic[C]):
    """Lends what ``connect()`` gives, at most ``size`` at a time in a process.

    One that was idle for less than ``idle_seconds``, and ``is_alive``, is lent again; ``quit`` ends the others. Whoever
    finds all of them busy waits for ``patience`` seconds.
    """

    def __init__(
        self,
        connect: Callable[[], C],
        is_alive: Callable[[C], bool],
        quit: Callable[[C], object],
        *,
        size: int,
        idle_seconds: float,
        patience: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._is_alive = is_alive
        self._quit = quit
        self._size = size
        self._idle_seconds = idle_seconds
        self._patience = patience
        self._monotonic = monotonic
        self._processes: dict[int, Connections[C]] = {}

    @contextlib.contextmanager
    def connection(self) -> Generator[C]:
        """Lend a connection; one during whose use anything was raised is not used again. Raises TimeoutError."""
        mine = self._mine()
        if not mine.free.acquire(timeout=self._patience):
            raise TimeoutError(f"all {self._size} connections stayed busy for {self._patience:g} s")
        try:
            connection = self._reuse(mine) or self._connect()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            mine.idle.append((connection, self._monotonic()))
            if mine.closed:
                self._drain(mine)
        finally:
            mine.free.release()

    def close(self) -> None:
        """End the idle connections; those that are lent end when they come back. The next one is opened anew."""
        mine = self._processes.pop(os.getpid(), None)
        if mine:
            mine.closed = True
            self._drain(mine)

    def _mine(self) -> Connections[C]:
        """This process's connections. Inherited ones are the parent's: let go, and never spoken on."""
        pid = os.getpid()
        for other in [key for key in list(self._processes) if key != pid]:
            inherited = self._processes.pop(other, None)
            for connection, _ in inherited.idle if inherited else ():
                connection.close()
        # setdefault is atomic, and a lock of the pool's own might have been held by another thread during the fork.
        return self._processes.setdefault(pid, Connections(self._size))

    def _reuse(self, mine: Connections[C]) -> C | None:
        while True:
            try:
                connection, since = mine.idle.pop()
            except IndexError:
                return None
            if self._monotonic() - since < self._idle_seconds and self._is_alive(connection):
                return connection
            self._quit(connection)

    def _drain(self, connections: Connections[C]) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._quit(connections.idle.pop()[0])
