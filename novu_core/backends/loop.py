"""Looks for due rows again and again: sleeps until the earliest, woken at once by this process, soon by others."""

from __future__ import annotations

import os
import threading
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime

from typing_extensions import Self

from novu_core.backends.ending import stop_at_exit
from novu_core.engine.engine import Engine
from novu_core.engine.presence import Presence
from novu_core.engine.strays import StrayWatch
from novu_core.errors import StoreError
from novu_core.lines import logger_of
from novu_core.storage.rows import ExecutionRow
from novu_core.threads import start

logger = logger_of(__name__)
POLL = 1.0
"""Seconds between looks for rows that other processes made due, where that is less than a third of a lease."""
_CALM = 30.0
"""Seconds between two log lines about the same trouble."""
_CLOSING = 10.0
"""Seconds that a client which is closed, or a process that ends, gives its runs at most."""
_MARGIN = 5.0
"""Seconds that the thread has beyond those, to give back what nobody began."""


class Loop(ABC):
    """A daemon thread, or the caller's (:meth:`work`), that does something with due rows.

    Subclasses say what, in :meth:`_round`.
    """

    thread = "novu-worker"
    """What the thread is called."""
    trouble = "met an error"
    """What to tell of a round that failed, but for the store."""

    def __init__(self, engine: Engine) -> None:
        self._parts = engine.parts
        self._fanouts = engine.fanouts
        self._strays = StrayWatch(engine.parts)
        self._watches = (Presence(engine.parts), self._strays, engine.neighbours)
        self._upkeep = engine.upkeep
        self._poll = min(POLL, self._parts.lease.total_seconds() / 3)
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._next: datetime | None = None
        self._stopping = self._working = False
        self._grace = self._parts.grace.total_seconds()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.finished = 0

    def heed(self) -> Self:
        """Let this process's engine tell it what becomes due, for as long as somebody holds it."""
        notice = weakref.WeakMethod(self.notice)
        self._parts.due = lambda due: (tell := notice()) and tell(due)
        return self

    @property
    def running(self) -> bool:
        """Whether this process has its thread."""
        return self._pid == os.getpid() and self._thread is not None and self._thread.is_alive()

    @property
    def active(self) -> int:
        """How many runs are claimed here, and most of them in progress."""
        return 0

    @property
    def hanging(self) -> list[ExecutionRow]:
        """The runs that have been in progress for longer than a lease."""
        return []

    def start(self, concurrency: int = 4) -> None:
        """Start the thread, unless this process has it."""
        if self._pid != os.getpid():
            self._reset()
        with self._lock:
            if not self.running:
                self._stopping, self._grace = False, self._parts.grace.total_seconds()
                self._thread = start(self.thread, self.work, concurrency)
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

    def _stopped(self) -> bool:
        return self._stopping

    def work(self, concurrency: int = 4, report: Callable[[Self], None] | None = None) -> list[ExecutionRow]:
        """Do rounds until :meth:`stop`, or until nobody holds the client; troubles are waited out.

        Then the present runs have ``NOVU_GRACE_SECONDS`` to end; those that do not are returned, and left to their
        leases. ``report`` is called each round.
        """
        self._begin(concurrency)
        trouble: float | None = None
        self._working = True
        start("novu-listen", self._listen)
        try:
            while not self._stopped():
                try:
                    with self._parts.alive():  # not while it sleeps
                        sleep = self._round(concurrency)
                        if report is not None:
                            report(self)
                    sleep()
                    trouble = None
                except ReferenceError:
                    self._stopping = True
                except Exception as error:
                    if trouble is None or time.monotonic() - trouble > _CALM:
                        what = "cannot reach its store" if isinstance(error, StoreError) else self.trouble
                        logger.error("The worker %s and will try again: %s", what, error)
                        trouble = time.monotonic()
                    self._pause(POLL)
        finally:
            self._working = False
            left = self._finish(concurrency)
        self._ended()
        return left

    @abstractmethod
    def _begin(self, concurrency: int) -> None:
        """Say that it begins."""
        ...

    @abstractmethod
    def _ended(self) -> None:
        """Say that it has ended."""
        ...

    @abstractmethod
    def _round(self, concurrency: int) -> Callable[[], object]:
        """Do something with what is due; return the pause."""
        ...

    def _finish(self, concurrency: int) -> list[ExecutionRow]:
        """End what goes on here; return what is left to its leases."""
        return []

    def _look(self) -> datetime | None:
        """Do what is to be done beside runs; return when there will be something. Raises StoreError."""
        for watch in self._watches:
            watch.look()
        return self._upkeep.look()

    def _listen(self) -> None:
        """Hear of rows that other processes made due, where the database tells; polling goes on beside it."""
        while not self._stopped():
            try:
                self._parts.store.listen(self.notice, self._stopped)
                return
            except Exception as error:
                logger.debug("Not listening for notices, polling instead: %s", error)
                self._pause(POLL)

    def _expect(self, due: datetime | None) -> None:
        if due is not None and (self._next is None or due < self._next):
            self._next = due

    def _sleep(self, due: Sequence[datetime | None], until_below: int | None = None) -> None:
        """Sleep until the earliest due row, at most as long as between two polls.

        With ``until_below`` the threads have enough to do: sleep until fewer runs are in progress.
        """
        with self._changed:
            if until_below is not None:
                self._changed.wait_for(lambda: self._stopping or self.active < until_below, self._poll)
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
