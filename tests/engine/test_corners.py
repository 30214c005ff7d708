"""What happens seldom: bad arguments, steps that embedded mode has not, functions that misbehave, runs of others."""

from __future__ import annotations

import contextlib
from datetime import datetime, timezone

import pytest
from pydantic import BaseModel, Field

from novu_core import Client, ManualClock, Registry, Retry, Settings, Subscriber
from novu_core.errors import (
    ControlsInvalidError,
    DefinitionError,
    PayloadInvalidError,
    RecipientInvalidError,
    StepAlreadyExistsError,
    StoreError,
    WorkflowNotActiveError,
)
from novu_core.storage.changes import SaveExecution, save_step
from tests.engine.conftest import ADA

START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)


@pytest.fixture
def one(registry):
    @registry.workflow("one")
    def one(step):
        step.in_app("bell", {"body": "b"})

    return one


@pytest.mark.parametrize("transaction_id", ["", "  ", 5])
def test_a_transaction_id_is_text_that_is_not_blank(env, one, transaction_id):
    with pytest.raises(RecipientInvalidError) as told:
        env.trigger(one, "ada", transaction_id=transaction_id)
    assert told.value.errors[0].path == "/transaction_id"
    assert env.client.executions.list().items == []


def test_a_payload_that_is_no_json_is_refused_with_the_reason(env, one):
    with pytest.raises(PayloadInvalidError) as told:
        env.trigger(one, "ada", {"file": object()})
    assert "object is not JSON serializable" in told.value.errors[0].message


def test_controls_must_be_an_object_even_for_a_step(env, one):
    with pytest.raises(ControlsInvalidError, match="controls must be an object"):
        env.trigger(one, "ada", controls={"steps": {"bell": 5}})


def test_the_workflows_own_controls_reach_the_function_as_their_model(env, registry):
    class Own(BaseModel):
        text: str = "default"

    @registry.workflow("own", control_schema=Own)
    def own(controls, step):
        step.in_app("bell", lambda: {"body": controls.text})

    assert env.trigger(own, "ada").step_results["bell"]["body"] == "default"
    assert env.trigger(own, "ada", controls={"text": "sent"}).step_results["bell"]["body"] == "sent"


def test_a_topic_without_members_is_no_execution_and_still_needs_an_active_workflow(env, registry, one):
    topic = {"type": "Topic", "topicKey": "empty"}
    result = env.trigger(one, topic)
    assert (result.executions, len(result), dict(result)["executions"]) == ([], 3, [])
    with pytest.raises(AttributeError, match="This trigger has 0 executions"):
        result.status  # noqa: B018  # the access is the test
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        result.nothing  # noqa: B018
    env.client.workflows.archive("one")
    with pytest.raises(WorkflowNotActiveError):
        env.trigger(one, topic)


def test_a_subscriber_object_is_a_recipient(env, one):
    assert env.trigger(one, Subscriber(subscriber_id="ada", first_name="Ada")).subscriber.first_name == "Ada"


def test_a_step_that_only_novu_performs_fails_with_the_fix(env, registry):
    @registry.workflow("w")
    def w(step):
        step.http_request("ask", {"method": "GET", "url": "https://example.org"})

    assert "use step.custom" in env.trigger(w, "ada").error["message"]


def test_the_fields_of_an_invalid_output_are_in_the_history(env, registry):
    class Output(BaseModel):
        count: int = Field(gt=0)

    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"count": 0}, output_schema=Output)

    [fault] = env.trigger(w, "ada").error["errors"]
    assert fault["path"] == "/count"


@pytest.mark.parametrize("swallow", [False, True])
def test_a_step_id_that_comes_twice_at_run_time_fails_the_run(env, registry, swallow):
    @registry.workflow("w")
    def w(payload, step):
        for number in range(payload["times"] if isinstance(payload["times"], int) else 1):
            try:
                step.custom("same", lambda number=number: {"n": number})
            except StepAlreadyExistsError:
                if not swallow:
                    raise

    result = env.trigger(w, "ada", {"times": 2})
    assert (result.status, result.error and result.error["type"]) == (
        ("completed", None) if swallow else ("failed", "StepAlreadyExistsError")
    )


def test_a_bare_except_around_a_last_wait_does_not_end_the_run(env, registry):
    @registry.workflow("w")
    def w(step):
        with contextlib.suppress(BaseException):
            step.delay("pause", {"amount": 1, "unit": "hours"})

    assert env.trigger(w, "ada").waiting_for == "delay"
    env.advance(hours=1)
    assert env.client.executions.list().items[0].status == "completed"


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


def test_a_function_that_raises_is_retried_as_a_whole_where_its_workflow_says_so(env, registry):
    broken = [True, True]

    @registry.workflow("w", retry=Retry(attempts=3, base=60, cap=60))
    def w(step):
        step.in_app("bell", {"body": "b"})
        if step.custom("c", lambda: {"n": 1}) == {"n": 1} and broken:
            broken.pop()
            raise RuntimeError("between steps")

    result = env.trigger(w, "ada")
    assert (result.status, result.waiting_for, result.error["message"]) == ("running", "retry", "between steps")
    env.advance(minutes=5)
    done = env.client.executions.get(result.execution_id)
    assert (done.status, done.error, env.client.inbox("ada").count()) == ("completed", None, 1)


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


def test_the_end_of_a_run_whose_lease_was_lost_is_not_recorded(env, registry, caplog):
    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"n": 1})
        if env.client.executions.list().items:  # not at discovery
            [row] = env.client.engine.parts.store.list_executions(limit=1)
            env.client.executions.cancel(row.execution_id)

    result = env.trigger(w, "ada")
    assert env.client.executions.get(result.execution_id).outcome == "canceled"
    assert "owned by another worker now" in caplog.text


def test_what_is_skipped_after_a_throttle_is_left_out_where_discovery_fails(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        if not isinstance(payload["n"], int):
            raise RuntimeError("a placeholder")
        step.throttle("calm", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": "b"})

    first, second = (env.trigger(w, ADA, {"n": 1}) for _ in range(2))
    assert (first.outcome, second.outcome) == (None, "throttled")
    assert [step.step_id for step in second.steps] == ["calm"]


def test_a_digest_that_ends_the_function_merges_without_more_steps(env, registry):
    @registry.workflow("w")
    def w(step):
        step.digest("window", {"amount": 1, "unit": "hours"})

    first, second = (env.trigger(w, ADA) for _ in range(2))
    assert (first.waiting_for, second.outcome, len(second.steps)) == ("digest", "merged", 1)


def test_a_failed_run_of_a_workflow_that_is_not_registered_here_is_left_to_others(tmp_path):
    url, mine, broken = f"sqlite:///{tmp_path}/novu.db", Registry(), [True]

    @mine.workflow("w")
    def w(step):
        step.custom("c", lambda: {"n": 1 / 0 if broken else 1})

    settings = Settings(store_url=url, worker="none")
    with (
        Client(settings, mine, clock=ManualClock(START)) as owner,
        Client(settings, Registry(), clock=owner.clock) as other,
    ):
        failed = owner.trigger(w, "ada")
        broken.clear()
        assert other.executions.retry(failed.execution_id).status == "pending"
        owner.worker.run_due()
        assert owner.executions.get(failed.execution_id).status == "completed"


@pytest.mark.parametrize(
    ("config", "words"),
    [("soon", "its resolver returned 'soon'"), (None, "its resolver returned None")],
)
def test_a_schedule_that_is_no_object_fails_the_step(env, registry, config, words):
    @registry.workflow("w")
    def w(step):
        step.delay("pause", lambda: config)

    assert words in env.trigger(w, "ada").error["message"]


def test_a_throttle_until_a_time_of_the_payload_and_by_a_key_that_names_nothing(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        step.throttle("calm", {"type": "dynamic", "dynamicKey": "payload.until", "throttleKey": "literal"})

    payload = {"until": "2026-01-05T10:00:00Z"}
    assert [env.trigger(w, ADA, payload).outcome for _ in range(2)] == [None, "throttled"]
    env.advance(hours=1)
    assert "which has passed" in env.trigger(w, ADA, payload).error["message"]


@pytest.mark.parametrize("threshold", [0, "many", True])
def test_a_threshold_that_is_no_number_fails_the_step(env, registry, threshold):
    @registry.workflow("w")
    def w(step):
        step.throttle("calm", lambda: {"amount": 1, "unit": "hours", "threshold": threshold})

    assert env.trigger(w, ADA).status == "failed"


def test_html_of_bodies_is_made_harmless_unless_the_step_asks_not_to(env, registry):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"subject": "a < b", "body": "<b>x</b><script>alert(1)</script>"})
        step.email("mail", {"subject": "s", "body": "<script>1</script>"}, disable_output_sanitization=True)

    bell, mail = env.trigger(w, ADA).step_results.values()
    assert (bell["subject"], bell["body"], mail["body"]) == ("a < b", "<b>x</b>", "<script>1</script>")


def test_provider_overrides_are_part_of_the_message(env, registry):
    @registry.workflow("w")
    def w(step):
        step.email(
            "mail", {"subject": "s", "body": "b"}, providers={"sendgrid": lambda outputs: {"subject": outputs["body"]}}
        )

    env.trigger(w, ADA)
    assert env.outbox.email[0].content["_providers"] == {"sendgrid": {"subject": "b"}}


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


def test_a_forgotten_await_fails_the_run_and_names_the_step(env, registry):
    @registry.workflow("always")
    async def always(step):
        await step.custom("first", lambda: {"n": 1})
        step.email("forgotten", {"subject": "s", "body": "b"})

    @registry.workflow("sometimes")
    async def sometimes(payload, step):
        await step.custom("first", lambda: {"n": 1})
        if payload["n"] == 1:
            step.email("forgotten", {"subject": "s", "body": "b"})

    with pytest.raises(DefinitionError, match=r"write `await step.email\(...\)`"):
        env.trigger(always, ADA)
    result = env.trigger(sometimes, ADA, {"n": 1})
    assert (result.status, result.error["type"]) == ("failed", "StepNotAwaitedError")
    assert "write `await step.email(...)`" in result.error["message"]


def test_the_fields_of_an_invalid_output_are_in_the_log(env, registry, caplog):
    @registry.workflow("w")
    def w(step):
        step.email("mail", lambda: {"body": "b"})

    env.trigger(w, ADA)
    assert "must have required property 'subject'" in caplog.text


def test_the_decorator_without_an_id_tells_how_to_write_it(registry):
    def my_flow(step):
        step.in_app("bell", {"body": "b"})

    with pytest.raises(DefinitionError, match=r'as in @workflow\("my-flow"\)'):
        registry.workflow(my_flow)
