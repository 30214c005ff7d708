"""Daemon threads that providers send in: one is taken for each attempt, and comes back unless the provider hangs."""

from __future__ import annotations

import os
import queue  # its classes are asked for when they are used: gevent may patch them after this import
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    _Inbox = queue.SimpleQueue[Callable[[], None]]

_REST = 60.0
"""Seconds without work after which a thread ends."""
_idle: list[_Inbox] = []  # its methods are atomic, so no lock guards it

if hasattr(os, "register_at_fork"):  # threads do not survive a fork
    os.register_at_fork(after_in_child=_idle.clear)


def run(work: Callable[[], None]) -> None:
    """Let a thread do ``work``, which raises nothing; a new one where none is free: a start costs twice."""
    try:
        inbox = _idle.pop()
    except IndexError:
        inbox = queue.SimpleQueue()
        threading.Thread(target=_serve, args=(inbox,), name="novu-send", daemon=True).start()
    inbox.put(work)


def _serve(inbox: _Inbox) -> None:
    while True:
        try:
            work = inbox.get(timeout=_REST)
        except queue.Empty:
            try:
                _idle.remove(inbox)
            except ValueError:  # someone has just taken it, and the work is on its way
                continue
            return
        work()
        del work  # or the last message would be kept while the thread rests
        _idle.append(inbox)
