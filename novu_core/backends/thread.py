"""Runs what is due: sleeps until the earliest due row, woken at once by this process, within a second by others'."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from functools import partial

from novu_core.aio import Blocking, drive
from novu_core.engine.engine import Engine
from novu_core.engine.strays import StrayWatch
from novu_core.lines import logger_of
from novu_core.storage.rows import ExecutionRow
from novu_core.threads import THREADS, Pool, start

logger = logger_of(__name__)
_POLL = 1.0
"""Seconds between looks for rows that other processes made due."""
_AHEAD = 3
"""How many runs are claimed for each thread."""
_CALM = 30.0
"""Seconds between two log lines about the same trouble."""


class Worker:
    """Claims due runs and runs them, in a daemon thread of its own or in the caller's (:meth:`run_due`)."""

    def __init__(self, engine: Engine) -> None:
        self._parts = engine.parts
        self._runner = engine.runner
        self._strays = StrayWatch(engine.parts)
        self._neighbours = engine.neighbours
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._next: datetime | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._active: dict[str, ExecutionRow] = {}
        self.finished = 0

    @property
    def running(self) -> bool:
        """Whether this process has a worker thread."""
        return self._pid == os.getpid() and self._thread is not None and self._thread.is_alive()

    @property
    def active(self) -> int:
        """How many runs are in progress."""
        return len(self._active)

    def start(self, concurrency: int = 4) -> None:
        """Start the thread, unless this process has it."""
        if self._pid != os.getpid():
            self._reset()
        with self._lock:
            if not self.running:
                self._stopping = False
                self._thread = start("novu-worker", self.work, concurrency)

    def stop(self, timeout: float = 10.0) -> None:
        """Let the present runs finish, at most ``timeout`` seconds, and end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread() and self._pid == os.getpid():
            self._thread.join(timeout)
        self._thread = None

    def request_stop(self) -> None:
        """Ask :meth:`work` to end after the present runs; safe in a signal handler."""
        self._stopping = True

    def notice(self, due: datetime) -> None:
        """Tell that a run becomes due at ``due``; the thread looks again if that is earlier than it thought."""
        if self._thread is None:
            return
        with self._changed:
            if self._next is None or due < self._next:
                self._next = due
                self._changed.notify_all()

    def run_due(self, most: int = 100) -> int:
        """Claim up to ``most`` due runs and run them here; return how many there were."""
        rows = self._claim(most) or self._claim(1, suspects=True)
        for row in rows:
            self._run(row)
        return len(rows)

    def _stopped(self) -> bool:
        return self._stopping

    def work(self, concurrency: int = 4, report: Callable[[Worker], None] | None = None) -> None:
        """Run due rows until :meth:`stop`, or until nobody holds the client; troubles of the store are waited out.

        ``report`` is called each round.
        """
        logger.info("The worker starts: %d workflows, %d runs at a time", len(self._parts.registry), concurrency)
        trouble: float | None = None
        start("novu-listen", self._listen)
        with Pool(concurrency, f"{THREADS}run") as pool:
            while not self._stopped():
                try:
                    with self._parts.alive():  # not while it sleeps
                        sleep = self._round(pool, concurrency, report)
                    sleep()
                    trouble = None
                except ReferenceError:
                    self._stopping = True
                except Exception as error:
                    if trouble is None or time.monotonic() - trouble > _CALM:
                        logger.error("The worker cannot reach its store and tries again: %s", error)
                        trouble = time.monotonic()
                    self._pause(_POLL)
        logger.info("The worker stopped after %d runs", self.finished)

    def _round(self, pool: Executor, concurrency: int, report: Callable[[Worker], None] | None) -> Callable[[], object]:
        """Claim what is due and hand it to the threads, a few ahead of them so that none waits; return the pause."""
        room = concurrency * _AHEAD - len(self._active)
        alone = any(row.takeovers > 1 for row in self._recent())
        full = alone or room <= concurrency // 2
        self._forget()
        earliest, rows = (None, []) if full else self._take(room)
        for row in rows:
            self._active[row.execution_id] = row
            self._runner.active.add(row)  # its lease is kept from now on
            pool.submit(self._run, row)
        if report is not None:
            report(self)
        self._strays.look()
        self._neighbours.look()
        if rows:
            return lambda: None
        enough = len(self._active) if alone else concurrency * _AHEAD - concurrency // 2
        return partial(self._sleep, earliest, enough if full else None)

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
        if not rows and not self._recent():  # what is left killed workers before: one at a time, and nothing beside it
            rows = self._claim(1, suspects=True)
        return None, rows

    def _recent(self) -> list[ExecutionRow]:
        """The runs in progress for less than a lease; what takes longer holds up nobody."""
        now = self._parts.clock.now()
        return [row for row in list(self._active.values()) if row.due_at is not None and now < row.due_at]

    def _claim(self, most: int, *, suspects: bool = False) -> list[ExecutionRow]:
        now = self._parts.clock.now()
        ids = list(self._parts.registry)
        lease = self._parts.lease
        return self._parts.store.claim(ids, now, now + lease, self._parts.owner, most, suspects=suspects)

    def _run(self, row: ExecutionRow) -> None:
        self._active[row.execution_id] = row
        try:
            if self._lost(row):
                return
            drive(self._runner.run(row, Blocking()))
            self.finished += 1
        except Exception as error:
            logger.error("Execution %s could not go on and is left to its lease: %s", row.execution_id, error)
        finally:
            self._runner.active.remove(row)
            with self._changed:
                self._active.pop(row.execution_id, None)
                self._expect(row.due_at)
                self._changed.notify_all()

    def _lost(self, row: ExecutionRow) -> bool:
        """Whether a run that waited here longer than its lease was claimed by another worker meanwhile."""
        if row.due_at is None or self._parts.clock.now() < row.due_at:
            return False
        found = self._parts.store.execution(row.execution_id)
        return found is None or found.fence != row.fence

    def _forget(self) -> None:
        with self._changed:
            self._next = None

    def _expect(self, due: datetime | None) -> None:
        if due is not None and (self._next is None or due < self._next):
            self._next = due

    def _sleep(self, earliest: datetime | None, until_below: int | None) -> None:
        """Sleep until the earliest due row, at most as long as between two polls.

        With ``until_below`` the threads have enough to do: sleep until fewer runs are in progress.
        """
        with self._changed:
            if until_below is not None:
                self._changed.wait_for(lambda: self._stopping or len(self._active) < until_below, _POLL)
                return
            self._expect(earliest)
            wait = _POLL
            if self._next is not None:
                wait = min(wait, (self._next - self._parts.clock.now()).total_seconds())
            if wait > 0 and not self._stopped():
                self._changed.wait(wait)

    def _pause(self, seconds: float) -> None:
        with self._changed:
            if not self._stopping:
                self._changed.wait(seconds)
