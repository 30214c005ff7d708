"""Keeps the leases of the runs that this process is working on."""

from __future__ import annotations

import os
import threading
import weakref
from datetime import timedelta

from novu_core.engine.parts import Parts
from novu_core.lines import logger_of
from novu_core.storage.rows import ExecutionRow
from novu_core.threads import start

logger = logger_of(__name__)


class Heartbeat:
    """The runs in progress, and a daemon thread that renews what has used up a third of its lease.

    The thread starts with the first run that can start it, and ends with the client, also with one that nobody closed.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._active: dict[str, ExecutionRow] = {}
        self._started = False
        self._open = _taken()

    def get(self, execution_id: str) -> ExecutionRow | None:
        """Return the run in progress with this id."""
        return self._active.get(execution_id)

    def add(self, row: ExecutionRow) -> None:
        """Begin to keep a run's lease."""
        if self._pid != os.getpid():
            self._reset()
        self._active[row.execution_id] = row
        if not self._started and self._parts.background:
            self._started = True
            pause = self._parts.lease / timedelta(seconds=3)
            if start("novu-heartbeat", _beat, weakref.ref(self), self._open, pause) is None:
                self._started = False  # the next run tries again

    def remove(self, row: ExecutionRow) -> None:
        """Leave a run to its lease."""
        self._active.pop(row.execution_id, None)

    def renew(self) -> None:
        """Renew the leases that have used up a third. Raises StoreError."""
        now = self._parts.clock.now()
        soon = now + self._parts.lease * 2 / 3
        owned = [
            (row.execution_id, row.fence, row.current_step)
            for row in list(self._active.values())
            if row.status == "running" and row.waiting_for is None and row.due_at is not None and row.due_at < soon
        ]
        if owned:
            self._parts.store.renew(owned, now + self._parts.lease)

    def close(self) -> None:
        """End the thread."""
        ended, self._open = self._open, _taken()
        self._started = False  # whoever goes on after close() gets a thread again
        ended.release()

    def __del__(self) -> None:
        self._open.release()

    def beat(self) -> None:
        """Renew, or say in the log why that failed."""
        try:
            self.renew()
        except Exception as error:
            logger.warning("The leases of %d runs could not be renewed: %s", len(self._active), error)


def _taken() -> threading.Lock:
    """Return a lock whose release ends the thread: an Event's own lock may be held where __del__ is called."""
    lock = threading.Lock()
    lock.acquire()
    return lock


def _beat(found: weakref.ref[Heartbeat], end: threading.Lock, pause: float) -> None:
    while not end.acquire(timeout=pause) and (heartbeat := found()):
        heartbeat.beat()
        del heartbeat  # or this thread would keep the client alive while it sleeps
