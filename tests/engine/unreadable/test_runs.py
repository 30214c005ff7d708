"""A run or a step that cannot be read fails, once, and stops no other."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest

from novu_core.aio import Blocking, drive
from novu_core.errors import StoreError
from tests.damage import EVER, damage, due, statuses

DAMAGED_RUNS = [
    ("request", '{"payload": {'),
    ("request", "[1]"),
    ("request", '{"payload": {}}'),
    ("request", '{"payload": 5, "subscriber": {}}'),
    ("request", '{"payload": {}, "subscriber": {}, "overrides": [1]}'),
    ("error", "{"),
    ("error", "{}"),
    ("outcome", "postponed"),
    ("created_at", EVER),
    ("started_at", -EVER),
    ("started_at", 9 * EVER),
]
DAMAGED_STEPS = [
    ("result", "{"),
    ("result", ""),
    ("attempts", '{"at": 1}'),
    ("attempts", '[{"at": "now"}]'),
    ("attempts", "[1"),
    ("error", '"text"'),
    ("error", '{"type": 5}'),
    ("status", "sleeping"),
    ("type", "pigeon"),
    ("outcome", "read"),
    ("started_at", EVER),
]
SQLITE_RUNS = [("request", b'{"payload": {"name": "\xff"}}'), ("request", b"\xc3("), ("created_at", "soon")]
SQLITE_STEPS = [("result", b'"\xff"'), ("started_at", "soon"), ("position", "first"), ("reason", b"\xff")]


def check_that_one_of_ten_fails(env, caplog, column, value):
    ids = due(env)
    damage(env.client, "executions", column, value, execution_id=ids[4])
    before = env.client.executions.list()
    assert [run.execution_id for run in before] == ids[::-1]
    assert [run.execution_id for run in before if run.unreadable] == [ids[4]]
    with caplog.at_level(logging.ERROR, "novu_core"):
        env.advance(seconds=8)  # eight leases
    expected = ["completed"] * 10
    expected[4] = "failed"
    assert statuses(env, ids) == expected
    assert len(env.outbox.in_app) == 9
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert ids[4] in told[0]
    assert "UnreadableRowError" in told[0]
    run = env.client.executions.get(ids[4])
    assert (run.error["type"], run.error["kind"]) == ("UnreadableRowError", "configuration")
    assert f"`{column}`" in run.error["message"] or "request" in run.error["message"]
    return ids


@pytest.mark.parametrize(("column", "value"), DAMAGED_RUNS)
def test_a_run_that_cannot_be_read_fails_and_the_others_run(env, caplog, column, value):
    check_that_one_of_ten_fails(env, caplog, column, value)


@pytest.mark.parametrize(("column", "value"), SQLITE_RUNS)
def test_sqlite_keeps_any_value_in_any_column(sqlite, caplog, column, value):
    check_that_one_of_ten_fails(sqlite, caplog, column, value)


def test_a_run_that_was_mended_can_be_retried_and_one_that_was_not_fails_again(env):
    request = '{"payload": {}, "subscriber": {"subscriberId": "u4"}}'
    [first, second] = due(env, 2)
    for execution_id in (first, second):
        damage(env.client, "executions", "request", "{", execution_id=execution_id)
    env.run_due()
    damage(env.client, "executions", "request", request, execution_id=first)
    assert env.client.executions.retry(first).status == "completed"
    again = env.client.executions.retry(second)
    assert (again.status, again.error["type"]) == ("failed", "UnreadableRowError")


@pytest.mark.parametrize("column", ["request", "error"])
def test_a_run_that_cannot_be_read_can_be_canceled(env, column):
    [execution_id] = due(env, 1)
    damage(env.client, "executions", column, "{", execution_id=execution_id)
    assert env.client.executions.cancel(execution_id).outcome == "canceled"
    env.advance(hours=1)
    assert env.outbox.in_app == []


@pytest.mark.parametrize(("column", "value"), DAMAGED_STEPS)
def test_a_step_that_cannot_be_read_fails_its_run_only(env, column, value):
    check_that_one_of_three_fails(env, column, value)


@pytest.mark.parametrize(("column", "value"), SQLITE_STEPS)
def test_sqlite_keeps_any_value_in_any_column_of_a_step(sqlite, column, value):
    check_that_one_of_three_fails(sqlite, column, value)


@pytest.mark.parametrize(
    ("step_id", "result"),
    [("pause", "5"), ("pause", "[]"), ("ring", '"b"'), ("collect", "{}"), ("collect", '{"events": [1]}')],
)
def test_a_result_that_is_none_of_its_step_is_named(env, step_id, result):
    workflow = "batch" if step_id == "collect" else "later"
    execution_id = env.trigger(workflow, "ann", {"word": "one"}).execution_id
    env.advance(hours=1)
    damage(env.client, "steps", "result", result, execution_id=execution_id, step_id=step_id)
    run = env.client.executions.get(execution_id)
    assert (run.status, run.error["type"]) == ("completed", "UnreadableRowError")
    assert [step.step_id for step in run.steps if step.unreadable] == [step_id]


def check_that_one_of_three_fails(env, column, value):
    ids = [env.trigger("later", f"u{number}").execution_id for number in range(3)]
    damage(env.client, "steps", column, value, execution_id=ids[1], step_id="look")
    listed = {run.execution_id: run for run in env.client.executions.list()}
    assert [bool(listed[execution_id].unreadable) for execution_id in ids] == [False, True, False]
    shown = {step.step_id: step for step in listed[ids[1]].steps}
    assert f"`{column}`" in shown["look"].unreadable
    assert shown["pause"].unreadable is None
    assert "`look`" in listed[ids[1]].error["message"]
    json.dumps(listed[ids[1]].to_json())
    env.advance(hours=1)
    assert statuses(env, ids) == ["completed", "failed", "completed"]
    assert len(env.outbox.in_app) == 2


@pytest.mark.parametrize("value", [EVER, 9 * EVER, "soon", b"\xff"])
def test_a_run_whose_due_time_cannot_be_read_is_not_left_lying(env, caplog, value):
    if not isinstance(value, int) and "sqlite" not in env.client.engine.parts.store.database.name:
        pytest.skip("PostgreSQL keeps numbers only")
    ids = [env.trigger("later", f"u{number}").execution_id for number in range(2)]
    damage(env.client, "executions", "due_at", value, execution_id=ids[0])
    env.advance(minutes=30)
    env.client.worker._strays.look()
    assert ids[0] in caplog.text
    env.advance(minutes=31)
    assert statuses(env, ids) == ["completed", "completed"]
    pauses = [env.client.executions.get(execution_id).steps[1] for execution_id in ids]
    assert pauses[0].completed_at - pauses[0].started_at == timedelta(hours=1), "it waited to its own end"
    env.client.worker._strays._looked = None
    env.client.worker._strays.look()


def test_a_due_time_before_all_times_is_due(env):
    ids = due(env, 2)
    damage(env.client, "executions", "due_at", -9 * EVER, execution_id=ids[0])
    env.run_due()
    assert statuses(env, ids) == ["completed", "completed"]


@pytest.mark.parametrize("value", [-9 * EVER, 5])
def test_a_stray_of_any_time_is_counted(env, value):
    [execution_id] = due(env, 1)
    damage(env.client, "executions", "due_at", value, execution_id=execution_id)
    damage(env.client, "executions", "workflow_id", "removed", execution_id=execution_id)
    [(workflow_id, count, _)] = env.client.engine.parts.store.overdue(["bell"], env.clock.now())
    assert (workflow_id, count) == ("removed", 1)


def test_a_repeated_trigger_of_an_unreadable_run_shows_it(env):
    first = env.trigger("bell", "ann", transaction_id="t")
    damage(env.client, "executions", "request", "{", execution_id=first.execution_id)
    again = env.trigger("bell", "ann", transaction_id="t")
    assert (again.execution_id, again.repeated) == (first.execution_id, True)
    assert "`request`" in again.unreadable
    assert again.payload.recipient == "ann"
    assert again.subscriber.subscriber_id == "ann"


def test_only_the_owner_of_an_unreadable_run_ends_it(env, monkeypatch, caplog):
    [execution_id] = due(env, 1)
    damage(env.client, "executions", "request", "{", execution_id=execution_id)
    store, runner, now = env.client.engine.parts.store, env.client.engine.runner, env.clock.now()
    [early] = store.claim(["bell"], now, now, "early", 1)
    [late] = store.claim(["bell"], now, now + timedelta(seconds=1), "late", 1)
    drive(runner.run(early, Blocking()))
    assert "owned by another worker" in caplog.text
    assert env.client.executions.get(execution_id).status == "running"

    def gone(*changes, **how):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", gone)
        with pytest.raises(StoreError, match="gone"):
            drive(runner.run(late, Blocking()))
    drive(runner.run(late, Blocking()))
    assert env.client.executions.get(execution_id).status == "failed"
