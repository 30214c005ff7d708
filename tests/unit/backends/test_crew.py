"""The threads of a worker: daemons that start when they are needed, and give back what they have not begun."""

from __future__ import annotations

import threading

import pytest

from novu_core.backends.crew import Crew
from tests.conftest import until


@pytest.fixture
def crew():
    """A crew that notes what it runs, each in which thread, and holds it until ``go`` is set."""
    done, go = [], threading.Event()

    def work(row):
        done.append((row, threading.current_thread()))
        go.wait(10)

    made = Crew(work)
    made.done, made.go = done, go
    yield made
    go.set()
    made.resize(0, 0)


def begun(crew):
    return [row for row, _ in crew.done]


def test_as_many_threads_start_as_are_needed_and_may(crew):
    crew.resize(4, 0)
    assert crew.size == 0
    crew.resize(4, 2)
    assert crew.size == 2
    crew.resize(4, 9)
    assert crew.size == 4
    crew.give("abcdef")
    until(lambda: len(crew.done) == 4)
    threads = {thread for _, thread in crew.done}
    assert {thread.name for thread in threads} == {f"novu-run_{number}" for number in range(4)}
    assert all(thread.daemon for thread in threads)
    assert crew.size == 4


def test_what_nobody_has_begun_is_taken_back_the_last_first(crew):
    crew.resize(1, 1)
    crew.give("abcdef")
    until(lambda: begun(crew) == ["a"])
    assert crew.take_back(2) == ["e", "f"]
    assert crew.take_back(9) == ["b", "c", "d"]
    assert crew.take_back(9) == []
    crew.give("g")
    crew.go.set()
    until(lambda: begun(crew) == ["a", "g"])


def test_what_stays_is_run_in_its_order(crew):
    crew.resize(1, 1)
    crew.give("abcd")
    until(lambda: begun(crew) == ["a"])
    assert crew.take_back(1) == ["d"]
    crew.go.set()
    until(lambda: begun(crew) == ["a", "b", "c"])


def test_threads_beyond_those_that_may_go_home_when_they_are_free(crew):
    crew.resize(3, 3)
    crew.give("abc")
    until(lambda: len(crew.done) == 3)
    threads = [thread for _, thread in crew.done]
    crew.resize(1, 3)
    assert crew.size == 1
    crew.go.set()
    until(lambda: sum(thread.is_alive() for thread in threads) == 1)
    crew.give("d")
    until(lambda: len(crew.done) == 4)


def test_a_thread_that_is_sent_home_stays_where_the_queue_is_taken_back(crew):
    crew.resize(2, 2)
    crew.give("ab")
    until(lambda: len(crew.done) == 2)
    crew.resize(1, 1)
    assert (crew.take_back(9), crew.size) == ([], 2)


@pytest.fixture
def no_thread(monkeypatch):
    """Let only so many more threads start."""
    start = threading.Thread.start

    def most(left):
        def starts(thread):
            nonlocal left
            if not left:
                raise RuntimeError("can't start new thread")
            left -= 1
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", starts)

    return most


@pytest.mark.parametrize("left", [1, 3])
def test_it_goes_on_with_the_threads_that_it_has(crew, no_thread, left):
    no_thread(left)
    crew.resize(4, 4)
    assert crew.size == left


def test_without_any_it_says_so(crew, no_thread):
    no_thread(0)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        crew.resize(4, 4)
