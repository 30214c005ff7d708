"""Preferences: what they come to, which rule decided, and changes that happen together or not at all."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from novu_core.errors import ValidationError, WorkflowNotFoundError
from novu_core.testing import NovuEnvironment

TEXT = {"body": "b"}
MAIL = {"subject": "s", "body": "b"}
OFF, ON = {"enabled": False}, {"enabled": True}


def every_channel(step):
    step.in_app("bell", TEXT)
    step.email("mail", MAIL)
    step.digest("collect", {"amount": 1, "unit": "hours"})


@pytest.fixture
def env(url, registry):
    registry.workflow("plain")(every_channel)
    registry.workflow("quiet", preferences={"all": OFF, "channels": {"email": ON}})(every_channel)
    registry.workflow("critical", critical=True, preferences={"all": OFF})(every_channel)
    registry.workflow("fixed", preferences={"all": {"enabled": True, "read_only": True}, "channels": {"email": OFF}})(
        every_channel
    )
    registry.workflow("texts")(lambda step: step.sms("text", TEXT))
    registry.workflow("broken")(lambda step: {}["nothing"])
    with NovuEnvironment(workflows=registry, settings={"NOVU_STORE_URL": url}) as made:
        yield made


def decided(env, who="ada") -> dict[str, dict[str, tuple[bool, str]]]:
    found = env.client.preferences.effective(who)
    return {
        each.workflow_id: {name: (one.enabled, one.rule.value) for name, one in each.channels.items()}
        for each in found.workflows
    }


def test_without_a_word_of_the_subscriber_the_workflow_decides(env):
    assert decided(env) == {
        "plain": {"in_app": (True, "default"), "email": (True, "default")},
        "quiet": {"in_app": (False, "workflow"), "email": (True, "workflow")},
        "critical": {"in_app": (True, "critical"), "email": (True, "critical")},
        "fixed": {"in_app": (True, "read_only"), "email": (False, "read_only")},
        "texts": {"sms": (True, "default")},
    }
    found = env.client.preferences.effective("ada")
    assert list(found.channels) == ["in_app", "email", "sms"]
    assert {one.rule.value for one in found.channels.values()} == {"default"}
    assert found.schedule is None
    assert [each.workflow_id for each in found.workflows if each.fixed] == ["critical", "fixed"]
    assert [each.workflow_id for each in found.workflows if each.critical] == ["critical"]
    assert found.to_json()["workflows"][1]["channels"]["in_app"] == {"enabled": False, "rule": "workflow"}


def test_the_subscribers_word_wins_where_it_counts(env):
    preferences = env.client.preferences
    schedule = {"isEnabled": False}
    preferences.set("ada", {"all": OFF, "channels": {"email": ON}, "schedule": schedule})
    preferences.set("ada", {"channels": {"in_app": ON}}, workflow_id="quiet")
    assert decided(env) == {
        "plain": {"in_app": (False, "subscriber_global"), "email": (True, "subscriber_global")},
        "quiet": {"in_app": (True, "subscriber_workflow"), "email": (True, "subscriber_global")},
        "critical": {"in_app": (True, "critical"), "email": (True, "critical")},
        "fixed": {"in_app": (True, "read_only"), "email": (False, "read_only")},
        "texts": {"sms": (False, "subscriber_global")},
    }
    found = preferences.effective("ada")
    assert {name: one.enabled for name, one in found.channels.items()} == {"in_app": False, "email": True, "sms": False}
    assert found.schedule == schedule
    assert decided(env, "bob")["plain"]["in_app"] == (True, "default")


@pytest.mark.parametrize("workflow", ["plain", "quiet", "critical", "fixed", "texts"])
def test_what_is_shown_is_what_runs_do(env, workflow):
    preferences = env.client.preferences
    for number, (globally, own) in enumerate(itertools.product([None, OFF, ON], repeat=2)):
        who = f"u{number}"
        if globally:
            preferences.set(who, {"all": globally})
        if own and workflow not in ("critical", "fixed"):
            preferences.set(who, {"channels": {"email": own, "sms": own}}, workflow_id=workflow)
        shown = decided(env, who)[workflow]
        run = env.trigger(workflow, {"subscriberId": who, "email": "a@b.c", "phone": "+1"})
        done = {step.type.value: step for step in run.steps if step.type.value in shown}
        for name, (enabled, rule) in shown.items():
            assert (done[name].outcome == "delivered") is enabled
            assert (done[name].reason, done[name].rule) == ((None, None) if enabled else ("preference", rule))
        stored = env.client.executions.get(run.execution_id).to_json()["steps"]
        assert {step["rule"] for step in stored} - {None} == {rule for enabled, rule in shown.values() if not enabled}


@pytest.mark.parametrize("workflow", ["critical", "fixed"])
def test_a_workflow_without_a_choice_is_400_and_nothing_is_kept(env, workflow):
    preferences = env.client.preferences
    with pytest.raises(ValidationError, match=workflow) as told:
        preferences.set("ada", {"channels": {"email": OFF}}, workflow_id=workflow)
    assert (told.value.status_code, told.value.errors[0].path) == (400, "/workflow_id")
    with pytest.raises(ValidationError):
        preferences.set_many("ada", [("plain", {"all": OFF}), (workflow, {"all": OFF}), (None, {"all": OFF})])
    assert decided(env)["plain"]["email"] == (True, "default")


def test_several_change_together(env):
    preferences = env.client.preferences
    done = preferences.set_many(
        "ada", [("plain", {"channels": {"email": OFF}}), (None, {"all": ON}), ("plain", {"channels": {"in_app": OFF}})]
    )
    assert done == [
        {"channels": {"email": OFF}}, {"all": ON}, {"channels": {"email": OFF, "in_app": OFF}},
    ]  # fmt: skip
    assert preferences.get("ada", "plain") == done[-1]
    assert preferences.set_many("ada", []) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ([("plain", {"all": OFF}), ("unknown", {"all": OFF})], WorkflowNotFoundError),
        ([("plain", {"all": OFF}), ("quiet", {"all": 5})], ValidationError),
        ([("plain", {"all": OFF}), ("quiet", {"schedule": {"isEnabled": False}})], ValidationError),
        ([(None, {"all": OFF}), (None, 5)], ValidationError),
    ],
)
def test_several_change_or_none(env, changes, error):
    with pytest.raises(error):
        env.client.preferences.set_many("ada", changes)
    assert decided(env) == decided(env, "nobody")


def test_twenty_threads_change_a_channel_each(env):
    names = ["in_app", "email", "sms", "push", "chat"]

    def one(number):
        env.client.preferences.set("ada", {"channels": {names[number % 5]: OFF}})

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(one, range(20)))
    assert env.client.preferences.get("ada") == {"channels": dict.fromkeys(names, OFF)}
