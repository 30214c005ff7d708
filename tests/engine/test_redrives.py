"""A failed run that is retried by hand repeats only what failed."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from novu_core import Client, ManualClock, Registry, Retry, Settings, Workflow
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Recording, Refusing

OFF = {"channels": {"email": {"enabled": False}}}
MAIL = {"subject": "s", "body": "b"}


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


def test_a_failed_run_of_a_workflow_that_is_not_registered_here_is_left_to_others(tmp_path):
    url, mine, broken = f"sqlite:///{tmp_path}/novu.db", Registry(), [True]

    @mine.workflow("w")
    def w(step):
        step.custom("c", lambda: {"n": 1 / 0 if broken else 1})

    settings = Settings(store_url=url, worker="none")
    with (
        Client(settings, mine, clock=ManualClock(datetime(2026, 1, 5, 9, tzinfo=timezone.utc))) as owner,
        Client(settings, Registry(), clock=owner.clock) as other,
    ):
        failed = owner.trigger(w, "ada")
        broken.clear()
        assert other.executions.retry(failed.execution_id).status == "pending"
        owner.worker.run_due()
        assert owner.executions.get(failed.execution_id).status == "completed"


@pytest.mark.parametrize("ends", ["digest", "throttle"])
def test_a_run_that_is_merged_or_throttled_shows_what_failed_before(env_with, registry, ends):
    @registry.workflow("w")
    def w(step):
        step.email("mail", MAIL)
        getattr(step, ends)("s", {"amount": 1, "unit": "hours"})

    env = env_with(Refusing(ValueError("refused")))
    first, second = env.trigger(w, ADA), env.trigger(w, ADA)
    assert (second.status, second.outcome, second.error["step_id"]) == ("failed", "partial", "mail")
    env.client.executions.cancel(first.execution_id) if ends == "digest" else None
    promoted = env.client.executions.get(second.execution_id)
    assert (promoted.status, promoted.error is None) == (("running", True) if ends == "digest" else ("failed", False))
