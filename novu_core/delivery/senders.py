"""Daemon threads that providers send in: one is taken for each attempt, and comes back unless the provider hangs."""

from __future__ import annotations

import queue  # its classes are asked for when they are used: gevent may patch them after this import
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from novu_core.threads import PerProcess, spawn

if TYPE_CHECKING:
    _Inbox = queue.SimpleQueue[Callable[[], None]]

MOST_HANGING = 16
"""How many sends of one provider may hang, each in a thread of its own, before its next attempts fail at once."""
_REST = 60.0
"""Seconds without work after which a thread ends."""
# Threads do not survive a fork. What these return has atomic methods, so no lock guards it.
_idle: PerProcess[list[_Inbox]] = PerProcess(list)
_sends: PerProcess[dict[object, tuple[object, float]]] = PerProcess(dict)
"""The sends in progress: whose they are, and the monotonic time at which they begin to hang."""


def hanging(provider: object) -> int:
    """Return how many sends of this provider have taken longer than they may and are not over."""
    now = time.monotonic()
    return sum(owner is provider and until <= now for owner, until in list(_sends().values()))


def run(work: Callable[[], None], provider: object, seconds: float) -> None:
    """Let a thread do ``work``, which raises nothing; a new one where none is free: a start costs twice.

    After ``seconds`` it counts as hanging until it is over. Raises RuntimeError where no thread can start.
    """
    send = object()

    def job() -> None:
        work()
        _sends().pop(send, None)

    try:
        inbox = _idle().pop()
    except IndexError:
        inbox = queue.SimpleQueue()
        spawn("novu-send", _serve, inbox)
    _sends()[send] = (provider, time.monotonic() + seconds)
    inbox.put(job)


def _serve(inbox: _Inbox) -> None:
    while True:
        try:
            work = inbox.get(timeout=_REST)
        except queue.Empty:
            try:
                _idle().remove(inbox)
            except ValueError:  # someone has just taken it, and the work is on its way
                continue
            return
        work()
        del work  # or the last message would be kept while the thread rests
        _idle().append(inbox)
