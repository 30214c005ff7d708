"""Threads of ours by name, and a lock that survives a fork."""

from __future__ import annotations

import os
import threading

THREADS = "novu-"
"""How the name of every thread begins that runs users' code and is not the caller's."""


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
