"""Threads of ours by name, and what survives a fork."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)
THREADS = "novu-"
"""How the name of every thread begins that runs users' code and is not the caller's."""


def spawn(name: str, target: Callable[..., object], *args: Any) -> threading.Thread:
    """Start a daemon thread: a process ends whatever it does. Raises RuntimeError where the system has none left."""
    thread = threading.Thread(target=target, args=args, name=name, daemon=True)
    thread.start()
    return thread


def start(name: str, target: Callable[..., object], *args: Any) -> threading.Thread | None:
    """Do as :func:`spawn`; None, and a warning in the log, where no thread can start: the caller tries again."""
    try:
        return spawn(name, target, *args)
    except RuntimeError as error:
        logger.warning("The thread %s could not be started; it is tried again later: %s", name, error)
        return None


class Pool(Executor):
    """Daemon threads for what is queued; it goes on with those it has where no other can start.

    Raises RuntimeError at once where not even its first one can; later, whatever is submitted finds a thread.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._starting = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Queue a call; start a thread for it where none is idle."""
        future: Future[T] = Future()
        self._work.put(partial(_settle, future, partial(fn, *args, **kwargs)))
        if not self._idle.acquire(blocking=False):
            with contextlib.suppress(RuntimeError):
                self._start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads once the queue is empty."""
        with self._starting:
            ended, self._threads = self._threads, []
        for _ in ended:
            self._work.put(None)
        for thread in ended if wait else ():
            thread.join()

    def _start(self) -> None:
        with self._starting:
            if len(self._threads) < self._most:
                self._threads.append(spawn(f"{self._name}_{len(self._threads)}", self._serve))

    def _serve(self) -> None:
        while True:
            try:
                work = self._work.get_nowait()
            except queue.Empty:
                self._idle.release()
                work = self._work.get()
            if work is None:
                return
            work()
            del work  # or what it was about would be kept while the thread rests


class Apart(Executor):
    """Each call has a daemon thread of its own."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Begin a call. Raises RuntimeError where no thread can start."""
        future: Future[T] = Future()
        spawn("apart", _settle, future, partial(fn, *args, **kwargs))
        return future


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:
        future.set_exception(error)
        del future  # or the error, its traceback and the future would hold each other
    else:
        future.set_result(result)


class PerProcess(Generic[T]):
    """What every process has of its own, made when it is first asked for there.

    The process's id tells it: uWSGI forks without calling what ``os.register_at_fork`` was given.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._by_process: dict[int, T] = {}

    def __call__(self) -> T:
        """Return this process's, the same one to all its threads."""
        pid = os.getpid()
        mine = self._by_process.get(pid)
        return self._by_process.setdefault(pid, self._make()) if mine is None else mine  # atomic


class OwnLock:
    """A re-entrant lock of which every process has its own, made when it is first taken there.

    A fork may copy one that another thread holds. And one that was made before a fork is useless where gevent patches
    the child only (gunicorn's ``--preload``): it does not tell greenlets apart, and stops them all.
    """

    def __init__(self) -> None:
        self._mine = PerProcess(lambda: threading.RLock())  # asked for then: gevent may patch it after this

    def __enter__(self) -> None:
        self._mine().acquire()

    def __exit__(self, *exception: object) -> None:
        self._mine().release()
