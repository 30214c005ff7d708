"""The life of a run, as its history and the listeners tell it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core import Workflow
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA


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


@pytest.mark.mission("D3-X4")
@pytest.mark.mission("D3-X6")
@pytest.mark.mission("D3-X7")
@pytest.mark.mission("D3-F1")
def test_the_life_of_an_execution_is_in_its_history(env, registry):
    @registry.workflow("waiting")
    def waiting(step):
        step.in_app("a", {"body": "a"})
        step.delay("wait", {"amount": 1, "unit": "hours"})
        step.in_app("b", {"body": "b"})

    run = env.trigger(waiting, to="ada")
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


@pytest.mark.mission("P-US2.1")
@pytest.mark.mission("D3-R1")
def test_steps_run_in_the_order_written():
    def body(step):
        step.in_app("one", {"body": "1"})
        step.digest("two", {"amount": 1, "unit": "hours"})
        step.email("three", {"subject": "3", "body": "3"})

    ordered = Workflow("w", body)
    with NovuEnvironment(workflows=[ordered]) as env:
        run = env.trigger(ordered, to="ada")
        env.advance(hours=1)
        found = env.client.executions.get(run.execution_id)
        assert [step.step_id for step in found.steps] == ["one", "two", "three"]
        assert [step.step_id for step in ordered.steps] == ["one", "two", "three"]
        moments = [step.completed_at for step in found.steps]
        assert moments == sorted(moments)


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


def test_html_is_made_harmless_unless_the_step_asks_not_to(env, registry):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"subject": "a < b", "html": "<b>x</b><script>alert(1)</script>"})
        step.email("mail", {"subject": "s", "html": "<script>1</script>"}, disable_output_sanitization=True)

    bell, mail = env.trigger(w, ADA).step_results.values()
    assert (bell["subject"], bell["html"], mail["html"]) == ("a < b", "<b>x</b>", "<script>1</script>")


def test_provider_overrides_are_part_of_the_message(env, registry):
    @registry.workflow("w")
    def w(step):
        step.email(
            "mail", {"subject": "s", "body": "b"}, providers={"sendgrid": lambda outputs: {"subject": outputs["body"]}}
        )

    env.trigger(w, ADA)
    assert env.outbox.email[0].content["_providers"] == {"sendgrid": {"subject": "b"}}


def test_a_listener_that_raises_harms_nobody(env, one, caplog):
    def listener(name, **data):
        raise RuntimeError("listener")

    env.client.events.listeners.append(listener)
    assert env.trigger(one, to="ada").status == "completed"
    assert "A listener for" in caplog.text
