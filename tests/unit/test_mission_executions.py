"""Rows of the requirements about payloads and execution contexts, end to end."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest

from novu_core import Client, Payload, Retry, Workflow
from novu_core.errors import ConflictError, PayloadInvalidError, RecipientInvalidError, WorkflowNotFoundError
from novu_core.testing import NovuEnvironment

NAMED = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


def two_steps(payload, step):
    step.in_app("a", {"body": "a"})
    step.custom("b", lambda: {"seen": dict(payload)})


def waiting(step):
    step.in_app("a", {"body": "a"})
    step.delay("wait", {"amount": 1, "unit": "hours"})
    step.in_app("b", {"body": "b"})


@pytest.fixture
def env():
    made = [
        Workflow("two", two_steps),
        Workflow("waiting", waiting),
        Workflow("named", two_steps, payload_schema=NAMED),
    ]
    with NovuEnvironment(workflows=made) as environment:
        yield environment


@pytest.mark.mission("D3-P1")
def test_a_payload_for_no_workflow_is_refused(env):
    with pytest.raises(WorkflowNotFoundError, match="nope"):
        env.trigger("nope", to="ada")


@pytest.mark.mission("D3-P2")
@pytest.mark.parametrize("to", ["", "  ", None, [], {}, {"subscriberId": " "}, 7, [""], {"type": "Topic"}])
def test_an_empty_recipient_is_refused(env, to):
    with pytest.raises(RecipientInvalidError):
        env.trigger("two", to=to)
    assert not env.client.executions.list().items


@pytest.mark.mission("D3-P3")
@pytest.mark.mission("D3-Z1")
@pytest.mark.mission("P-E1")
@pytest.mark.parametrize("payload", [{}, {"name": 7}, None, [], "x", 7])
def test_a_payload_that_does_not_fit_leaves_nothing_behind(env, payload):
    with pytest.raises(PayloadInvalidError) as caught:
        env.trigger("named", to="ada", payload=payload)
    assert caught.value.errors
    assert not env.client.executions.list().items
    assert not env.outbox


@pytest.mark.mission("D3-R1")
def test_one_payload_belongs_to_one_execution(env):
    run = env.trigger("two", to="ada", payload={"x": 1}, metadata={"by": "test"})
    assert run.payload == Payload("two", "ada", {"x": 1}, {"by": "test"})
    assert run["payload"] == {"x": 1}


@pytest.mark.mission("D3-X1")
def test_execution_ids_are_unique_and_of_version_seven(env):
    ids = [env.trigger("two", to="ada").execution_id for _ in range(50)]
    assert len(set(ids)) == 50
    assert {uuid.UUID(item).version for item in ids} == {7}


@pytest.mark.mission("D3-X2")
def test_results_are_keyed_by_steps_of_the_workflow(env):
    run = env.trigger("two", to="ada")
    assert set(run.step_results) == {step.step_id for step in env.client.workflows["two"].steps}


@pytest.mark.mission("D3-X3")
def test_results_can_not_be_changed(env):
    run = env.trigger("two", to="ada")
    with pytest.raises(TypeError):
        run.step_results["a"] = {}
    with pytest.raises(ConflictError):
        env.client.executions.retry(run.execution_id)
    with pytest.raises(ConflictError):
        env.client.executions.cancel(run.execution_id)


@pytest.mark.mission("D3-X4")
@pytest.mark.mission("D3-X6")
@pytest.mark.mission("D3-X7")
@pytest.mark.mission("D3-F1")
def test_the_life_of_an_execution_is_in_its_history(env):
    run = env.trigger("waiting", to="ada")
    assert (run.status, run.waiting_for, run.current_step, run.completed_at) == ("running", "delay", "wait", None)
    assert run.started_at.utcoffset() == timedelta(0)
    env.advance(hours=1)
    ended = env.client.executions.get(run.execution_id)
    assert (ended.status, ended.current_step) == ("completed", None)
    assert ended.completed_at - ended.started_at == timedelta(hours=1)
    assert ended.completed_at.utcoffset() == timedelta(0)
    assert [(step.step_id, step.status) for step in ended.steps] == [
        ("a", "completed"), ("wait", "completed"), ("b", "completed"),
    ]  # fmt: skip


@pytest.mark.mission("D3-X5")
@pytest.mark.mission("D3-S5")
def test_a_retry_runs_only_what_failed():
    state = SimpleNamespace(broken=True, calls=[])

    def flaky():
        state.calls.append(1)
        if state.broken:
            raise RuntimeError("not yet")
        return {"ok": True}

    def body(step):
        step.in_app("a", {"body": "a"})
        step.custom("b", flaky)

    with NovuEnvironment(workflows=[Workflow("w", body, retry=Retry(attempts=1))]) as env:
        run = env.trigger("w", to="ada")
        assert (run.status, run.steps[1].status, run.current_step) == ("failed", "failed", None)
        assert run.completed_at is not None
        state.broken = False
        again = env.client.executions.retry(run.execution_id)
        assert (again.status, again.steps[1].status) == ("completed", "completed")
        assert len(env.outbox) == 1
        assert len(state.calls) == 2


@pytest.mark.mission("D3-Z4")
def test_runs_do_not_see_each_others_changes():
    def body(payload, step):
        payload["items"].append(1)
        step.custom("a", lambda: {"count": len(payload["items"])})

    given = {"items": []}
    with NovuEnvironment(workflows=[Workflow("w", body)]) as env:
        runs = [env.trigger("w", to=["ada", "bo"], payload=given).executions for _ in range(2)]
    assert [run.step_results["a"]["count"] for pair in runs for run in pair] == [1, 1, 1, 1]
    assert given == {"items": []}


@pytest.mark.mission("D3-Z4")
def test_one_crash_stops_no_other_run():
    def body(step, subscriber):
        if subscriber.subscriber_id == "bad":
            raise RuntimeError("crash")
        step.in_app("a", {"body": "a"})

    with NovuEnvironment(workflows=[Workflow("w", body)]) as env:
        runs = env.trigger("w", to=["ada", "bad", "bo"]).executions
        assert [run.status for run in runs] == ["completed", "failed", "completed"]


@pytest.mark.mission("P-E4")
def test_threads_that_trigger_one_digest_open_one_window(tmp_path):
    def body(payload, step):
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.in_app("a", lambda: {"body": str(batch.event_count)})

    digesting = Workflow("w", body)
    settings = {"NOVU_STORE_URL": f"sqlite:///{tmp_path}/novu.db", "NOVU_WORKER": "none"}
    with Client(settings, workflows=[digesting]) as client:
        results = []
        threads = [
            threading.Thread(target=lambda: results.extend(client.trigger(digesting, to="ada") for _ in range(5)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 40
        assert sorted(str(run.outcome) for run in results) == ["None"] + ["merged"] * 39


@pytest.mark.mission("P-SC-005")
def test_a_hundred_events_in_one_window_make_one_notification():
    def body(step):
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.in_app("a", lambda: {"body": str(batch.event_count)})

    with NovuEnvironment(workflows=[Workflow("w", body)]) as env:
        for _ in range(100):
            env.trigger("w", to="ada")
        env.advance(hours=1)
        assert [message.body for message in env.outbox] == ["100"]
