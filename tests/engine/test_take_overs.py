"""Stops and failures in odd places: nothing is lost, swallowed or sent again because of them."""

from __future__ import annotations

import asyncio
import sys

import pytest

from novu_core import Client, Registry, Settings
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Asynchronous, Hanging, Refusing

HOUR = {"amount": 1, "unit": "hours"}


def test_a_finally_that_raises_does_not_undo_a_committed_wait(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        try:
            batch = step.digest("d", HOUR)
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


def test_an_opener_that_fails_hands_its_window_to_the_next_event(env, registry):
    broken = []

    @registry.workflow("w")
    def w(payload, step):
        if broken and payload["n"] == 1:
            raise OSError("once, on the wake")
        batch = step.digest("d", HOUR)
        step.in_app("m", lambda: {"body": ",".join(str(event["payload"]["n"]) for event in batch.events)})

    opener = env.trigger(w, ADA, {"n": 1})
    followers = [env.trigger(w, ADA, {"n": n}) for n in (2, 3)]
    broken.append(True)
    env.advance(hours=1)
    failed = env.client.executions.get(opener.execution_id)
    assert (failed.status, failed.waiting_for, failed.resume_at) == ("failed", None, None)
    assert [message.content["body"] for message in env.outbox] == ["2,3"]
    assert env.client.executions.get(followers[0].execution_id).outcome is None
    assert env.trigger(w, ADA, {"n": 4}).waiting_for == "digest"
    broken.clear()
    retried = env.client.executions.retry(opener.execution_id)  # its digest begins anew, in the window of the present
    assert (retried.status, retried.outcome) == ("completed", "merged")
    env.advance(hours=1)
    assert [message.content["body"] for message in env.outbox][1:] == ["1,4"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="task groups came with Python 3.11")
def test_a_task_group_around_a_wait_is_a_wait(env, registry):
    @registry.workflow("w")
    async def w(step):
        async with asyncio.TaskGroup() as group:
            group.create_task(step.delay("d", HOUR))
            group.create_task(step.in_app("m", {"body": "x"}))

    result = env.trigger(w, ADA)
    assert result.waiting_for == "delay"
    env.advance(hours=1)
    assert env.client.executions.get(result.execution_id).status == "completed"
    assert env.client.inbox("ada").count() == 1


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


def test_the_function_can_not_change_what_was_sent_or_recorded(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        found = step.custom("c", lambda: {"n": [1]})
        found["n"].append(object())
        payload["o"] = object()
        step.in_app("m", {"body": "x"})

    result = env.trigger(w, ADA, {"a": 1})
    assert (result["payload"], result["step_results"]["c"]) == ({"a": 1}, {"n": [1]})


def test_cancel_of_a_transaction_takes_a_merged_event_out_of_its_digest(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        batch = step.digest("d", HOUR)
        step.in_app("m", lambda: {"body": ",".join(event["payload"]["n"] for event in batch.events)})

    env.trigger(w, ADA, {"n": "A"})
    env.trigger(w, ADA, {"n": "B"}, transaction_id="tb")
    assert env.client.cancel("tb") == 1
    env.advance(hours=1)
    assert [message.content["body"] for message in env.outbox] == ["A"]
    assert env.client.cancel("tb") == 0


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


def test_an_async_provider_that_is_canceled_or_exits_has_failed(registry):
    async def canceled():
        raise asyncio.CancelledError

    @registry.workflow("w")
    def w(step):
        step.email("m", {"subject": "s", "body": "b"})

    with NovuEnvironment(registry, {"NOVU_DELIVERY": {"email": Asynchronous(canceled)}}) as env:
        result = env.trigger(w, ADA)
        assert (result.status, result.outcome) == ("failed", "partial")
        assert "raised CancelledError" in result.steps[0].error["message"]


def test_a_provider_that_raises_stop_iteration_does_not_hang_an_async_workflow(registry):
    @registry.workflow("w")
    async def w(step):
        await step.email("m", {"subject": "s", "body": "b"})

    with NovuEnvironment(registry, {"NOVU_DELIVERY": {"email": Refusing(StopIteration)}}) as env:
        assert env.trigger(w, ADA).outcome == "partial"


def test_a_fallback_does_not_stand_in_the_way_of_a_redrive(registry):
    @registry.workflow("w")
    def w(step):
        if not step.email("mail", {"subject": "s", "body": "b"}):
            step.sms("fallback", {"body": "x"})
        step.in_app("last", {"body": "y"})

    mail = Refusing(ValueError("down"), timeout=None)
    with NovuEnvironment(registry, {"NOVU_DELIVERY": {"email": mail, "sms": "console://"}}) as env:
        result = env.trigger(w, ADA)
        assert (result.outcome, [step.step_id for step in result.steps]) == ("partial", ["mail", "fallback", "last"])
        mail.down = False
        retried = env.client.executions.retry(result.execution_id)
        assert (retried.status, retried.error) == ("completed", None)
        assert env.client.inbox("ada").count() == 1
