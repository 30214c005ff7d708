"""Celery's soft time limit, which a signal raises amid any line, comes amid what the store does."""

from __future__ import annotations

import threading

import pytest

from novu_core.engine.ledger import Ledger
from novu_core.errors import StoreError
from novu_core.storage import group_commit
from novu_core.storage.changes import AddExecution
from tests.conformance.stores.samples import run


class SoftTimeLimitExceeded(Exception):
    pass


def interrupted(*_):
    raise SoftTimeLimitExceeded


@pytest.mark.parametrize("ask", ["read", "write"])
def test_the_store_says_so_and_goes_on(store, ask):
    store.commit(AddExecution(run(1)))
    with pytest.raises(StoreError, match="soft time limit") as raised:
        getattr(store.database, ask)(interrupted)
    assert not raised.value.away
    store.commit(AddExecution(run(2)))
    assert store.execution("e0001") is not None
    assert store.execution("e0002") is not None


class Signal:
    """A lock whose wait is ended by the limit."""

    taken = False

    def acquire(self):
        if self.taken:
            interrupted()
        self.taken = True

    def release(self):
        self.taken = False


def test_one_who_waits_for_the_group_is_told(store, monkeypatch):
    inside, go = threading.Event(), threading.Event()
    leader = threading.Thread(target=store.database.write, args=[lambda _: inside.set() or go.wait(30)])
    leader.start()
    assert inside.wait(30)
    with monkeypatch.context() as patched:
        patched.setattr(group_commit.threading, "Lock", Signal)
        with pytest.raises(StoreError, match="soft time limit"):
            store.commit(AddExecution(run(1)))
    go.set()
    leader.join(30)
    store.commit(AddExecution(run(2)))
    assert [row.execution_id for row in store.list_executions(limit=9)] == ["e0002"]


def test_one_who_leads_and_has_not_begun_is_told(store, monkeypatch):
    monkeypatch.setattr(store.database._commits, "_shared", True)
    with monkeypatch.context() as patched:
        patched.setattr(group_commit, "_let_others_queue", interrupted)
        with pytest.raises(StoreError, match="soft time limit"):
            store.commit(AddExecution(run(1)))
    store.commit(AddExecution(run(2)))
    assert [row.execution_id for row in store.list_executions(limit=9)] == ["e0002"]


def test_one_who_waits_for_a_connection_to_read_is_told(store, monkeypatch):
    if store.database.memory:
        pytest.skip("its only connection is the writer's")
    store.commit(AddExecution(run(1)))
    readers = store.database._readers
    held = [readers.take() for _ in range(8)]
    with monkeypatch.context() as patched:
        patched.setattr(threading, "Lock", Signal)
        with pytest.raises(StoreError, match="soft time limit"):
            store.execution("e0001")
    for connection in held:
        readers.give(connection)
    assert store.execution("e0001") is not None


@pytest.mark.parametrize("ask", ["read", "write"])
def test_the_limit_is_told_amid_the_first_lines_too(store, monkeypatch, ask):
    monkeypatch.setattr(store.database, "_check_place", interrupted)
    with pytest.raises(StoreError, match="soft time limit"):
        getattr(store.database, ask)(lambda _: None)


def test_a_read_that_it_met_is_not_read_again(store):
    store.commit(AddExecution(run(1)))
    assert store.execution("e0001") is not None  # its connection lies idle now
    asked = []
    with pytest.raises(StoreError, match="soft time limit"):
        store.database.read(lambda _: asked.append(1) or (interrupted() if len(asked) == 1 else None))
    assert asked == [1]


def test_a_step_whose_commit_it_met_has_not_failed(env):
    @env.client.registry.workflow("w")
    def w(step):
        step.custom("one", lambda: ran.append("one") or {})
        step.custom("two", lambda: ran.append("two") or {})

    ran, store = [], env.client.engine.parts.store
    found = env.client.trigger("w", "ada", wait=False)
    write, left = store.database.write, [2]

    def once(work, **options):
        left[0] -= "two" in ran
        return write(work if left[0] != 1 else interrupted, **options)

    store.database.write = once
    assert env.client.run_due([found.execution_id]) == 1
    del store.database.write
    run = env.client.executions.get(found.execution_id)
    assert (run.status, {step.step_id: step.status for step in run.steps}) == (
        "running",
        {"one": "completed", "two": "pending"},
    )
    env.clock.advance(env.client.engine.parts.lease)
    env.client.worker.run_due()
    assert env.client.executions.get(found.execution_id).status == "completed"
    assert ran == ["one", "two", "two"]


@pytest.mark.parametrize(("line", "times"), [("complete", 2), ("announce", 1)])
def test_a_step_that_was_done_when_it_came_has_not_failed(env, monkeypatch, line, times):
    """``times``: how often it is done: once where its end was stored before."""

    @env.client.registry.workflow("w")
    def w(step):
        step.custom("one", lambda: ran.append("one") or {})

    def meet(self, *args, **more):
        if not met:
            met.append(line)
            if line == "complete":
                args[1].status = "completed"
            interrupted()
        return usual(self, *args, **more)

    ran, met, usual = [], [], getattr(Ledger, line)
    found = env.client.trigger("w", "ada", wait=False)
    monkeypatch.setattr(Ledger, line, meet)
    assert env.client.run_due([found.execution_id]) == 1
    assert env.client.executions.get(found.execution_id).status == "running"
    env.clock.advance(env.client.engine.parts.lease)
    env.client.worker.run_due()
    run = env.client.executions.get(found.execution_id)
    assert (run.status, [step.status for step in run.steps]) == ("completed", ["completed"])
    assert ran == ["one"] * times
