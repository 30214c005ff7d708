"""What a process tells others of its commits: seldom, and of every one of them."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_core.clock import micros, moment
from novu_core.storage.notices import PAUSE, Notices
from novu_core.storage.store import Store
from tests.conftest import until

TELLS = type("Tells", (), {"notify": object()})()
SILENT = type("Silent", (), {"notify": None})()


class Commit:
    """A transaction as the notices see it; what it tells counts once it is committed."""

    def __init__(self, due, backend=TELLS):
        self.due, self.backend, self.told = due, backend, None

    def tell(self):
        self.told = self.due

    def wakes(self, due):
        self.due = micros(due)


class Process:
    """Time that is moved by hand, and what the process told: when, and of which due time."""

    def __init__(self):
        self.now, self.told, self.timers, self.fails = 0.0, [], [], False
        self.notices = Notices(self.write, now=lambda: self.now, later=self.later)

    def later(self, seconds, call):
        self.timers.append((self.now + seconds, call))

    def write(self, work):
        if self.fails:
            raise OSError("the store is away")
        commit = Commit(None)
        work(commit)
        self.commit(commit)

    def commit(self, commit, *, undone=False):
        told = self.notices.tell(commit)
        assert told == (commit.told is not None)
        if undone:
            return
        if told:
            self.told.append((self.now, commit.told))
        self.notices.committed(commit, told)

    def wait(self, seconds):
        end = self.now + seconds
        while self.timers and min(at for at, _ in self.timers) <= end:
            at, call = self.timers.pop(self.timers.index(min(self.timers, key=lambda timer: timer[0])))
            self.now = max(self.now, at)
            call()
        self.now = end


STEPS = st.lists(
    st.tuples(
        st.floats(0, 0.03),
        st.one_of(st.none(), st.integers(0, 5)),
        st.booleans(),  # whether the transaction is undone
        st.booleans(),  # whether the store is away when a timer rings
    ),
    max_size=30,
)


@given(steps=STEPS)
def test_every_commit_is_told_of_and_two_notices_are_never_closer_than_the_pause(steps):
    process, committed = Process(), []
    for pause, due, undone, away in steps:
        process.fails = away
        process.wait(pause)
        process.fails = False
        process.commit(Commit(due), undone=undone)
        if due is not None and not undone:
            committed.append((process.now, due))
    if process.fails or committed:  # what a timer could not tell, the next commit does
        process.wait(1)
        process.commit(Commit(9))
        committed.append((process.now, 9))
    process.wait(1)
    for at, due in committed:
        assert any(when >= at and told <= due for when, told in process.told), (at, due)
    times = [when for when, _ in process.told]
    assert all(after - before >= PAUSE - 1e-9 for before, after in pairwise(times))


def test_the_first_commit_is_told_with_it_and_what_follows_at_once_when_the_time_is_over():
    process = Process()
    process.commit(Commit(5))
    process.commit(Commit(7))
    process.commit(Commit(6))
    assert process.told == [(0.0, 5)]
    process.wait(1)
    assert process.told == [(0.0, 5), (PAUSE, 6)]
    assert process.timers == []


def test_what_was_not_told_goes_with_a_later_commit():
    process = Process()
    process.commit(Commit(5))
    process.commit(Commit(3))
    process.now = 10.0  # the timer's thread is late
    process.commit(Commit(8))
    assert process.told == [(0.0, 5), (10.0, 3)]
    process.wait(1)
    assert len(process.told) == 2


def test_nothing_is_kept_where_nobody_is_told():
    process = Process()
    process.commit(Commit(5, SILENT))
    process.commit(Commit(None))
    process.notices.flush()
    assert (process.told, process.timers) == ([], [])


def test_where_no_thread_can_start_the_next_commit_tells():
    process = Process()

    def refuses(seconds, call):
        raise RuntimeError("can't start new thread")

    process.notices._later = refuses
    process.commit(Commit(5))
    process.commit(Commit(3))
    process.now = 1.0
    process.commit(Commit(8))
    assert process.told == [(0.0, 5), (1.0, 3)]


def test_what_was_not_told_is_told_before_the_store_is_closed():
    process = Process()
    process.commit(Commit(5))
    process.commit(Commit(3))
    process.now = PAUSE
    process.notices.flush()
    assert process.told == [(0.0, 5), (PAUSE, 3)]


@pytest.mark.parametrize("closes", [False, True])
def test_a_burst_of_commits_is_told_in_few_notices_and_its_last_one_is_heard(postgres_url, closes):
    telling, hearing = Store(postgres_url), Store(postgres_url)
    hearing.next_due(["w"])
    heard, stop = [], threading.Event()
    listening = threading.Thread(target=hearing.listen, args=(heard.append, stop.is_set))
    listening.start()
    try:
        until(lambda: telling.database.write(lambda transaction: transaction.wakes(moment(10**15))) or heard)
        for number in range(200):
            telling.database.write(lambda transaction, due=10**14 - number: transaction.wakes(moment(due)))
        if closes:
            telling.close()
        until(lambda: moment(10**14 - 199) in heard)
        assert len(heard) < 200
    finally:
        stop.set()
        listening.join()
        telling.close()
        hearing.close()
