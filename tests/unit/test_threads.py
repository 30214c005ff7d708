from __future__ import annotations

import os
import threading

import pytest

from novu_core.threads import OwnLock, Pool, start


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


@pytest.fixture
def no_thread(monkeypatch):
    """Let no thread start; return a function that gives them back."""

    def refused(thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refused)
        yield patched.undo


def test_a_thread_that_cannot_start_is_told(no_thread, caplog):
    assert start("novu-x", print) is None
    assert caplog.messages == ["The thread novu-x cannot start and is tried again later: can't start new thread"]
    no_thread()
    done = threading.Event()
    thread = start("novu-x", done.set)
    assert done.wait(10)
    assert (thread.name, thread.daemon) == ("novu-x", True)


def test_a_pool_without_any_thread_is_refused(no_thread):
    with pytest.raises(RuntimeError, match="can't start new thread"):
        Pool(4, "novu-pool")


def test_a_pool_goes_on_with_the_threads_that_it_has(monkeypatch):
    with Pool(4, "novu-pool") as pool:
        leave = threading.Event()
        first = pool.submit(leave.wait, 10)
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", lambda thread: (_ for _ in ()).throw(RuntimeError("no thread")))
            second = pool.submit(threading.current_thread)  # the only thread is busy: it waits, and is done once
        leave.set()
        assert first.result(10)
        assert second.result(10).name == "novu-pool_0"
