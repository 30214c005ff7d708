"""What is committed of a step: each attempt, its end or its wait, and what the listeners are told of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from novu_core import Registry, Retry
from novu_core.errors import DeliveryError, StoreError
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Failing, Recording, Refusing

MAIL = {"subject": "s", "body": "b"}


@pytest.fixture
def heard():
    """Return a list of what an environment's listeners are told of steps."""

    def listen(env):
        told = []

        def listener(name, **data):
            if name.startswith("step_"):
                told.append((name, data["step_id"], data["type"], data["reason"], (data["error"] or {}).get("type")))

        env.client.events.listeners.append(listener)
        return told

    return listen


def test_each_attempt_is_kept_with_its_time_and_the_last_one_is_final(env_with, registry):
    @registry.workflow("w", retry=Retry(attempts=2, base=60, cap=60))
    def w(step):
        step.email("mail", MAIL)

    provider = Refusing(ConnectionError("down"), name="mail-server")
    env = env_with(provider)
    run = env.trigger(w, ADA)
    started = env.clock.now()
    env.advance(minutes=2)

    def attempts():
        return env.client.executions.get(run.execution_id).steps[0].attempts

    first, second = attempts()
    assert first["at"] == started.isoformat()
    assert started < datetime.fromisoformat(second["at"]) <= started + timedelta(minutes=1)
    assert [attempt.get("final") for attempt in (first, second)] == [None, True]
    for attempt in (first, second):
        assert (attempt["error"]["provider"], attempt["error"]["step_id"], attempt["error"]["kind"]) == (
            "mail-server", "mail", "delivery",
        )  # fmt: skip
    provider.down = False
    done = env.client.executions.retry(run.execution_id)
    assert (done.status, done.steps[0].status, done.steps[0].error) == ("completed", "completed", None)
    assert attempts() == [first, second]  # the redrive that succeeded failed no more


def test_a_failure_without_an_attempt_is_one_in_the_history(registry):
    @registry.workflow("w")
    def w(step):
        step.email("mail", MAIL)

    with NovuEnvironment(registry, {"NOVU_DELIVERY": {"sms": Recording()}}) as env:
        env.client.engine.parts.router._default = None
        [attempt] = env.trigger(w, ADA).steps[0].attempts
        assert (attempt["at"], attempt["final"]) == (env.clock.now().isoformat(), True)
        assert "NOVU_DELIVERY" in attempt["error"]["message"]


def test_listeners_are_told_of_every_end_of_a_step_once_and_in_order(env_with, registry, heard):
    @registry.workflow("w", retry=Retry(attempts=2, base=60, cap=60))
    def w(step):
        step.in_app("bell", {"body": "b"})
        step.sms("text", {"body": "b"}, skip=lambda: True)
        step.email("mail", MAIL)
        step.delay("nap", {"amount": 1, "unit": "hours"})
        step.email("letter", MAIL, retry=Retry(attempts=1))
        step.custom("sum", lambda: {"n": 1 / 0}, retry=Retry(attempts=1))

    env = env_with(Failing(ConnectionError("down"), DeliveryError("no"), DeliveryError("never")))
    told = heard(env)
    run = env.trigger(w, ADA)
    assert told == [
        ("step_completed", "bell", "in_app", None, None),
        ("step_skipped", "text", "sms", "skip", None),
    ]  # the mail is tried again, so it has not ended
    env.advance(hours=2)
    assert told[2:] == [
        ("step_failed", "mail", "email", None, "DeliveryError"),
        ("step_completed", "nap", "delay", None, None),
        ("step_failed", "letter", "email", None, "DeliveryError"),
        ("step_failed", "sum", "custom", None, "ZeroDivisionError"),
    ]
    assert env.client.executions.get(run.execution_id).status == "failed"


@pytest.mark.parametrize("workflow", [None, "continue", "stop"])
@pytest.mark.parametrize("own", [None, "continue", "stop"])
@pytest.mark.parametrize("kind", ["email", "custom"])
def test_a_step_that_failed_ends_the_run_or_not(env_with, registry, kind, own, workflow):
    """The step's own ``on_error``, else the workflow's for a channel; a custom step stops the run."""
    goes_on = (own or (workflow or "continue" if kind == "email" else "stop")) == "continue"
    options = {} if own is None else {"on_error": own}

    def fail():
        raise RuntimeError("no")

    @registry.workflow("w", **({} if workflow is None else {"on_error": workflow}))
    def w(step):
        getattr(step, kind)("fails", fail, **options)
        step.in_app("later", {"body": "b"})

    run = env_with(Recording()).trigger(w, ADA)
    assert (run.status, run.error["step_id"]) == ("failed", "fails")
    assert run.outcome == ("partial" if goes_on else None)
    assert [step.step_id for step in run.steps] == (["fails", "later"] if goes_on else ["fails"])


@pytest.mark.parametrize(
    ("error", "own", "tries"),
    [
        (RuntimeError("no"), None, 3), (RuntimeError("no"), Retry(attempts=2, base=1, cap=1), 2),
        (RuntimeError("no"), Retry(attempts=1), 1), (DeliveryError("ours"), None, 1),
    ],
)  # fmt: skip
def test_users_errors_are_retried_as_the_step_says_else_the_workflow_and_our_own_are_not(
    env, registry, error, own, tries
):
    calls = []

    def fail():
        calls.append(env.clock.now())
        raise error

    @registry.workflow("w", retry=Retry(attempts=3, base=1, cap=1))
    def w(step):
        step.custom("c", fail, retry=own)

    run = env.trigger(w, ADA)
    env.advance(minutes=1)
    [step] = env.client.executions.get(run.execution_id).steps
    assert (len(calls), len(step.attempts), step.status) == (tries, tries, "failed")
    assert [attempt["at"] for attempt in step.attempts] == [moment.isoformat() for moment in calls]


def test_a_wait_is_the_runs_and_is_over_after_it(env, registry):
    @registry.workflow("w", retry=Retry(attempts=2, base=60, cap=60))
    def w(step):
        step.custom("c", lambda: {"n": 1 / 0 if broken else 1})
        step.delay("nap", {"amount": 1, "unit": "hours"})

    broken = [True]
    run = env.trigger(w, ADA)
    assert (run.status, run.waiting_for, run.steps[0].status) == ("running", "retry", "executing")
    assert env.clock.now() <= run.resume_at <= env.clock.now() + timedelta(minutes=1)
    broken.clear()
    env.advance(minutes=1)
    found = env.client.executions.get(run.execution_id)
    assert (found.waiting_for, found.steps[0].status, found.steps[0].error) == ("delay", "completed", None)
    env.advance(hours=1)
    done = env.client.executions.get(run.execution_id)
    assert (done.status, done.waiting_for, done.resume_at) == ("completed", None, None)


class Faulty:
    """Lets the store fail at its ``nth`` commit from now, and never again."""

    def __init__(self, monkeypatch, store, nth):
        self._commit, self._left = store.commit, nth
        monkeypatch.setattr(store, "commit", self)

    def __call__(self, *changes, **options):
        self._left -= 1
        if self._left == 0:
            raise StoreError("gone for a moment")
        return self._commit(*changes, **options)

    @property
    def failed(self):
        return self._left <= 0


@pytest.mark.parametrize("nth", range(1, 10))
def test_a_store_that_fails_at_any_commit_loses_nothing_and_doubles_only_what_it_could_not_note(monkeypatch, nth):
    registry = Registry()

    @registry.workflow("w", retry=Retry(attempts=2, base=60, cap=60))
    def w(step):
        step.in_app("bell", {"body": "b"})
        step.custom("once", lambda: {"n": 1 / 0 if not calls.append(1) and len(calls) == 1 else len(calls)})
        step.email("mail", MAIL)
        step.delay("nap", {"amount": 1, "unit": "hours"})
        step.in_app("last", {"body": "b"})

    calls, provider = [], Recording()
    with NovuEnvironment(registry, {"NOVU_DELIVERY": {"email": provider}}) as env:
        run = env.trigger(w, ADA, wait=False)
        store = Faulty(monkeypatch, env.client.engine.parts.store, nth)
        env.advance(hours=3)
        done = env.client.executions.get(run.execution_id)
        assert (done.status, [step.step_id for step in done.steps]) == (
            "completed", ["bell", "once", "mail", "nap", "last"],
        )  # fmt: skip
        assert [message.step_id for message in env.client.messages.list(channel="in_app")] == ["last", "bell"]
        keys = {message.idempotency_key for message in provider.sent}
        assert keys == {f"{run.execution_id}:mail"}
        assert len(provider.sent) + len(calls) <= 4
        assert store.failed == (nth <= 8)  # every commit of the run was the one that failed, once
