"""Tells the workers of other processes what becomes due, at most once in 20 ms from a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from novu_core.clock import moment
from novu_core.lines import logger_of
from novu_core.storage.transaction import Transaction

logger = logger_of(__name__)
PAUSE = 0.02
"""Seconds between two notices of one process. Each costs the server a look at every listener."""


def _later(seconds: float, call: Callable[[], object]) -> None:
    """Call in a thread of its own, which the interpreter waits for when it ends: a notice is due in 20 ms at most."""
    threading.Thread(target=_after, args=(seconds, call), name="novu-notify", daemon=False).start()


def _after(seconds: float, call: Callable[[], object]) -> None:
    time.sleep(seconds)
    call()


class Notices:
    """What one process tells. A commit that comes too soon is told of when the time is over, or by the next commit.

    ``write`` commits work. One thread at a time calls :meth:`tell` and :meth:`committed`.
    """

    def __init__(
        self,
        write: Callable[[Callable[[Transaction], object]], object],
        *,
        now: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], object] = _later,
    ) -> None:
        self._write = write
        self._now = now
        self._later = later
        self._last = float("-inf")
        self._lock = threading.Lock()
        self._untold: int | None = None
        self._waiting = False

    def tell(self, transaction: Transaction) -> bool:
        """Tell with the commit that is about to come, unless that is too soon; return whether."""
        due, untold = transaction.due, self._untold
        if due is None or transaction.backend.notify is None or self._now() - self._last < PAUSE:
            return False
        if untold is not None:
            transaction.due = min(due, untold)
        transaction.tell()
        return True

    def committed(self, transaction: Transaction, told: bool) -> None:
        """Note that the commit is done, and what it did not tell."""
        due = transaction.due
        if due is None or transaction.backend.notify is None:
            return
        with self._lock:
            if told:
                self._last = self._now()
                if self._untold is not None and due <= self._untold:
                    self._untold = None
                return
            self._untold = due if self._untold is None else min(due, self._untold)
            if self._waiting:
                return
            self._waiting = True
        try:
            self._later(max(self._last + PAUSE - self._now(), 0), self.flush)
        except RuntimeError:  # no thread can start: the next commit tells it, or the workers look by themselves
            self._waiting = False

    def flush(self) -> None:
        """Tell now what was not told yet."""
        with self._lock:
            self._waiting, untold = False, self._untold
            self._last = float("-inf")  # by whatever a clock rounds, now is late enough
        if untold is None:
            return
        try:
            self._write(lambda transaction: transaction.wakes(moment(untold)))
        except Exception as error:
            logger.debug("A notice is kept for the next commit: %s", error)
