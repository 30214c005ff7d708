"""The threads in which a worker runs what it claimed."""

from __future__ import annotations

import queue  # its class is asked for when it is used: gevent may patch it after this import
from collections.abc import Callable, Iterable

from novu_core.storage.rows import ExecutionRow
from novu_core.threads import THREADS, spawn


class Crew:
    """Daemon threads that take runs from one queue, from which those not begun can be taken back."""

    def __init__(self, work: Callable[[ExecutionRow], object]) -> None:
        self._work = work
        self._queue: queue.SimpleQueue[ExecutionRow | None] = queue.SimpleQueue()
        self.size = 0

    def give(self, rows: Iterable[ExecutionRow]) -> None:
        """Queue runs."""
        for row in rows:
            self._queue.put(row)

    def take_back(self, most: int) -> list[ExecutionRow]:
        """Return up to ``most`` runs that no thread has begun, the last ones of the queue."""
        waiting: list[ExecutionRow] = []
        try:
            while True:
                row = self._queue.get_nowait()
                if row is None:
                    self.size += 1  # it stays
                else:
                    waiting.append(row)
        except queue.Empty:
            kept = max(len(waiting) - most, 0)
            self.give(waiting[:kept])
            return waiting[kept:]

    def resize(self, most: int, needed: int) -> None:
        """Start threads until there are as many as are needed, at most ``most``; send home those beyond that.

        Raises RuntimeError where not even one can start; those that there are go on without the others.
        """
        while self.size < min(most, needed):
            try:
                spawn(f"{THREADS}run_{self.size}", self._serve)
            except RuntimeError:
                if not self.size:
                    raise
                return
            self.size += 1
        while self.size > most:
            self._queue.put(None)
            self.size -= 1

    def _serve(self) -> None:
        while (row := self._queue.get()) is not None:
            self._work(row)
