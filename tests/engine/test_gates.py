"""What closes a channel to a subscriber: skips, preferences, hours, a missing address."""

from __future__ import annotations

import pytest

from novu_core import Workflow
from novu_core.storage.people import SaveSubscriber
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Recording

OFFICE = {
    "isEnabled": True,
    "weeklySchedule": {"monday": {"isEnabled": True, "hours": [{"start": "09:00", "end": "17:00"}]}},
}


@pytest.fixture
def workflows(registry):
    def body(step):
        step.in_app("bell", {"body": "b"})
        step.email("mail", {"subject": "s", "body": "b"})

    return [registry.workflow(name, critical=name == "critical")(body) for name in ("normal", "critical")]


def test_outside_the_subscribers_hours_only_in_app_and_critical_messages_come(env, workflows, steps_of):
    env.client.preferences.set("ada", {"schedule": OFFICE})
    normal, critical = workflows
    assert steps_of(env.trigger(normal, ADA))["mail"] == ("completed", "delivered", None)
    env.advance(hours=8)
    assert steps_of(env.trigger(normal, ADA)) == {
        "bell": ("completed", "delivered", None),
        "mail": ("completed", "skipped", "schedule"),
    }
    assert steps_of(env.trigger(critical, ADA))["mail"] == ("completed", "delivered", None)


@pytest.mark.parametrize(
    ("zone", "outcome"),
    [("America/New_York", "skipped"), ("Nowhere/Land", "delivered"), ("Europe", "delivered"), (5, "delivered")],
)
def test_hours_are_those_of_the_subscribers_time_zone_else_the_clients(env, workflows, steps_of, zone, outcome):
    env.client.subscribers.upsert(ADA)
    env.client.preferences.set("ada", {"schedule": OFFICE})
    store = env.client.engine.parts.store
    store.commit(SaveSubscriber("ada", {"timezone": zone}, env.clock.now()))  # an old row may hold anything
    assert steps_of(env.trigger(workflows[0], "ada"))["mail"][1] == outcome


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


def test_no_address_is_a_skip_and_no_failure(env_with, mail):
    env = env_with(Recording())
    result = env.trigger(mail, to="nobody")
    assert result.status == "completed"
    assert (result.steps[1].outcome, result.steps[1].reason) == ("skipped", "no_address")
    assert result.step_results["letter"] == {"skipped": True}


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


async def _true():
    return True


@pytest.mark.mission("P-FR-007")
@pytest.mark.parametrize(
    "options",
    [
        {"skip": True},
        {"skip": lambda: True},
        {"skip": _true},
        {"skip": lambda controls: controls["off"], "control_schema": {"properties": {"off": {"default": True}}}},
        {"skip_condition": "payload.off"},
    ],
    ids=["bool", "callable", "async", "controls", "condition"],
)
def test_a_skipped_step_lets_the_next_ones_run(options):
    def body(step):
        assert not step.in_app("a", {"body": "a"}, **options)
        step.in_app("b", {"body": "b"})

    skipping = Workflow("w", body)
    with NovuEnvironment(workflows=[skipping]) as env:
        run = env.trigger(skipping, to="ada", payload={"off": True})
        assert (run.status, run.error) == ("completed", None)
        assert [message.body for message in env.outbox] == ["b"]
        assert run.steps[0].outcome == "skipped"
