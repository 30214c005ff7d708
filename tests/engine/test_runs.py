"""Runs: gates, retries, failover, cancel, replay, isolation (SEMANTICS)."""

from __future__ import annotations

import asyncio
import threading

import pytest
from pydantic import BaseModel

from novu_core import Client, Registry, Retry, Settings
from novu_core.errors import (
    AsyncContextError,
    DeliveryError,
    InvalidTransitionError,
    LeaseLostError,
    PayloadInvalidError,
    WorkflowNotActiveError,
)
from novu_core.storage.changes import SaveExecution
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Failing, Recording, Refusing


@pytest.fixture
def mail(registry):
    @registry.workflow("mail")
    def mail(step):
        step.in_app("inbox", {"body": "in"})
        step.email("letter", {"subject": "s", "body": "b"})
        step.custom("after", lambda: {"ok": True})

    return mail


def with_providers(registry, *providers, **settings):
    return NovuEnvironment(workflows=registry, settings={"NOVU_DELIVERY": {"email": list(providers)}, **settings})


@pytest.mark.mission("P-US1.2")
@pytest.mark.mission("P-FR-005")
@pytest.mark.mission("D3-X6")
@pytest.mark.mission("D3-X7")
def test_a_run_ends_completed_with_its_history(env, mail):
    result = mail.trigger(to=ADA, payload={})

    assert result.status == result["status"] == "completed"
    assert [step.step_id for step in result.steps] == ["inbox", "letter", "after"]
    assert result.current_step is None
    assert result.completed_at.tzinfo is not None
    assert result.step_results["letter"] == {"subject": "s", "body": "b"}
    assert env.outbox.email[0].to == "ada@example.org"


def test_current_step_is_told_while_the_step_runs(env, registry):
    seen = {}

    @registry.workflow("look")
    def look(step):
        def now():
            run = env.client.executions.list().items[0]
            seen["step"], seen["status"] = run.current_step, run.status
            return {"ok": 1}

        step.custom("looking", now)

    env.trigger(look, to="ada")
    assert seen == {"step": "looking", "status": "running"}


def test_a_retriable_delivery_error_waits_as_a_due_row_and_then_succeeds(registry, mail):
    provider = Failing(ConnectionRefusedError("down"), DeliveryError("busy", retriable=True, retry_after=120))
    with with_providers(registry, provider) as env:
        result = env.trigger(mail, to=ADA)
        assert (result.status, result.waiting_for) == ("running", "retry")
        env.advance(minutes=1)
        waiting = env.client.executions.get(result.execution_id)
        assert (waiting.resume_at - env.clock.now()).total_seconds() > 60
        env.advance(minutes=3)
        done = env.client.executions.get(result.execution_id)
        assert done.status == "completed"
        assert len(done.steps[1].attempts) == 2
        assert len(provider.sent) == 1
        assert provider.sent[0].idempotency_key == f"{result.execution_id}:letter"
        assert env.client.inbox("ada").count() == 1


def test_a_permanent_error_goes_to_the_next_provider_at_once(registry, mail):
    first, second = Failing(DeliveryError("no such user"), name="first"), Recording(name="second")
    with with_providers(registry, first, second) as env:
        result = env.trigger(mail, to=ADA)
        assert result.status == "completed"
        assert len(second.sent) == 1
        assert result.steps[1].attempts[0]["error"]["provider"] == "first"


def test_exhausted_providers_end_partial_and_a_redrive_sends_only_what_failed(registry, mail):
    provider = Refusing(ConnectionError("down"))
    with with_providers(registry, provider) as env:
        result = env.trigger(mail, to=ADA)
        env.advance(hours=1)
        failed = env.client.executions.get(result.execution_id)
        assert (failed.status, failed.outcome) == ("failed", "partial")
        assert failed.step_results["after"] == {"ok": True}
        provider.down = False
        again = env.client.executions.retry(result.execution_id)
        assert (again.status, again.outcome, again.error) == ("completed", None, None)
        assert len(provider.sent) == 1
        assert env.client.inbox("ada").count() == 1
        with pytest.raises(InvalidTransitionError):
            env.client.executions.retry(result.execution_id)


@pytest.mark.parametrize(("on_error", "reached"), [("continue", True), ("stop", False)])
@pytest.mark.parametrize("level", ["step", "workflow"])
def test_on_error_decides_whether_the_run_goes_on(registry, on_error, reached, level):
    options = {"on_error": on_error}

    @registry.workflow("w", **(options if level == "workflow" else {}))
    def w(step):
        result = step.email(
            "letter", {"subject": "s", "body": "b"}, retry=Retry(attempts=1), **(options if level == "step" else {})
        )
        step.in_app("after", {"body": f"{bool(result)} {result.seen}"})

    with with_providers(registry, Failing(DeliveryError("no"))) as env:
        result = env.trigger(w, to=ADA)
        assert result.status == "failed"
        assert [message.content["body"] for message in env.outbox.in_app] == (["False False"] if reached else [])


def test_users_code_is_retried_only_where_asked(env, registry):
    calls = {"plain": 0, "asked": 0}

    def fail(name):
        calls[name] += 1
        raise RuntimeError("no")

    @registry.workflow("plain")
    def plain(step):
        step.custom("c", lambda: fail("plain"))

    @registry.workflow("asked")
    def asked(step):
        step.custom("c", lambda: fail("asked"), retry=Retry(attempts=3, base=1, cap=1))

    assert env.trigger(plain, to="ada").status == "failed"
    waiting = env.trigger(asked, to="ada")
    assert waiting.waiting_for == "retry"
    env.advance(minutes=1)
    assert calls == {"plain": 1, "asked": 3}
    assert env.client.executions.get(waiting.execution_id).status == "failed"


def test_no_address_is_a_skip_and_no_failure(registry, mail):
    with with_providers(registry, Recording()) as env:
        result = env.trigger(mail, to="nobody")
        assert result.status == "completed"
        assert (result.steps[1].outcome, result.steps[1].reason) == ("skipped", "no_address")
        assert result.step_results["letter"] == {"skipped": True}


def test_an_unset_channel_is_a_failed_step_that_says_so(registry, mail):
    client = Client(Settings(worker="none"), workflows=registry, console=False)
    with client:
        result = mail.trigger(to=ADA)
        assert (result.status, result.outcome) == ("failed", "partial")
        assert "NOVU_DELIVERY" in result.error["message"]


@pytest.mark.mission("P-FR-007")
@pytest.mark.mission("D3-S4")
def test_skip_and_skip_condition_skip_and_the_next_steps_run(env, registry, steps_of):
    async def asynchronous():
        return True

    @registry.workflow("skips")
    def skips(payload, step):
        step.in_app("a", {"body": "a"}, skip=lambda: True)
        step.in_app(
            "b",
            {"body": "b"},
            skip=lambda controls: controls["off"],
            control_schema={"type": "object", "properties": {"off": {"type": "boolean", "default": True}}},
        )
        step.in_app("c", {"body": "c"}, skip_condition="payload.plan != 'pro' and not subscriber.email")
        step.in_app("d", {"body": "d"}, skip=asynchronous)
        step.in_app("e", {"body": "e"}, skip=False)

    result = env.trigger(skips, to="ada", payload={"plan": "free"})
    assert steps_of(result) == {
        "a": ("completed", "skipped", "skip"), "b": ("completed", "skipped", "skip"), "c": ("completed", "skipped", "condition"),
        "d": ("completed", "skipped", "skip"), "e": ("completed", "delivered", None),
    }  # fmt: skip


def test_preferences_by_the_one_rule(env, registry):
    def define(name, **options):
        @registry.workflow(name, **options)
        def w(step):
            step.email("letter", {"subject": "s", "body": "b"})

        return w

    normal, off = define("normal"), define("off", preferences={"channels": {"email": {"enabled": False}}})
    critical = define("critical", critical=True, preferences={"all": {"enabled": False}})
    read_only = define("read-only", preferences={"all": {"enabled": True, "read_only": True}})

    def sent(w):
        return env.trigger(w, to=ADA).steps[0].reason is None

    assert [sent(w) for w in (normal, off, critical, read_only)] == [True, False, True, True]
    env.client.preferences.set("ada", {"channels": {"email": {"enabled": False}}})
    assert [sent(w) for w in (normal, off, critical, read_only)] == [False, False, True, True]
    env.client.preferences.set("ada", {"all": {"enabled": True}}, workflow_id="normal")
    assert sent(normal)


def test_controls_trigger_over_stored_over_default(env, registry):
    class Controls(BaseModel):
        text: str = "default"

    @registry.workflow("w")
    def w(step):
        step.in_app("a", lambda controls: {"body": controls.text}, control_schema=Controls)

    def body(**options):
        return env.trigger(w, to="ada", **options).step_results["a"]["body"]

    assert body() == "default"
    env.client.controls.set("w", {"text": "stored {{ workflow.workflowId }}"}, step_id="a")
    assert body() == "stored w"
    assert body(controls={"steps": {"a": {"text": "given"}}}) == "given"


@pytest.mark.mission("D3-W6")
@pytest.mark.mission("D3-W5")
def test_only_the_two_allowed_moves_of_a_workflow(env, registry):
    @registry.workflow("w", status="draft")
    def w(step):
        step.in_app("a", {"body": "b"})

    with pytest.raises(WorkflowNotActiveError):
        env.trigger(w, to="ada")
    for move in (env.client.workflows.archive,):
        with pytest.raises(InvalidTransitionError):
            move("w")
    assert env.client.workflows.activate("w") == "active"
    with pytest.raises(InvalidTransitionError):
        env.client.workflows.activate("w")
    assert env.client.workflows.archive("w") == "archived"
    for move in (env.client.workflows.archive, env.client.workflows.activate):
        with pytest.raises(InvalidTransitionError):
            move("w")
    with pytest.raises(WorkflowNotActiveError):
        env.trigger(w, to="ada")


@pytest.mark.mission("D3-Z4")
def test_a_mutated_payload_is_not_seen_by_another_run(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        payload["list"].append(len(payload["list"]))
        step.custom("seen", lambda: {"list": list(payload["list"])})

    given = {"list": []}
    env.trigger(w, to=["a", "b"], payload=given)
    assert given == {"list": []}
    assert [run.step_results["seen"] for run in env.client.executions.list()] == [{"list": [0]}, {"list": [0]}]


def test_topics_fan_out_in_the_worker_without_the_actor_and_each_once(env, registry):
    @registry.workflow("news")
    def news(step):
        step.in_app("a", {"body": "b"})

    env.client.topics.subscribe("all", [f"s{number}" for number in range(450)])
    result = env.trigger(news, to=[{"type": "Topic", "topicKey": "all"}, "s1", "extra"], actor="s0", transaction_id="t")
    assert len(result.executions) == 450
    assert len(env.outbox) == 0
    env.run_due()
    assert len(env.outbox.in_app) == 450
    assert "s0" not in {message.subscriber_id for message in env.outbox}


def test_cancel_ends_what_waits_by_transaction(env, registry):
    @registry.workflow("w")
    def w(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("a", {"body": "b"})

    env.trigger(w, to="a", transaction_id="t")
    env.trigger(w, to="b", transaction_id="t")
    assert env.client.cancel("t") == 2
    env.advance(hours=2)
    assert len(env.outbox) == 0
    assert {run.outcome for run in env.client.executions.list()} == {"canceled"}


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


@pytest.mark.mission("P-FR-009")
def test_async_workflows_in_a_script_in_a_loop_and_with_siblings(env, registry):
    @registry.workflow("w")
    async def w(step):
        async def body():
            await asyncio.sleep(0)
            return {"body": "b"}

        await asyncio.gather(
            step.in_app("a", body), step.delay("pause", {"amount": 1, "unit": "hours"}), step.in_app("c", body)
        )
        await step.in_app("last", body)

    async def inside():
        with pytest.raises(AsyncContextError, match="atrigger"):
            w.trigger(to="ada")
        return await w.atrigger(to="ada")

    for result in (w.trigger(to="ben"), asyncio.run(inside())):
        assert result.waiting_for == "delay"
        assert {step.step_id for step in result.steps} == {"a", "pause", "c"}
    env.advance(hours=1)
    assert {run.status for run in env.client.executions.list()} == {"completed"}
    assert len(env.outbox) == 6


def test_seen_and_read_are_what_held_at_the_last_wake(env, registry):
    @registry.workflow("w")
    def w(step):
        message = step.in_app("first", {"body": "b"})
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.email("reminder", {"subject": "s", "body": "b"}, skip=lambda: message.seen)

    env.trigger(w, to=ADA)
    seen = env.trigger(w, to={**ADA, "subscriberId": "ben"})
    inbox = env.client.inbox("ben")
    inbox.mark(inbox.list().items[0].message_id, seen=True)
    env.advance(hours=1)
    assert [mail.subscriber_id for mail in env.outbox.email] == ["ada"]
    assert env.client.executions.get(seen.execution_id).steps[2].reason == "skip"


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


@pytest.mark.mission("P-E1")
def test_bad_input_raises_and_stores_nothing(env, registry):
    class Payload(BaseModel):
        name: str

    @registry.workflow("w")
    def w(payload: Payload, step):
        step.in_app("a", {"body": payload.name})

    with pytest.raises(PayloadInvalidError) as caught:
        w.trigger(to="ada", payload={})
    assert caught.value.errors[0].path == "/name"
    assert len(env.client.executions.list()) == 0


@pytest.mark.mission("P-E4")
def test_eight_threads_with_one_transaction_id_are_one_execution(tmp_path, registry, mail):
    url = f"sqlite:///{tmp_path}/novu.db"
    with Client(Settings(store_url=url, worker="none"), workflows=registry) as client:
        ids = set()
        barrier = threading.Barrier(8)

        def go():
            barrier.wait()
            ids.add(client.trigger(mail, to="ada", transaction_id="same").execution_id)

        threads = [threading.Thread(target=go) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ids) == 1
        assert client.inbox("ada").count() == 1


def test_a_worker_thread_runs_what_becomes_due(tmp_path):
    registry, done = Registry(), threading.Event()

    @registry.workflow("w")
    def w(step):
        step.delay("pause", {"amount": 0.05, "unit": "seconds"})
        step.custom("done", lambda: done.set() or {"ok": True})

    with Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db"), workflows=registry) as client:
        assert client.trigger(w, to="ada").waiting_for == "delay"
        assert done.wait(10)
        client.trigger(w, to="ben", wait=False)
