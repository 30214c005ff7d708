"""Stops what works in threads of its own before the interpreter ends."""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import Protocol


class Stoppable(Protocol):
    """A worker."""

    @property
    def running(self) -> bool:
        """Whether this process has its thread."""
        ...

    def request_stop(self) -> None:
        """Ask it to stop."""
        ...

    def stop(self) -> None:
        """Stop it, and wait a while."""
        ...


_working: weakref.WeakSet[Stoppable] = weakref.WeakSet()


def stop_at_exit(worker: Stoppable) -> None:
    """Let the worker's runs finish, as long as it gives them, before this process ends; nobody else may stop it."""
    _working.add(worker)


def stop_all() -> None:
    """Stop every worker that runs, all at once."""
    running = [worker for worker in _working if worker.running]
    for worker in running:
        worker.request_stop()
    for worker in running:
        worker.stop()


with contextlib.suppress(RuntimeError):  # the interpreter ends already
    # Where concurrent.futures does so, too: atexit's turn comes when no thread can start any more, and whatever a run
    # still wanted to send would fail for that.
    threading._register_atexit(stop_all)  # type: ignore[attr-defined]  # typeshed does not know it
