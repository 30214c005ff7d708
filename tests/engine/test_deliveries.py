"""Deliveries are tried again, handed to the next provider, or failed for good."""

from __future__ import annotations

import pytest

from novu_core import Client, Retry, Settings
from novu_core.errors import DeliveryError, InvalidTransitionError
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Failing, Recording, Refusing


def test_a_retriable_delivery_error_waits_as_a_due_row_and_then_succeeds(env_with, mail):
    provider = Failing(ConnectionRefusedError("down"), DeliveryError("busy", retriable=True, retry_after=120))
    env = env_with(provider)
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


def test_a_permanent_error_goes_to_the_next_provider_at_once(env_with, mail):
    first, second = Failing(DeliveryError("no such user"), name="first"), Recording(name="second")
    env = env_with(first, second)
    result = env.trigger(mail, to=ADA)
    assert result.status == "completed"
    assert len(second.sent) == 1
    assert result.steps[1].attempts[0]["error"]["provider"] == "first"


def test_exhausted_providers_end_partial_and_a_redrive_sends_only_what_failed(env_with, mail):
    provider = Refusing(ConnectionError("down"))
    env = env_with(provider)
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
def test_on_error_decides_whether_the_run_goes_on(env_with, registry, on_error, reached, level):
    options = {"on_error": on_error}

    @registry.workflow("w", **(options if level == "workflow" else {}))
    def w(step):
        result = step.email(
            "letter", {"subject": "s", "body": "b"}, retry=Retry(attempts=1), **(options if level == "step" else {})
        )
        step.in_app("after", {"body": f"{bool(result)} {result.seen}"})

    env = env_with(Failing(DeliveryError("no")))
    result = env.trigger(w, to=ADA)
    assert result.status == "failed"
    assert [message.content["body"] for message in env.outbox.in_app] == (["False False"] if reached else [])


@pytest.mark.parametrize("options", [{}, {"console": None}, {"console": False}, {"delivery": {"sms": "console://"}}])
def test_an_unset_channel_is_a_failed_step_that_says_so(registry, mail, options, capfd):
    with Client(Settings(worker="none"), workflows=registry, **options):
        result = mail.trigger(to=ADA)
        assert (result.status, result.outcome) == ("failed", "partial")
        assert "NOVU_DELIVERY" in result.error["message"]
    assert "--- email" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({"debug": True}, {}),
        ({"testing": True}, {}),
        ({}, {"console": True}),
        ({"delivery": {"email": "console://"}}, {}),
        ({}, {"delivery": {"email": "console://"}}),
    ],
)
def test_the_console_prints_while_debugging_or_where_it_is_named(registry, mail, settings, options, capfd):
    with Client(Settings(worker="none", **settings), workflows=registry, **options):
        assert mail.trigger(to=ADA).status == "completed"
    assert "--- email to ada@example.org (mail / letter) ---" in capfd.readouterr().err


def test_a_delivery_that_stops_the_run_is_no_failure_of_the_users_code(env_with, registry):
    @registry.workflow("w", on_error="stop")
    def w(step):
        step.email("mail", {"subject": "s", "body": "b"})
        step.in_app("later", {"body": "b"})

    env = env_with(Refusing(ValueError("refused")))
    run = env.trigger(w, ADA)
    assert (run.status, run.error["kind"], run.error["step_id"]) == ("failed", "delivery", "mail")
    assert "later" not in run.step_results


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
