"""Keeps the leases of the runs that this process is working on."""

from __future__ import annotations

import logging
import os
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from novu_core.storage.records import ExecutionRow

if TYPE_CHECKING:
    from novu_core.engine.runner import Parts

logger = logging.getLogger("novu_core")


class Heartbeat:
    """The runs in progress, and a daemon thread that renews what has used up a third of its lease.

    The thread starts with the first run and sleeps while none is in progress.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._active: dict[str, ExecutionRow] = {}
        self._started = False
        self._busy = threading.Event()
        self._closed = threading.Event()

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
            threading.Thread(target=self._beat, name="novu-heartbeat", daemon=True).start()
        if not self._busy.is_set():
            self._busy.set()

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
        self._closed.set()
        self._busy.set()

    def _beat(self) -> None:
        pause = self._parts.lease / timedelta(seconds=3)
        while not self._closed.wait(pause):
            if not self._active:
                self._busy.clear()
                self._busy.wait(0 if self._active else None)  # a run may have begun between the two lines above
                continue
            try:
                self.renew()
            except Exception as error:
                logger.warning("The leases of %d runs could not be renewed: %s", len(self._active), error)
