from __future__ import annotations

import os
import threading

import pytest

from novu_core.threads import Apart, OwnLock, PerProcess, Pool, start
from tests.conftest import until


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


def test_each_process_has_its_own_and_the_parent_keeps_its_own(monkeypatch):
    own, parent = PerProcess(list), os.getpid()
    own().append("parent's")
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    assert own() == []
    own().append("child's")
    assert own() == ["child's"]
    monkeypatch.setattr(os, "getpid", lambda: parent)
    assert own() == ["parent's"]


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
    assert caplog.messages == [
        "The thread novu-x could not be started; it is tried again later: can't start new thread"
    ]
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


@pytest.mark.parametrize("most", [1, 2, 5])
def test_a_pool_has_no_more_threads_than_it_may(most):
    with Pool(most, "novu-pool") as pool:
        leave = threading.Event()

        def work():
            leave.wait(10)
            return threading.current_thread()

        calls = [pool.submit(work) for _ in range(6)]
        leave.set()
        threads = {call.result(10) for call in calls}
    assert len(threads) <= most
    assert all(thread.daemon for thread in threads)
    assert not any(thread.is_alive() for thread in threads)


def test_a_pool_starts_none_where_one_is_idle():
    with Pool(4, "novu-pool") as pool:
        for number in range(20):
            assert pool.submit(lambda number=number: number).result(10) == number
            until(lambda: pool._idle._value)  # the thread has answered, and rests at once
        assert len(pool._threads) == 1


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
@pytest.mark.parametrize("made", [lambda: Pool(1, "novu-pool"), Apart])
def test_what_is_raised_is_the_callers(made, error):
    def work():
        raise error

    with made() as pool, pytest.raises(type(error)):
        pool.submit(work).result(10)


def test_a_call_that_is_canceled_before_its_turn_is_not_made():
    called, leave = [], threading.Event()
    with Pool(1, "novu-pool") as pool:
        pool.submit(leave.wait, 10)
        second = pool.submit(called.append, 2)
        third = pool.submit(called.append, 3)
        assert second.cancel()
        leave.set()
        third.result(10)
    assert called == [3]


def test_a_pool_that_is_not_waited_for_ends_by_itself():
    pool, leave = Pool(1, "novu-pool"), threading.Event()
    call = pool.submit(lambda: (leave.wait(10), threading.current_thread())[1])
    pool.shutdown(wait=False)
    leave.set()
    call.result(10).join(10)


def test_each_call_apart_has_a_thread_of_its_own():
    with Apart() as apart:
        both = threading.Barrier(2)
        calls = [apart.submit(lambda: (both.wait(10), threading.current_thread())[1]) for _ in range(2)]
        assert len({call.result(10) for call in calls}) == 2
        assert all(call.result().daemon for call in calls)
