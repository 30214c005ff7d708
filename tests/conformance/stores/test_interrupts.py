"""What a signal raises amid any line, while the batches of several threads are committed together."""

from __future__ import annotations

import threading
import time

import pytest

from novu_core.errors import StoreError
from novu_core.storage import group_commit
from novu_core.storage.changes import AddExecution
from novu_core.storage.digests import TakeSlot
from tests.conformance.stores.samples import LATER, NOW, run, running, step_of


class SoftTimeLimitExceeded(Exception):
    pass


INTERRUPTS = [KeyboardInterrupt, SystemExit, SoftTimeLimitExceeded, TimeoutError]


class Add:
    """Adds a run, and counts how often it does."""

    def __init__(self, number, ran):
        self.number, self.ran = number, ran

    def apply(self, transaction):
        self.ran.append(self.number)
        AddExecution(run(self.number)).apply(transaction)


@pytest.fixture
def together(store, monkeypatch):
    """Commits changes in one group, of which the first is this thread's; returns what each of them raised."""

    def commit(*changes):
        raised, commits = [None] * len(changes), store.database._commits

        def one(at):
            try:
                store.commit(changes[at])
            except BaseException as error:
                raised[at] = error

        threads = [threading.Thread(target=one, args=[at]) for at in range(1, len(changes))]

        def queue_up():
            for number, thread in enumerate(threads, start=1):
                thread.start()
                end = time.monotonic() + 30
                while len(commits._queue) <= number:
                    assert time.monotonic() < end
                    time.sleep(0.001)

        with monkeypatch.context() as patched:
            patched.setattr(commits, "_shared", True)
            patched.setattr(group_commit, "_let_others_queue", once(queue_up))
            one(0)
            for thread in threads:
                thread.join(30)
        return raised

    return commit


def once(call):
    left = [call]
    return lambda: left.pop()() if left else None


@pytest.fixture
def interrupt(store, monkeypatch):
    """Raises an interrupt once: amid the first batch's work, with the answer to COMMIT, or when that has come."""

    class Cursor:
        def __init__(self, cursor):
            self._cursor = cursor

        def __getattr__(self, name):
            return getattr(self._cursor, name)

        def execute(self, sql, *params):
            answer = self._cursor.execute(sql, *params)
            meet("COMMIT" if sql == "COMMIT" else "work" if "INSERT" in sql else "")
            return answer

    class Writer:
        def __init__(self, connection):
            self._connection = connection

        def __getattr__(self, name):
            return getattr(self._connection, name)

        def cursor(self):
            return Cursor(self._connection.cursor())

    left = []

    def meet(place):
        if left and left[0][0] == place:
            raise left.pop()[1]

    def meets(place, kind):
        database = store.database
        told = database._notices.committed
        database._writer = Writer(database._open())
        monkeypatch.setattr(database._notices, "committed", lambda *args: meet("afterwards") or told(*args))
        left.append((place, kind()))

    return meets


def raises(kind):
    """What the thread is told that a signal met."""
    return StoreError if issubclass(kind, Exception) else kind


@pytest.mark.parametrize("kind", INTERRUPTS)
@pytest.mark.parametrize("place", ["COMMIT", "afterwards"])
def test_a_group_that_may_be_durable_is_not_done_again(store, together, interrupt, place, kind):
    ran = []
    interrupt(place, kind)
    raised = together(*(Add(number, ran) for number in (1, 2, 3)))
    assert [type(error) for error in raised] == [raises(kind), StoreError, StoreError]
    assert all("It is unknown whether" in error.message and not error.away for error in raised[1:])
    assert ran == [1, 2, 3]
    assert {row.execution_id for row in store.list_executions(limit=9)} == {"e0001", "e0002", "e0003"}
    store.commit(Add(4, ran))
    assert ran == [1, 2, 3, 4]


@pytest.mark.parametrize("place", ["COMMIT", "afterwards"])
def test_a_slot_that_may_be_taken_is_not_asked_for_again(store, together, interrupt, place):
    row = running(store, 1)
    interrupt(place, TimeoutError)
    together(Add(2, []), TakeSlot(row, step_of("e0001", "t", "throttle"), "bucket", LATER, 1, NOW))
    assert store.execution("e0001").outcome is None
    assert [step.result["throttled"] for step in store.steps("e0001")] == [False]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, SoftTimeLimitExceeded])
def test_a_group_that_is_not_durable_is_done_without_the_one_that_was_interrupted(store, together, interrupt, kind):
    ran = []
    interrupt("work", kind)
    raised = together(*(Add(number, ran) for number in (1, 2, 3)))
    assert [type(error) for error in raised] == [raises(kind), type(None), type(None)]
    assert ran.count(1) == 1
    assert {row.execution_id for row in store.list_executions(limit=9)} == {"e0002", "e0003"}
