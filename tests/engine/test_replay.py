"""A run that goes on replays its function: a change is told, and nothing swallows a wait."""

from __future__ import annotations

import contextlib

import pytest

from novu_core.storage.changes import SaveExecution, save_step
from tests.engine.conftest import ADA
from tests.providers import Refusing


@pytest.mark.parametrize("change", ["missing", "renamed", "reordered"])
def test_a_function_that_no_longer_fits_an_open_run_fails_it_and_it_can_be_retried(env, registry, change):
    version = {"now": "old"}

    @registry.workflow("w")
    def w(step):
        first = "other" if version["now"] == "renamed" else "first"
        if version["now"] == "reordered":
            step.delay("pause", {"amount": 1, "unit": "hours"})
        if version["now"] != "missing":
            step.in_app(first, {"body": "b"})
        if version["now"] != "reordered":
            step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("last", {"body": "l"})

    result = env.trigger(w, to="ada")
    version["now"] = change
    env.advance(hours=1)
    failed = env.client.executions.get(result.execution_id)
    assert failed.status == "failed"
    assert failed.error["type"] == "NonDeterministicWorkflowError"
    assert "first" in failed.error["message"]
    version["now"] = "old"
    assert env.client.executions.retry(result.execution_id).status == "completed"
    assert [message.step_id for message in env.outbox] == ["first", "last"]


def test_a_step_that_moved_forward_is_told_with_both_places(env, registry):
    version = {"new": False}

    @registry.workflow("w")
    def w(step):
        step.custom("first", lambda: {"n": 1})
        if version["new"]:
            step.custom("added", lambda: {"n": 1})
            step.custom("third", lambda: {"n": 1})
        step.delay("pause", {"amount": 1, "unit": "hours"})

    result = env.trigger(w, "ada")
    version["new"] = True
    env.advance(hours=1)
    failed = env.client.executions.get(result.execution_id)
    assert failed.error["type"] == "NonDeterministicWorkflowError"
    assert "`added` as its step number 2; this run recorded `pause` there" in failed.error["message"]


def test_a_step_that_moved_behind_its_place_is_told_with_both_numbers(env, registry):
    version = {"new": False}

    @registry.workflow("w")
    def w(step):
        step.custom("first", lambda: {"n": 1})
        step.delay("pause", {"amount": 1, "unit": "hours"})
        if version["new"]:
            step.custom("added", lambda: {"n": 1})
            step.custom("first", lambda: {"n": 1})

    parts = env.client.engine.parts
    result = env.trigger(w, "ada")
    row = parts.store.execution(result.execution_id)
    step = parts.store.steps(result.execution_id)[0]
    step.position = 5  # as if the recorded run had reached it later
    parts.store.commit(SaveExecution(row), save_step(step))
    env.advance(hours=1)
    assert (
        "as its step number 1; this run recorded it as number 6"
        in env.client.executions.get(row.execution_id).error["message"]
    )


def test_a_last_step_that_is_gone_is_told(env, registry):
    version = {"new": False}

    @registry.workflow("w")
    def w(step):
        step.custom("first", lambda: {"n": 1})
        if not version["new"]:
            step.delay("pause", {"amount": 1, "unit": "hours"})

    result = env.trigger(w, "ada")
    version["new"] = True
    env.advance(hours=1)
    assert "ended without step `pause`" in env.client.executions.get(result.execution_id).error["message"]


def test_no_except_clause_of_the_function_swallows_a_wait(env, registry):
    @registry.workflow("w")
    def w(step):
        try:
            step.delay("pause", {"amount": 1, "unit": "hours"})
        except:  # noqa: E722
            step.in_app("never", {"body": "b"})

    result = env.trigger(w, to="ada")
    assert result.waiting_for == "delay"
    env.advance(hours=1)
    assert env.client.executions.get(result.execution_id).status == "completed"
    assert len(env.outbox) == 0


def test_a_bare_except_around_a_last_wait_does_not_end_the_run(env, registry):
    @registry.workflow("w")
    def w(step):
        with contextlib.suppress(BaseException):
            step.delay("pause", {"amount": 1, "unit": "hours"})

    assert env.trigger(w, "ada").waiting_for == "delay"
    env.advance(hours=1)
    assert env.client.executions.list().items[0].status == "completed"


def test_a_finally_that_raises_does_not_undo_a_committed_wait(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        try:
            batch = step.digest("d", {"amount": 1, "unit": "hours"})
        finally:
            if payload.get("bad") and not woken:
                raise ValueError("in a finally")
        step.in_app("m", lambda: {"body": str(batch.event_count)})

    woken = []
    first = env.trigger(w, ADA, {"bad": 1})
    assert (first.status, first.waiting_for) == ("running", "digest")
    assert env.trigger(w, ADA, {}).outcome == "merged"
    woken.append(True)
    env.advance(hours=1)
    assert [message.content["body"] for message in env.outbox] == ["2"]


def test_a_failed_step_stops_a_replay_as_it_stopped_the_run(env, registry):
    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: 1 / 0)
        step.in_app("m", {"body": "after"})

    result = env.trigger(w, ADA)
    store, now = env.client.engine.parts.store, env.clock.now()
    row = store.execution(result.execution_id)  # as a process leaves it that dies between the two commits
    row.status, row.due_at, row.completed_at, row.error = "running", now, None, None
    with store.database._using:
        store.database._open().execute(
            "UPDATE novu_executions SET status='running', due_at=0, error=NULL WHERE execution_id=?",
            (row.execution_id,),
        )
    assert env.client.worker.run_due() == 1
    failed = env.client.executions.get(result.execution_id)
    assert (failed.status, failed.error["type"], len(env.outbox)) == ("failed", "ZeroDivisionError", 0)


def test_a_step_that_failed_for_good_excuses_no_change_of_what_follows(env_with, registry):
    changed = []

    @registry.workflow("w")
    def w(step):
        step.email("mail", {"subject": "s", "body": "b"})
        if not changed:
            step.in_app("a", {"body": "a"})
        step.delay("nap", {"amount": 1, "unit": "hours"})

    env = env_with(Refusing(ValueError("down")))
    run = env.trigger(w, ADA)
    changed.append(True)
    env.advance(hours=1)
    assert env.client.executions.get(run.execution_id).error["type"] == "NonDeterministicWorkflowError"


def test_a_redrive_excuses_no_change_of_what_came_before(env_with, registry):
    changed = []

    @registry.workflow("w")
    def w(step):
        step.in_app("changed" if changed else "first", {"body": "a"})
        step.email("mail", {"subject": "s", "body": "b"})

    provider = Refusing(ValueError("down"))
    env = env_with(provider)
    run = env.trigger(w, ADA)
    changed.append(True)
    provider.down = False
    assert env.client.executions.retry(run.execution_id).error["type"] == "NonDeterministicWorkflowError"
    assert provider.sent == []
    changed.clear()
    assert env.client.executions.retry(run.execution_id).status == "completed"
