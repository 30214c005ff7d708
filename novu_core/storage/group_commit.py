"""The group commit: batches of many threads share one transaction, and so one fsync."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from novu_core.storage.transaction import Transaction

T = TypeVar("T")
_GROUP = 64
"""Batches in one transaction at most: the first to come must not wait for a thousand that came after it."""
_let_others_queue: Callable[[], object] = getattr(os, "sched_yield", lambda: None)
"""A turn for threads that are about to commit too: one fsync serves them all (3 % more from eight threads). Whoever was
alone in the last group gives none: on a busy machine other processes would take it, for 0.3 ms of each commit."""


class Batch(Generic[T]):
    """The work of one thread, and what became of it. ``locks``, ``single``: see :meth:`GroupCommit.commit`."""

    __slots__ = ("_signal", "done", "error", "leads", "locks", "queue", "result", "single", "work")

    def __init__(self, work: Callable[[Transaction], T], queue: deque[Batch[Any]], locks: str, single: bool) -> None:
        self.work = work
        self.queue = queue
        self.locks = locks
        self.single = single
        self.done = self.leads = False
        self.result: T | None = None
        self.error: BaseException | None = None
        self._signal: threading.Lock | None = None  # of one that waits, as one that is alone never does

    def signal(self) -> threading.Lock:
        """Return what is released once: when the batch is done, or when its thread is to lead."""
        self._signal = threading.Lock()
        self._signal.acquire()
        return self._signal

    def wake(self) -> None:
        """Let the thread go on, if it waits."""
        signal, self._signal = self._signal, None
        if signal is not None:
            signal.release()

    def finish(self, error: BaseException | None) -> None:
        """Say that the batch is durable, or what became of it."""
        self.error, self.done = error, True
        self.wake()


class GroupCommit:
    """Lets threads that commit at the same time do so together.

    A thread puts its batch into a queue. If no other is committing, it leads: it takes the batches that are queued, has
    them committed in one transaction, and wakes their threads. What was queued in the meantime is the next group; the
    thread of its first batch is woken to lead it. All others sleep until their batch is done.

    So a thread that is alone waits for nobody, and a group is what came during the last fsync: the slower the disk, the
    larger the groups. There is no thread of our own to start, to stop, or to lose in a fork.

    ``serve`` commits a group and finishes each of its batches. One thread at a time calls it.
    """

    def __init__(self, serve: Callable[[Sequence[Batch[Any]]], None]) -> None:
        self._serve = serve
        self._mutex = threading.Lock()
        self._queue: deque[Batch[Any]] = deque()
        self._starts: deque[Batch[Any]] = deque()
        self._led = self._shared = False

    def commit(self, work: Callable[[Transaction], T], *, starts: bool, locks: str = "", single: bool = False) -> T:
        """Have ``work`` done in a group, behind all other work if it ``starts`` something. Raises its error.

        ``locks``: what others may want to lock, too; a group can be done in this order, the same in every process.
        ``single``: it is a statement that needs no other work's transaction.
        """
        batch = Batch(work, self._starts if starts else self._queue, locks, single)
        with self._mutex:
            batch.queue.append(batch)
            lead = batch.leads = not self._led
            self._led = True
            signal = None if lead else batch.signal()
        try:
            if signal is not None:
                signal.acquire()
            if not batch.done:
                self._lead(batch)
        except BaseException:
            self._abandon(batch)
            raise
        if batch.error is not None:
            raise batch.error
        return batch.result  # type: ignore[return-value]  # set together with done

    def _lead(self, batch: Batch[Any]) -> None:
        """Have the next group committed, the leader's batch first, and hand over to the next in the queue."""
        if self._shared:
            _let_others_queue()
        with self._mutex:
            group = [batch.queue.popleft()]  # who leads stands first in its queue
            for queue in (self._queue, self._starts):
                while queue and len(group) < _GROUP:
                    group.append(queue.popleft())
        self._shared = len(group) > 1
        try:
            self._serve(group)
        except BaseException:  # an interrupt of this thread is not the others' failure
            with self._mutex:
                for left in reversed(group[1:]):
                    if not left.done:
                        left.queue.appendleft(left)
            raise
        finally:
            self._hand_over()

    def _hand_over(self) -> None:
        with self._mutex:
            waiting = self._queue or self._starts
            if waiting:
                waiting[0].leads = True
                waiting[0].wake()
            else:
                self._led = False

    def _abandon(self, batch: Batch[Any]) -> None:
        """Forget the batch of a thread that was interrupted while it waited, and its turn to lead."""
        with self._mutex:
            waiting = batch in batch.queue
            if waiting:
                batch.queue.remove(batch)
        if waiting and batch.leads:
            self._hand_over()
