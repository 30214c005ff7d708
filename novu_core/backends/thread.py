"""Runs what is due in threads of this process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from novu_core.aio import Blocking, drive
from novu_core.backends.claims import AHEAD, Claims, Load
from novu_core.backends.crew import Crew
from novu_core.backends.loop import Loop
from novu_core.engine.engine import Engine
from novu_core.lines import about, logger_of
from novu_core.storage.lanes import LANES
from novu_core.storage.leases import GiveBack
from novu_core.storage.rows import ExecutionRow

logger = logger_of(__name__)


class Worker(Loop):
    """Claims due runs and runs them, in a daemon thread of its own or in the caller's (:meth:`run_due`)."""

    _crew: Crew
    """The threads, while it works: afterwards they and the worker would hold each other."""

    def __init__(self, engine: Engine) -> None:
        self._runner = engine.runner
        super().__init__(engine)

    def _reset(self) -> None:
        super()._reset()
        self._active = Claims(self._parts.clock, self._parts.lease)
        self._stuck = False

    @property
    def active(self) -> int:
        """How many runs are claimed, and most of them in progress."""
        return len(self._active)

    @property
    def hanging(self) -> list[ExecutionRow]:
        """The runs that have been in progress for longer than a lease."""
        return self._active.hanging

    def run_due(self, most: int = 100) -> int:
        """Claim up to ``most`` due runs, else those of a topic's next members, and run them here; return how many."""
        rows: list[ExecutionRow] = []
        while not rows:
            due, now = self._fanouts.look()
            lanes = due.lanes(now)
            rows = self._take(most, lanes)
            lane = due.late(now, lanes if rows else ())
            if lane is None or not self._fanouts.advance(lane):
                break
        for row in rows:
            self._run(row)
        return len(rows)

    def _begin(self, concurrency: int) -> None:
        self._crew = Crew(self._run)
        logger.info("The worker starts: %d workflows, %d runs at a time", len(self._parts.registry), concurrency)

    def _ended(self) -> None:
        del self._crew
        logger.info("The worker stopped after %d runs", self.finished)

    def _round(self, concurrency: int) -> Callable[[], object]:
        """Claim what is due and hand it to the threads, a few ahead of them so that none waits; return the pause."""
        load, crew = self._balance(concurrency), self._crew
        alone = any(found.alone for found in self._active.recent)
        full = alone or load.room <= load.free
        with self._changed:
            self._next = None
        earliest, rows, lane = (None, [], None) if full else self._next_due(load.room)
        for row in rows:
            self._active.note(row)
        crew.resize(load.threads, len(self._active))
        crew.give(rows)
        if lane is not None and self._fanouts.advance(lane):
            earliest = self._parts.clock.now()
        snooze = self._look()
        if rows:
            return lambda: None
        enough = len(self._active) if alone else load.held + load.free * (AHEAD - 1)
        return partial(self._sleep, (earliest, snooze), enough if full else None)

    def _balance(self, concurrency: int) -> Load:
        """See how much the threads can begin; give back what was claimed for those that are held, or waits too long."""
        load = self._active.load(concurrency, self._runner.active.lost)
        if load.room < 0 or self._active.stale:
            self._give_back(len(self._active) if self._active.stale else -load.room)
        self._tell_stuck(self._active.hanging if load.free == 0 else [], load.threads)
        return load

    def _tell_stuck(self, hanging: list[ExecutionRow], threads: int) -> None:
        stuck = len(hanging) >= threads
        if stuck and not self._stuck:
            ids = ", ".join(row.execution_id for row in hanging)
            logger.warning("The worker starts no more runs: every thread is held by a run that does not end: %s", ids)
        self._stuck = stuck

    def _give_back(self, most: int) -> None:
        """Let others run what was claimed here and nobody has begun. Raises StoreError, and then keeps it."""
        rows, now = self._crew.take_back(most), self._parts.clock.now()
        if not rows:
            return
        try:
            self._parts.store.commit(*(GiveBack(row, now) for row in rows))
        except BaseException:
            self._crew.give(rows)
            raise
        for row in rows:
            self._active.forget(row)

    def _finish(self, concurrency: int) -> list[ExecutionRow]:
        """Wait for the present runs, as long as they may take; return those that are left to their leases."""
        end = time.monotonic() + self._grace
        while self._active and (remaining := end - time.monotonic()) > 0:
            with contextlib.suppress(Exception):  # the store is away, and what was not begun stays here
                self._balance(concurrency)
            with self._changed:
                self._changed.wait_for(lambda: not self._active, min(self._poll, remaining))
        with contextlib.suppress(Exception):  # as above
            self._give_back(len(self._active))
        self._crew.resize(0, 0)
        left = [found.row for found in list(self._active.values())]
        for row in left:
            text = "Execution %s of %s did not end in time; another worker takes it over when its lease expires"
            with about(row.execution_id, row.workflow_id):
                logger.warning(text, row.execution_id, row.workflow_id)
            self._runner.active.remove(row)
        self._active.clear()
        return left

    def _next_due(self, room: int) -> tuple[datetime | None, list[ExecutionRow], int | None]:
        """Claim what is due; return with it when something will be, where that is nothing.

        And of which lane it is a fan-out's turn: no run is left that waits for a thread, or none of that lane.
        """
        due, now = self._fanouts.look()
        if (earliest := due.earliest) is None or earliest > now:
            return earliest, [], None
        lanes = due.lanes(now)
        rows = self._take(room, lanes)
        return None, rows, due.late(now, () if len(rows) < room else lanes)

    def _take(self, room: int, lanes: Sequence[int]) -> list[ExecutionRow]:
        self._runner.active.make_up()
        rows = self._claim(room, lanes=lanes) if lanes else []
        if lanes and not rows and not self._active.recent:  # the rest killed workers: one at a time, and nothing beside
            rows = self._claim(1, suspects=True)
        return rows

    def _claim(self, most: int, *, suspects: bool = False, lanes: Sequence[int] = LANES) -> list[ExecutionRow]:
        parts, now = self._parts, self._parts.clock.now()
        who = (now + parts.lease, parts.owner)
        return parts.store.claim(list(parts.registry), now, *who, most, suspects=suspects, lanes=lanes)

    def _run(self, row: ExecutionRow) -> None:
        self._active.begin(row)
        try:
            if self._lost(row):
                return
            drive(self._runner.run(row, Blocking()))
            self.finished += 1
        except Exception as error:
            with about(row.execution_id, row.workflow_id):
                logger.error(
                    "Execution %s cannot continue; another worker takes it over when its lease expires: %s",
                    row.execution_id,
                    error,
                )
        finally:
            with self._changed:
                self._active.forget(row)
                self._expect(row.due_at)
                self._changed.notify_all()

    def _lost(self, row: ExecutionRow) -> bool:
        """Whether a run that waited here longer than its lease was claimed by another worker meanwhile."""
        if row.due_at is None or self._parts.clock.now() < row.due_at:
            return False
        found = self._parts.store.execution(row.execution_id)
        return found is None or found.fence != row.fence
