"""The threads that attempts run in are used again, and end without work."""

from __future__ import annotations

import os
import queue
import threading
import time

import pytest

from novu_core.delivery import senders
from novu_core.threads import PerProcess


@pytest.fixture(autouse=True)
def no_thread_of_another_test(monkeypatch):
    monkeypatch.setattr(senders, "_idle", PerProcess(list))


def rests(count=1):
    end = time.monotonic() + 10
    while len(senders._idle()) != count:
        assert time.monotonic() < end
        time.sleep(0.001)


def ask():
    found, done = [], threading.Event()
    senders.run(lambda: (found.append(threading.current_thread()), done.set()), "provider", 60)
    assert done.wait(10)
    return found[0]


def test_a_thread_comes_back_for_the_next_attempt():
    first = ask()
    rests()
    assert ask() is first
    assert (first.name, first.daemon) == ("novu-send", True)


def test_one_that_hangs_holds_up_nobody_and_comes_back_when_it_is_done():
    leave = threading.Event()
    senders.run(lambda: leave.wait(10), "slow", 0)
    assert (senders.hanging("slow"), senders.hanging("provider")) == (1, 0)
    ask()
    rests()
    leave.set()
    rests(2)
    assert senders.hanging("slow") == 0


def test_a_thread_without_work_ends(monkeypatch):
    monkeypatch.setattr(senders, "_REST", 0.01)
    thread = ask()
    thread.join(10)
    assert not thread.is_alive()
    assert senders._idle() == []
    assert ask() is not thread


def test_one_that_is_taken_as_it_would_end_does_the_work(monkeypatch):
    """Its time is over, but it stands in no list any more: the work is on its way."""
    monkeypatch.setattr(senders, "_REST", 0.01)
    inbox, done = queue.SimpleQueue(), threading.Event()
    thread = threading.Thread(target=senders._serve, args=(inbox,), daemon=True)
    thread.start()
    time.sleep(0.05)
    assert thread.is_alive()
    inbox.put(done.set)
    assert done.wait(10)
    thread.join(10)
    assert not thread.is_alive()


def test_a_fork_that_python_was_not_told_of_has_threads_of_its_own_and_nothing_hangs_in_it(monkeypatch):
    """As uWSGI forks: whoever had the parent's resting thread do something would wait for ever."""
    leave, parent = threading.Event(), os.getpid()
    senders.run(lambda: leave.wait(10), "slow", 0)
    first = ask()
    rests()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    assert senders.hanging("slow") == 0
    assert senders._idle() == []
    assert ask() is not first
    rests()
    monkeypatch.setattr(os, "getpid", lambda: parent)
    assert senders.hanging("slow") == 1
    assert ask() is first
    leave.set()
