"""A run that a digest or a throttle ends hides its secrets as it ends, also where it is retried late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core.delivery import Router
from novu_core.errors import StoreError
from novu_core.storage.masking import MASKED
from tests.conformance.stores.test_masking import HOUR, SECRET
from tests.providers import Refusing

ADA = {"subscriberId": "ada", "phone": "+4915112345678"}
STEPS = {"merged": ("digest", HOUR), "throttled": ("throttle", {**HOUR, "threshold": 1})}


@pytest.fixture(params=STEPS)
def outcome(request):
    return request.param


@pytest.fixture
def ended(registry, outcome):
    """A workflow of which the second run ends at a digest or a throttle, after a text."""
    kind, config = STEPS[outcome]

    @registry.workflow("ended")
    def ended(step, payload):
        step.custom("make", lambda: {"otp": payload["token"]})
        step.sms("text", {"body": "b"})
        getattr(step, kind)("last", config)
        step.in_app("bell", {"body": "b"})

    return ended


@pytest.fixture
def in_part(env, ended):
    """The run that failed in part: its text was refused, and it ended at the digest or the throttle after it."""
    env.trigger(ended, ADA, {"token": "first"})
    router = env.client.engine.parts.router
    env.client.engine.parts.router = Router({"sms": Refusing(ValueError("no"))})
    run = env.trigger(ended, ADA, {"token": SECRET})
    env.client.engine.parts.router = router
    assert (run.status, run.outcome) == ("failed", "partial")
    return run


def told(env, run):
    """What the history says of the run: its payload, and what its step made."""
    found = env.client.executions.get(run.execution_id)
    return found.payload.data["token"], found.step_results["make"]["otp"]


def test_one_that_is_retried_after_its_digest_closed(env, in_part, outcome):
    env.advance(hours=1)
    assert told(env, in_part) == (SECRET, SECRET)
    again = env.client.executions.retry(in_part.execution_id)
    assert (again.status, again.outcome) == ("completed", outcome)
    assert told(env, in_part) == (MASKED, MASKED)


def test_one_that_is_retried_while_its_digest_is_open(env, in_part, outcome):
    env.client.executions.retry(in_part.execution_id)
    assert told(env, in_part) == ((SECRET, SECRET) if outcome == "merged" else (MASKED, MASKED))
    env.advance(hours=1)
    assert told(env, in_part) == (MASKED, MASKED)


@pytest.mark.parametrize("outcome", ["merged"], indirect=True)
def test_one_whose_digest_is_canceled_has_them_still(env, in_part, outcome):
    again = env.client.executions.retry(in_part.execution_id)
    env.client.executions.cancel(again.merged_into)
    assert told(env, in_part) == (SECRET, SECRET)
    env.advance(hours=1)
    assert told(env, in_part) == (MASKED, MASKED)


def test_a_store_that_is_away_ends_no_run(env, registry, monkeypatch):
    """What the runs hold that its digest took is hidden first; it is taken over, and not failed."""

    @registry.workflow("both")
    def both(step):
        step.digest("window", HOUR)
        step.throttle("once", {**HOUR, "threshold": 9})

    def away(*told):
        raise StoreError("away")

    run, _ = (env.trigger(both, ADA, {"token": SECRET}) for _ in range(2))
    with monkeypatch.context() as patched:
        patched.setattr("novu_core.engine.hiding.hide_members", away)
        env.clock.advance(timedelta(hours=1))
        env.client.worker.run_due()
        assert env.client.executions.get(run.execution_id).status == "running"
    env.advance(minutes=1)
    assert env.client.executions.get(run.execution_id).status == "completed"


def test_a_throttled_run_is_hidden_in_the_commit_that_ends_it(env, registry, monkeypatch):
    @registry.workflow("limited")
    def limited(step):
        step.throttle("once", {**HOUR, "threshold": 1})

    store = env.client.engine.parts.store
    commit, ends = store.commit, []

    def counting(*changes, **options):
        ends.append(1)
        return commit(*changes, **options)

    env.trigger(limited, ADA, {"token": SECRET})
    monkeypatch.setattr(store, "commit", counting)
    run = env.trigger(limited, ADA, {"token": SECRET})
    assert (run.outcome, len(ends)) == ("throttled", 1)
    assert env.client.executions.get(run.execution_id).payload.data == {"token": MASKED}
