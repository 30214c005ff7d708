"""The queue of batches: who goes first, and what an interrupt leaves behind."""

from __future__ import annotations

import threading
import time

import pytest

from novu_core.storage.database import Database


@pytest.fixture
def database():
    found = Database("sqlite://")
    yield found
    found.close()


class Busy:
    """Holds the writer until it is told to go on; batches that come meanwhile queue up."""

    def __init__(self, database):
        self.database = database
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []
        self._inside, self._go = threading.Event(), threading.Event()
        self._start(lambda _: self._inside.set() or self._go.wait(10))
        assert self._inside.wait(10)

    def _start(self, work, **options):
        self.threads.append(threading.Thread(target=self.database.write, args=(work,), kwargs=options))
        self.threads[-1].start()

    def add(self, name, **options):
        waiting = self._waiting()
        self._start(lambda _: self.order.append(name), **options)
        end = time.monotonic() + 10
        while self._waiting() == waiting:
            assert time.monotonic() < end
            time.sleep(0.001)

    def _waiting(self):
        return len(self.database._commits._queue) + len(self.database._commits._starts)

    def finish(self):
        self._go.set()
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()
        return self.order


def test_what_was_begun_goes_before_what_starts(database):
    busy = Busy(database)
    for name in ("a", "b"):
        busy.add(f"start {name}", starts=True)
        busy.add(f"step {name}")
    assert busy.finish() == ["step a", "step b", "start a", "start b"]


def test_groups_are_bounded_and_everyone_gets_a_turn(database):
    busy = Busy(database)
    for number in range(150):
        busy.add(str(number), starts=number % 2 == 0)
    order = busy.finish()
    assert sorted(map(int, order)) == list(range(150))
    assert [int(name) % 2 for name in order] == [1] * 75 + [0] * 75


def test_an_interrupt_of_the_leader_loses_nobodys_batch(database):
    busy = Busy(database)
    hurt = []

    def interrupted(_):
        if not hurt:
            hurt.append(1)
            raise KeyboardInterrupt
        busy.order.append("interrupted")

    def lead():
        with pytest.raises(KeyboardInterrupt):
            database.write(interrupted)
        busy.order.append("told")

    leader = threading.Thread(target=lead)
    leader.start()
    while not database._commits._queue:
        time.sleep(0.001)
    busy.add("step")
    busy.add("start", starts=True)
    order = busy.finish()
    leader.join(10)
    assert sorted(order) == ["start", "step", "told"]
    assert database.write(lambda _: "still works") == "still works"


def test_an_interrupt_before_the_leader_begins_leaves_the_lead_to_the_next(database, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("novu_core.storage.group_commit._let_others_queue", interrupt)
        patched.setattr(database._commits, "_shared", True)  # it was not alone in the last group
        with pytest.raises(KeyboardInterrupt):
            database.write(lambda _: "never")
    busy = Busy(database)
    busy.add("step")
    assert busy.finish() == ["step"]


@pytest.mark.parametrize("starts", [False, True])
def test_a_waiting_thread_that_is_interrupted_leaves_the_queue(database, monkeypatch, starts):
    busy, lock = Busy(database), threading.Lock

    class Signal:
        """A lock whose wait is interrupted."""

        def __init__(self):
            self._lock = lock()

        def acquire(self):
            if self._lock.locked():
                raise KeyboardInterrupt
            return self._lock.acquire()

        def release(self):
            self._lock.release()

    with monkeypatch.context() as patched:
        patched.setattr("novu_core.storage.group_commit.threading.Lock", Signal)
        with pytest.raises(KeyboardInterrupt):
            database.write(lambda _: busy.order.append("never"), starts=starts)
    busy.add("step")
    assert busy.finish() == ["step"]
