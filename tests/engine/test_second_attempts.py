"""What a step that failed once asks, counts and remembers when it is tried again."""

from __future__ import annotations

import pytest

from novu_core import Retry
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Failing, Recording, Refusing

OFF = {"channels": {"email": {"enabled": False}}}
MAIL = {"subject": "s", "body": "b"}


@pytest.fixture
def with_provider():
    environments = []

    def make(registry, *providers):
        env = NovuEnvironment(workflows=registry, settings={"NOVU_DELIVERY": {"email": list(providers)}})
        environments.append(env)
        return env.__enter__()

    yield make
    for env in environments:
        env.__exit__(None, None, None)


@pytest.mark.parametrize("step_type", ["email", "delay"])
def test_a_skip_that_raised_is_asked_again(env, registry, steps_of, step_type):
    answers = iter([RuntimeError("flaky"), True])

    def skip():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @registry.workflow("w")
    def w(step):
        getattr(step, step_type)("s", lambda: {**MAIL, "amount": 1, "unit": "hours"}, skip=skip, retry=Retry(3, 1, 1))

    run = env.trigger(w, ADA)
    env.advance(minutes=1)
    assert steps_of(run)["s"] == ("completed", "skipped", "skip")
    assert list(env.outbox) == []


@pytest.mark.parametrize("broken", ["skip", "skip_condition", "resolver"])
def test_a_redriven_step_asks_the_preferences_that_it_did_not_reach_or_that_changed(env, registry, steps_of, broken):
    state = {"broken": True}

    def fails(value):
        if state["broken"]:
            raise RuntimeError("down")
        return value

    @registry.workflow("w")
    def w(step, payload):
        options = {
            "skip": {"skip": lambda: fails(False)},
            "skip_condition": {"skip_condition": "payload.total / payload.count > 3"},
            "resolver": {},
        }[broken]
        step.email("mail", (lambda: fails(MAIL)) if broken == "resolver" else MAIL, **options)

    run = env.trigger(w, ADA, {"total": 1, "count": 0})
    assert run.status == "failed"
    env.client.preferences.set("ada", OFF)
    state["broken"] = False
    env.client.executions.retry(run.execution_id)
    outcome = steps_of(run)["mail"]
    assert outcome == (("failed", None, None) if broken == "skip_condition" else ("completed", "skipped", "preference"))
    assert list(env.outbox) == []


def test_a_retry_that_succeeded_does_not_excuse_a_changed_function(with_provider, registry):
    changed = []

    @registry.workflow("w")
    def w(step):
        step.email("mail", MAIL)
        if not changed:
            step.in_app("a", {"body": "a"})
        step.delay("nap", {"amount": 1, "unit": "hours"})
        step.in_app("z", {"body": "z"})

    env = with_provider(registry, Failing(ConnectionError("refused")))
    run = env.trigger(w, ADA)
    env.advance(minutes=10)
    changed.append(True)
    env.advance(hours=1)
    ended = env.client.executions.get(run.execution_id)
    assert ended.status == "failed"
    assert ended.error["type"] == "NonDeterministicWorkflowError"


def test_failures_of_the_resolver_use_up_no_attempt_of_the_delivery(with_provider, registry):
    calls = []

    def resolve():
        calls.append(1)
        if len(calls) < 3:
            raise RuntimeError("flaky")
        return MAIL

    @registry.workflow("w")
    def w(step):
        step.email("mail", resolve, retry=Retry(attempts=4, base=1, cap=1))

    provider = Refusing(ConnectionError("refused"))
    env = with_provider(registry, provider)
    env.trigger(w, ADA)
    env.advance(hours=1)
    assert (len(calls), len(provider.asked)) == (3, 4)


def test_a_delivery_that_stops_the_run_is_no_failure_of_the_users_code(with_provider, registry):
    @registry.workflow("w", on_error="stop")
    def w(step):
        step.email("mail", MAIL)
        step.in_app("later", {"body": "b"})

    env = with_provider(registry, Refusing(ValueError("refused")))
    run = env.trigger(w, ADA)
    assert (run.status, run.error["kind"], run.error["step_id"]) == ("failed", "delivery", "mail")
    assert "later" not in run.step_results


def test_a_channel_without_a_provider_may_take_another_way_once_it_has_one(registry, tmp_path):
    @registry.workflow("w")
    def w(step):
        if not step.email("mail", MAIL):
            step.in_app("instead", {"body": "b"})

    store = {"NOVU_STORE_URL": f"sqlite:///{tmp_path}/novu.db"}
    with NovuEnvironment(registry, {**store, "NOVU_DELIVERY": {"sms": Recording()}}) as env:
        env.client.engine.parts.router._default = None
        run = env.trigger(w, ADA)
        assert run.outcome == "partial"
    provider = Recording()
    with NovuEnvironment(registry, {**store, "NOVU_DELIVERY": {"email": provider}}) as env:
        assert env.client.executions.retry(run.execution_id).status == "completed"
    assert len(provider.sent) == 1


@pytest.mark.parametrize("redriven", [True, False])
def test_a_delay_counts_from_its_beginning(registry, redriven):
    broken = [True]

    def config():
        if broken.pop() if broken else False:
            raise RuntimeError("flaky")
        return {"amount": 1, "unit": "hours"}

    @registry.workflow("w")
    def w(step):
        step.delay("nap", config, retry=None if redriven else Retry(attempts=2, base=60, cap=60))

    with NovuEnvironment(registry) as env:
        run = env.trigger(w, ADA)
        if redriven:
            env.advance(days=3)
            env.client.executions.retry(run.execution_id)
        env.advance(hours=2)
        assert env.client.executions.get(run.execution_id).step_results["nap"] == {"duration": 3_600_000}


def test_a_repeated_transaction_changes_nothing(env, registry):
    @registry.workflow("w")
    def w(step):
        step.in_app("a", {"body": "b"})

    first = env.trigger(w, ADA, transaction_id="t")
    env.client.workflows.archive("w")
    again = env.trigger(w, {"subscriberId": "ada", "email": "other@example.org"}, transaction_id="t")
    assert again.execution_id == first.execution_id
    assert env.client.subscribers.get("ada").email == ADA["email"]


def test_a_canceled_run_leaves_no_step_under_way(env, registry, steps_of):
    @registry.workflow("w")
    def w(step):
        step.delay("nap", {"amount": 1, "unit": "hours"})

    run = env.trigger(w, ADA)
    ended = env.client.executions.cancel(run.execution_id)
    assert steps_of(run) == {"nap": ("completed", "skipped", "canceled")}
    assert ended.steps[0].completed_at == ended.completed_at


def test_a_subscriber_named_twice_keeps_every_field(env, registry):
    seen = []

    @registry.workflow("w")
    def w(step, subscriber):
        seen.append((subscriber.email, subscriber.phone))
        step.in_app("a", {"body": "b"})

    env.trigger(w, [{"subscriberId": "q", "email": "q@example.org", "phone": "1"}, {"subscriberId": "q", "phone": "2"}])
    assert seen[-1] == ("q@example.org", "2")


@pytest.mark.parametrize("ends", ["digest", "throttle"])
def test_a_run_that_is_merged_or_throttled_shows_what_failed_before(with_provider, registry, ends):
    @registry.workflow("w")
    def w(step):
        step.email("mail", MAIL)
        getattr(step, ends)("s", {"amount": 1, "unit": "hours"})

    env = with_provider(registry, Refusing(ValueError("refused")))
    first, second = env.trigger(w, ADA), env.trigger(w, ADA)
    assert (second.status, second.outcome, second.error["step_id"]) == ("failed", "partial", "mail")
    env.client.executions.cancel(first.execution_id) if ends == "digest" else None
    promoted = env.client.executions.get(second.execution_id)
    assert (promoted.status, promoted.error is None) == (("running", True) if ends == "digest" else ("failed", False))
