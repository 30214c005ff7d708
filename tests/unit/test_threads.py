from __future__ import annotations

import os
import threading

import pytest

from novu_core.threads import OwnLock


def others(lock):
    """Whether another thread can take it."""
    taken = threading.Event()

    def take():
        with lock:
            taken.set()

    threading.Thread(target=take, daemon=True).start()
    return taken.wait(0.05)


def test_one_thread_holds_it_and_may_take_it_again():
    lock = OwnLock()
    with lock, lock:
        assert not others(lock)
    assert others(lock)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_does_not_wait_for_a_thread_of_its_parent():
    lock, held, leave = OwnLock(), threading.Event(), threading.Event()

    def hold():
        with lock:
            held.set()
            leave.wait(10)

    threading.Thread(target=hold).start()
    assert held.wait(10)
    child = os.fork()
    if not child:
        os._exit(0 if others(lock) else 1)
    assert os.waitpid(child, 0)[1] == 0
    leave.set()


def test_it_is_made_where_it_is_taken(monkeypatch):
    """As gevent, which patches a worker after the fork, needs it."""
    lock, made = OwnLock(), []
    monkeypatch.setattr(threading, "RLock", lambda: made.append(threading.Lock()) or made[-1])
    with lock:
        assert made[0].locked()
