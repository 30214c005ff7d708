"""Runs what is due: sleeps until the earliest due row, woken at once by this process, within a second by others'."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from novu_core.aio import Blocking, drive
from novu_core.backends.claims import AHEAD, Claims, Load
from novu_core.backends.crew import Crew
from novu_core.backends.ending import stop_at_exit
from novu_core.engine.engine import Engine
from novu_core.engine.presence import Presence
from novu_core.engine.strays import StrayWatch
from novu_core.errors import StoreError
from novu_core.lines import logger_of
from novu_core.storage.leases import GiveBack
from novu_core.storage.rows import ExecutionRow
from novu_core.threads import start

logger = logger_of(__name__)
_POLL = 1.0
"""Seconds between looks for rows that other processes made due, where that is less than a third of a lease."""
_CALM = 30.0
"""Seconds between two log lines about the same trouble."""
_CLOSING = 10.0
"""Seconds that a client which is closed, or a process that ends, gives its runs at most."""
_MARGIN = 5.0
"""Seconds that the thread has beyond those, to give back what nobody began."""


class Worker:
    """Claims due runs and runs them, in a daemon thread of its own or in the caller's (:meth:`run_due`)."""

    def __init__(self, engine: Engine) -> None:
        self._parts = engine.parts
        self._runner = engine.runner
        self._fanouts = engine.fanouts
        self._strays = StrayWatch(engine.parts)
        self._watches = (Presence(engine.parts), self._strays, engine.neighbours)
        self._upkeep = engine.upkeep
        self._poll = min(_POLL, self._parts.lease.total_seconds() / 3)
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._next: datetime | None = None
        self._stopping = self._working = False
        self._grace = self._parts.grace.total_seconds()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._active = Claims(self._parts.clock, self._parts.lease)
        self._stuck = False
        self.finished = 0

    @property
    def running(self) -> bool:
        """Whether this process has a worker thread."""
        return self._pid == os.getpid() and self._thread is not None and self._thread.is_alive()

    @property
    def active(self) -> int:
        """How many runs are claimed, and most of them in progress."""
        return len(self._active)

    @property
    def hanging(self) -> list[ExecutionRow]:
        """The runs that have been in progress for longer than a lease."""
        return self._active.hanging

    def start(self, concurrency: int = 4) -> None:
        """Start the thread, unless this process has it."""
        if self._pid != os.getpid():
            self._reset()
        with self._lock:
            if not self.running:
                self._stopping, self._grace = False, self._parts.grace.total_seconds()
                self._thread = start("novu-worker", self.work, concurrency)
                stop_at_exit(self)

    def stop(self, timeout: float | None = None) -> None:
        """Let the present runs finish and end the thread; what hangs is left to its lease after ``timeout`` seconds.

        Without one, after 10 seconds, or ``NOVU_GRACE_SECONDS`` if that is less.
        """
        with self._changed:
            self._grace = min(_CLOSING, self._parts.grace.total_seconds()) if timeout is None else timeout
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread() and self._pid == os.getpid():
            self._thread.join(self._grace + _MARGIN)
        self._thread = None

    def request_stop(self) -> None:
        """Ask :meth:`work` to end after the present runs; safe in a signal handler."""
        self._stopping = True

    def notice(self, due: datetime) -> None:
        """Tell that a run becomes due at ``due``; :meth:`work` looks again if that is earlier than it thought."""
        if not self._working or self._pid != os.getpid():
            return
        with self._changed:
            if self._next is None or due < self._next:
                self._next = due
                self._changed.notify_all()

    def run_due(self, most: int = 100) -> int:
        """Claim up to ``most`` due runs, else those of a topic's next members, and run them here; return how many."""
        while not (rows := self._claim(most) or self._claim(1, suspects=True)) and self._fanouts.advance():
            pass
        for row in rows:
            self._run(row)
        return len(rows)

    def _stopped(self) -> bool:
        return self._stopping

    def work(self, concurrency: int = 4, report: Callable[[Worker], None] | None = None) -> list[ExecutionRow]:
        """Run due rows until :meth:`stop`, or until nobody holds the client; troubles of the store are waited out.

        Then the present runs have ``NOVU_GRACE_SECONDS`` to end; those that do not are returned, and left to their
        leases. ``report`` is called each round.
        """
        logger.info("The worker starts: %d workflows, %d runs at a time", len(self._parts.registry), concurrency)
        trouble: float | None = None
        self._working = True
        crew = Crew(self._run)
        start("novu-listen", self._listen)
        try:
            while not self._stopped():
                try:
                    with self._parts.alive():  # not while it sleeps
                        sleep = self._round(crew, concurrency, report)
                    sleep()
                    trouble = None
                except ReferenceError:
                    self._stopping = True
                except Exception as error:
                    if trouble is None or time.monotonic() - trouble > _CALM:
                        what = "cannot reach its store" if isinstance(error, StoreError) else "cannot go on"
                        logger.error("The worker %s and tries again: %s", what, error)
                        trouble = time.monotonic()
                    self._pause(_POLL)
        finally:
            self._working = False
            left = self._finish(crew, concurrency)
        logger.info("The worker stopped after %d runs", self.finished)
        return left

    def _round(self, crew: Crew, concurrency: int, report: Callable[[Worker], None] | None) -> Callable[[], object]:
        """Claim what is due and hand it to the threads, a few ahead of them so that none waits; return the pause."""
        load = self._balance(crew, concurrency)
        alone = any(found.alone for found in self._active.recent)
        full = alone or load.room <= load.free // 2
        with self._changed:
            self._next = None
        earliest, rows = (None, []) if full else self._take(load.room)
        for row in rows:
            self._active.note(row)
        crew.resize(load.threads, len(self._active))
        crew.give(rows)
        if not full and len(rows) < load.room and self._fanouts.advance():  # no run is left that waits for a thread
            earliest = self._parts.clock.now()
        if report is not None:
            report(self)
        for watch in self._watches:
            watch.look()
        snooze = self._upkeep.look()
        if rows:
            return lambda: None
        enough = len(self._active) if alone else load.held + load.free * AHEAD - load.free // 2
        return partial(self._sleep, (earliest, snooze), enough if full else None)

    def _balance(self, crew: Crew, concurrency: int) -> Load:
        """See how much the threads can begin; give back what was claimed for those that are held, or waits too long."""
        load = self._active.load(concurrency, self._runner.active.lost)
        if load.room < 0 or self._active.stale:
            self._give_back(crew, len(self._active) if self._active.stale else -load.room)
        self._tell_stuck(self._active.hanging if load.free == 0 else [], load.threads)
        return load

    def _tell_stuck(self, hanging: list[ExecutionRow], threads: int) -> None:
        stuck = len(hanging) >= threads
        if stuck and not self._stuck:
            ids = ", ".join(row.execution_id for row in hanging)
            logger.warning("The worker begins nothing more: each thread is held by a run that does not end: %s", ids)
        self._stuck = stuck

    def _give_back(self, crew: Crew, most: int) -> None:
        """Let others run what was claimed here and nobody has begun. Raises StoreError, and then keeps it."""
        rows, now = crew.take_back(most), self._parts.clock.now()
        if not rows:
            return
        try:
            self._parts.store.commit(*(GiveBack(row, now) for row in rows))
        except BaseException:
            crew.give(rows)
            raise
        for row in rows:
            self._active.forget(row)

    def _finish(self, crew: Crew, concurrency: int) -> list[ExecutionRow]:
        """Wait for the present runs, as long as they may take; return those that are left to their leases."""
        end = time.monotonic() + self._grace
        while self._active and (remaining := end - time.monotonic()) > 0:
            with contextlib.suppress(Exception):  # the store is away, and what was not begun stays here
                self._balance(crew, concurrency)
            with self._changed:
                self._changed.wait_for(lambda: not self._active, min(self._poll, remaining))
        with contextlib.suppress(Exception):  # as above
            self._give_back(crew, len(self._active))
        crew.resize(0, 0)
        left = [found.row for found in list(self._active.values())]
        for row in left:
            text = "Execution %s of %s did not end in time and is left to its lease"
            logger.warning(text, row.execution_id, row.workflow_id)
            self._runner.active.remove(row)
        self._active.clear()
        return left

    def _listen(self) -> None:
        """Hear of rows that other processes made due, where the database tells; polling goes on beside it."""
        while not self._stopped():
            try:
                self._parts.store.listen(self.notice, self._stopped)
                return
            except Exception as error:
                logger.debug("Not listening at the moment: %s", error)
                self._pause(_POLL)

    def _take(self, room: int) -> tuple[datetime | None, list[ExecutionRow]]:
        """Claim what is due; return with it when something will be, where that is nothing."""
        earliest = self._parts.store.next_due(list(self._parts.registry))
        if earliest is None or earliest > self._parts.clock.now():
            return earliest, []
        rows = self._claim(room)
        if not rows and not self._active.recent:  # what is left killed workers: one at a time, and nothing beside it
            rows = self._claim(1, suspects=True)
        return None, rows

    def _claim(self, most: int, *, suspects: bool = False) -> list[ExecutionRow]:
        self._runner.active.make_up()
        now = self._parts.clock.now()
        ids = list(self._parts.registry)
        lease = self._parts.lease
        return self._parts.store.claim(ids, now, now + lease, self._parts.owner, most, suspects=suspects)

    def _run(self, row: ExecutionRow) -> None:
        self._active.begin(row)
        try:
            if self._lost(row):
                return
            drive(self._runner.run(row, Blocking()))
            self.finished += 1
        except Exception as error:
            logger.error("Execution %s could not go on and is left to its lease: %s", row.execution_id, error)
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

    def _expect(self, due: datetime | None) -> None:
        if due is not None and (self._next is None or due < self._next):
            self._next = due

    def _sleep(self, due: Sequence[datetime | None], until_below: int | None) -> None:
        """Sleep until the earliest due row, at most as long as between two polls.

        With ``until_below`` the threads have enough to do: sleep until fewer runs are in progress.
        """
        with self._changed:
            if until_below is not None:
                self._changed.wait_for(lambda: self._stopping or len(self._active) < until_below, self._poll)
                return
            for each in due:
                self._expect(each)
            wait = self._poll
            if self._next is not None:
                wait = min(wait, (self._next - self._parts.clock.now()).total_seconds())
            if wait > 0 and not self._stopped():
                self._changed.wait(wait)

    def _pause(self, seconds: float) -> None:
        with self._changed:
            if not self._stopping:
                self._changed.wait(seconds)
