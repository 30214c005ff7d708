"""A run belongs to whoever claimed it, until the lease has passed; then another worker goes on with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core import Client, Registry, Settings
from novu_core.errors import LeaseLostError, StoreError
from novu_core.storage.changes import SaveExecution, SaveOwnStep
from novu_core.storage.troubles import Trouble, translated
from tests.engine.conftest import ADA
from tests.providers import Hanging

HOUR = {"amount": 1, "unit": "hours"}


def test_a_run_of_a_dead_worker_is_taken_over_when_its_lease_has_passed(env, registry, mail):
    result = env.trigger(mail, to=ADA, wait=False)
    store = env.client.engine.parts.store
    now = env.clock.now()
    [claimed] = store.claim(["mail"], now, now + env.client.engine.parts.lease, "dead", 1)
    env.advance(seconds=29)
    assert env.client.executions.get(result.execution_id).status == "running"
    env.advance(seconds=1)
    assert env.client.executions.get(result.execution_id).status == "completed"
    with pytest.raises(LeaseLostError):
        store.commit(SaveExecution(claimed))
    assert len(env.outbox.email) == 1


def test_a_run_that_is_claimed_early_waits_on(env, registry):
    @registry.workflow("w")
    def w(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})

    result = env.trigger(w, "ada")
    store, now = env.client.engine.parts.store, env.clock.now()
    row = store.execution(result.execution_id)
    row.due_at = now  # as after a take-over from a worker whose clock ran ahead
    store.commit(SaveExecution(row))
    assert env.client.worker.run_due() == 1
    assert env.client.executions.get(result.execution_id).waiting_for == "delay"
    env.advance(hours=1)
    assert env.client.executions.get(result.execution_id).status == "completed"


def test_a_store_that_fails_while_reading_leaves_the_run_to_its_lease(env, registry, monkeypatch):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"})
        step.delay("pause", {"amount": 1, "unit": "hours"})

    result = env.trigger(w, "ada")
    store = env.client.engine.parts.store

    def gone(execution_id):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(store, "messages_of", gone)
        env.clock.advance(env.client.engine.parts.lease * 120)
        env.client.worker.run_due()
        assert env.client.executions.get(result.execution_id).status == "running"
    env.clock.advance(env.client.engine.parts.lease)
    env.client.worker.run_due()
    assert env.client.executions.get(result.execution_id).status == "completed"


def test_a_store_that_is_gone_leaves_the_run_to_its_lease(env, registry, monkeypatch):
    @registry.workflow("two")
    def two(step):
        step.in_app("first", {"body": "b"})
        step.in_app("second", {"body": "b"})

    store = env.client.engine.parts.store
    commit = store.commit
    failing = {"left": 1}

    def gone(*changes, **options):
        if isinstance(changes[0], SaveOwnStep) and failing["left"]:  # the first step comes with its run
            failing["left"] -= 1
            raise StoreError("gone")
        return commit(*changes, **options)

    monkeypatch.setattr(store, "commit", gone)
    with pytest.raises(StoreError):
        env.trigger(two, to="ada")
    [run] = env.client.executions.list()
    assert (run.status, len(run.step_results)) == ("running", 1)
    env.clock.advance(env.client.engine.parts.lease)
    assert env.client.worker.run_due() == 1
    assert env.client.executions.get(run.execution_id).status == "completed"


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_steps_by_an_hour_loses_nothing(env, one, step):
    execution = env.trigger(one, to="ada", wait=False)
    env.clock.advance(step)
    env.client.worker.run_due()
    env.clock.advance(-step)
    env.client.worker.run_due()
    assert env.client.executions.get(execution.execution_id).status == "completed"


@pytest.mark.parametrize("step_type", ["throttle", "digest"])
def test_a_commit_that_lets_the_run_go_on_renews_its_lease(env, registry, monkeypatch, step_type):
    @registry.workflow("w")
    def w(step):
        step.custom("slow", lambda: env.clock.advance(env.client.engine.parts.lease / 2) or {"n": 1})
        if step_type == "throttle":
            step.throttle("t", {**HOUR, "threshold": 9})
        else:
            step.digest("d", {**HOUR, "lookBackWindow": {"amount": 1, "unit": "minutes"}})
        rows = env.client.engine.parts.store.list_executions(limit=1)
        seen.extend(row.due_at - env.clock.now() for row in rows)

    seen = []
    assert env.trigger(w, ADA).status == "completed"
    assert seen == [env.client.engine.parts.lease]


def test_recipients_that_wait_for_their_turn_keep_their_leases(tmp_path):
    registry, slow = Registry(), Hanging(patience=0.4, timeout=None)

    @registry.workflow("w")
    def w(step):
        step.push("p", {"subject": "s", "body": "b"})

    settings = Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none", lease_seconds=0.6)
    with Client(settings, registry, delivery=slow) as novu:
        novu.start_worker(2)
        result = novu.trigger(w, [f"u{number}" for number in range(5)])
        assert {run.status for run in result.executions} == {"completed"}
        assert sorted(message.subscriber_id for message in slow.sent) == [f"u{number}" for number in range(5)]


def failing(kind):
    return translated(OSError(kind), Trouble[kind])


@pytest.mark.parametrize(("kind", "status"), [("LOST", "completed"), ("BUSY", "completed"), ("OTHER", "failed")])
@pytest.mark.parametrize("outages", [6, 20])
def test_a_store_that_is_away_again_and_again_is_no_death_of_a_worker(env, one, monkeypatch, kind, status, outages):
    """Only what the store says of this run alone, for all that is known, is counted: it may be sent again each time."""
    run = env.trigger(one, to="ada", wait=False).execution_id
    store = env.client.engine.parts.store
    commit = store.commit

    def gone(*changes, **options):
        if isinstance(changes[0], SaveOwnStep):
            raise failing(kind)
        return commit(*changes, **options)

    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", gone)
        for _ in range(outages):
            env.client.worker.run_due()
            env.clock.advance(env.client.engine.parts.lease)
    env.advance(minutes=5)
    ended = env.client.executions.get(run)
    assert (ended.status, (ended.error or {}).get("type")) == (
        status, None if status == "completed" else "WorkerDiedError",
    )  # fmt: skip


@pytest.mark.parametrize("read", ["steps", "known"])
def test_nor_is_one_that_cannot_be_read(env, one, monkeypatch, read):
    run = env.trigger(one, to="ada", wait=False).execution_id

    def gone(*_):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(env.client.engine.parts.store, read, gone)
        for _ in range(9):
            env.client.worker.run_due()
            env.clock.advance(env.client.engine.parts.lease)
    env.advance(minutes=5)
    assert env.client.executions.get(run).status == "completed"


def test_a_wait_starts_the_count_of_take_overs_anew(env, registry):
    @registry.workflow("w")
    def w(step):
        step.custom("first", lambda: {"n": 1})
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.custom("second", lambda: {"n": 2})

    run = env.trigger(w, to="ada", wait=False).execution_id
    store, lease = env.client.engine.parts.store, env.client.engine.parts.lease
    now = env.clock.now()
    assert store.claim(["w"], now, now + lease, "dead", 1)
    env.advance(minutes=1)
    assert (store.execution(run).waiting_for, store.execution(run).takeovers) == ("delay", 0)
