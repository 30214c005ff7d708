"""Threads of ours by name, and a lock that survives a fork."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

logger = logging.getLogger(__name__)
THREADS = "novu-"
"""How the name of every thread begins that runs users' code and is not the caller's."""


def start(name: str, target: Callable[..., object], *args: Any) -> threading.Thread | None:
    """Start a daemon thread; None, and a warning in the log, where the system has none left: the caller tries again."""
    thread = threading.Thread(target=target, args=args, name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        logger.warning("The thread %s cannot start and is tried again later: %s", name, error)
        return None
    return thread


class Pool(ThreadPoolExecutor):
    """A pool that goes on with the threads it has where no other can start.

    Raises RuntimeError at once where not even its first one can; later, whatever is submitted finds a thread.
    """

    def __init__(self, most: int, name: str) -> None:
        super().__init__(most, thread_name_prefix=name)
        self.submit(int)

    def _adjust_thread_count(self) -> None:  # when this is called the work is queued, and would run after an error too
        try:
            super()._adjust_thread_count()
        except RuntimeError:
            if not self._threads:
                raise


class OwnLock:
    """A re-entrant lock of which every process has its own, made when it is first taken there.

    A fork may copy one that another thread holds. And one that was made before a fork is useless where gevent patches
    the child only (gunicorn's ``--preload``): it does not tell greenlets apart, and stops them all.
    """

    def __init__(self) -> None:
        self._by_process: dict[int, threading.RLock] = {}

    def __enter__(self) -> None:
        pid = os.getpid()
        mine = self._by_process.get(pid)
        if mine is None:
            mine = self._by_process.setdefault(pid, threading.RLock())  # atomic
        mine.acquire()

    def __exit__(self, *exception: object) -> None:
        self._by_process[os.getpid()].release()
