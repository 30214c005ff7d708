"""Keeps the leases of the runs that this process is working on, and names those that take longer."""

from __future__ import annotations

import os
import threading
import weakref
from dataclasses import dataclass
from datetime import datetime, timedelta

from novu_core.engine.parts import Parts
from novu_core.errors import NovuError, StoreError
from novu_core.lines import about, logger_of
from novu_core.storage.leases import ForgiveLoss
from novu_core.storage.rows import ExecutionRow
from novu_core.threads import start

logger = logger_of(__name__)
_Key = tuple[str, int]


@dataclass(slots=True, eq=False)
class Kept:
    """A run whose lease is kept: since when it is being run, and what became of its renewals.

    ``stored``: it has a lease; a new run may get its own with its first step. ``missed``: the store was away when its
    lease was to be renewed. ``lost``: it is not this process's any more.
    """

    row: ExecutionRow
    began: datetime | None = None
    stored: bool = True
    missed: bool = False
    lost: bool = False
    next_warning: int = 1
    """In leases since it began."""


class Heartbeat:
    """The runs in progress, and a daemon thread that renews what has used up a third of its lease.

    It also names in the log what takes longer than its lease. The thread starts with the first run
    that can start it, and ends with the client, even if it was never closed.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._active: dict[_Key, Kept] = {}
        self._unjust: list[_Key] = []
        self._started = False
        self._open = _taken()

    def get(self, execution_id: str) -> ExecutionRow | None:
        """Return the run in progress with this id."""
        found = [kept.row for kept in list(self._active.values()) if kept.row.execution_id == execution_id]
        return max(found, key=lambda row: row.fence, default=None)

    def lost(self, row: ExecutionRow) -> bool:
        """Whether a run that goes on here was canceled, or taken over by another worker, as far as is known."""
        kept = self._active.get((row.execution_id, row.fence))
        return kept is not None and kept.lost

    def add(self, row: ExecutionRow) -> Kept:
        """Begin to keep a run's lease."""
        if self._pid != os.getpid():
            self._reset()
        kept = self._active.setdefault((row.execution_id, row.fence), Kept(row))
        if not self._started and self._parts.background:
            self._started = True
            pause = self._parts.lease / timedelta(seconds=3)
            if start("novu-heartbeat", _beat, weakref.ref(self), self._open, pause) is None:
                self._started = False  # the next run tries again
        return kept

    def begin(self, row: ExecutionRow, *, stored: bool = True) -> None:
        """Keep the lease of a run that is being run from now on, once it is stored."""
        kept = self.add(row)
        kept.began, kept.stored = self._parts.clock.now(), stored

    def stored(self, row: ExecutionRow) -> None:
        """Note that a run has its lease."""
        self.add(row).stored = True

    def remove(self, row: ExecutionRow) -> Kept | None:
        """Leave a run to its lease."""
        return self._active.pop((row.execution_id, row.fence), None)

    def abandon(self, row: ExecutionRow, error: NovuError) -> None:
        """Leave a run that cannot go on to its lease; where the store was away, its take-over will not be counted."""
        kept = self.remove(row)
        if error.away if isinstance(error, StoreError) else kept is not None and kept.missed:
            self._unjust.append((row.execution_id, row.fence))

    def renew(self) -> None:
        """Renew the leases that have used up a third. Raises StoreError."""
        now = self._parts.clock.now()
        soon = now + self._parts.lease * 2 / 3
        owned = {
            (kept.row.execution_id, kept.row.fence, kept.row.current_step): kept
            for kept in list(self._active.values())
            if kept.stored
            and not kept.lost
            and _is_running(kept.row)
            and kept.row.due_at is not None
            and kept.row.due_at < soon
        }
        if not owned:
            return
        try:
            lost = self._parts.store.renew(list(owned), now + self._parts.lease)
        except StoreError:
            for kept in owned.values():
                kept.missed = True
            raise
        for run in lost:
            owned[run].lost = True
            if owned[run].missed:
                self._unjust.append(run[:2])
        for kept in owned.values():
            kept.missed = False

    def make_up(self) -> None:
        """Do what was left undone while the store was away, before anything is claimed. Raises StoreError."""
        if any(kept.missed for kept in list(self._active.values())):
            self.renew()
        self._forgive()

    def _forgive(self) -> None:
        unjust = list(self._unjust)
        if unjust:
            self._parts.store.commit(*(ForgiveLoss(*run) for run in unjust))
            del self._unjust[: len(unjust)]

    def close(self) -> None:
        """End the thread."""
        ended, self._open = self._open, _taken()
        self._started = False  # whoever goes on after close() gets a thread again
        ended.release()

    def __del__(self) -> None:
        self._open.release()

    def beat(self) -> None:
        """Renew, or say in the log why that failed; name the runs that take long."""
        try:
            self._parts.store.synchronize()
            self.renew()
            self._forgive()
        except Exception as error:
            logger.warning("The leases of %d runs could not be renewed: %s", len(self._active), error)
        self.warn()

    def warn(self) -> None:
        """Name each run that takes longer than its lease: once then, and whenever that has doubled."""
        now, lease = self._parts.clock.now(), self._parts.lease
        for kept in list(self._active.values()):
            leases = 0 if kept.began is None else (now - kept.began) // lease
            if leases >= kept.next_warning:
                kept.next_warning = 1 << leases.bit_length()
                with about(kept.row.execution_id, kept.row.workflow_id):
                    logger.warning("%s", _told(kept, now, lease))


def _is_running(row: ExecutionRow) -> bool:
    return row.status == "running" and row.waiting_for is None


def _told(kept: Kept, now: datetime, lease: timedelta) -> str:
    row, seconds = kept.row, (now - (kept.began or now)).total_seconds()
    place = f"at step {row.current_step}" if row.current_step else "before its first step"
    told = (
        f"Execution {row.execution_id} of {row.workflow_id} has been running for {seconds:.0f} seconds, {place}; "
        f"its lease is {lease.total_seconds():g} seconds."
    )
    if kept.lost:
        return f"{told} It was canceled or taken over, and what it does is no longer recorded."
    return f"{told} If it hangs, cancel it; only its own code can free its thread."


def _taken() -> threading.Lock:
    """Return a lock whose release ends the thread: an Event's own lock may be held where __del__ is called."""
    lock = threading.Lock()
    lock.acquire()
    return lock


def _beat(found: weakref.ref[Heartbeat], end: threading.Lock, pause: float) -> None:
    while not end.acquire(timeout=pause) and (heartbeat := found()):
        heartbeat.beat()
        del heartbeat  # or this thread would keep the client alive while it sleeps
