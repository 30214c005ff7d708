"""A global preference is the last word on its channel, whatever was set for single workflows before; on every store."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from novu_core.testing import NovuEnvironment

OFF, ON = {"enabled": False}, {"enabled": True}
TEXT = {"body": "b"}
HOURS = {"monday": {"isEnabled": True, "hours": [{"start": "09:00 AM", "end": "05:00 PM"}]}}


def channels(step):
    step.in_app("bell", TEXT)
    step.delay("wait", {"amount": 1, "unit": "hours"})
    step.email("mail", {"subject": "s", "body": "b"})
    step.sms("text", TEXT)


@pytest.fixture
def env(url, registry):
    for name, said in (("plain", None), ("quiet", {"all": OFF}), ("loud", {"channels": {"email": ON, "sms": OFF}})):
        registry.workflow(name, preferences=said)(channels)
    with NovuEnvironment(workflows=registry, settings={"NOVU_STORE_URL": url}) as made:
        made.client.subscribers.upsert({"subscriberId": "ada", "email": "ada@example.org", "phone": "+15550100"})
        yield made


def opened(env, channel):
    found = env.client.preferences.effective("ada").workflows
    return {each.workflow_id: each.channels[channel].enabled for each in found}


def test_the_last_word_on_a_channel_wins_and_on_no_other(env):
    set_, get = env.client.preferences.set, env.client.preferences.get
    set_("ada", {"channels": {"email": ON, "sms": ON}}, "plain")
    set_("ada", {"channels": {"email": ON}}, "quiet")
    set_("bea", {"channels": {"email": ON}}, "plain")
    set_("ada", {"channels": {"email": OFF}})
    assert opened(env, "email") == {"plain": False, "quiet": False, "loud": False}
    assert (get("ada", "plain"), get("ada", "quiet")) == ({"channels": {"sms": ON}}, {})
    assert get("bea", "plain") == {"channels": {"email": ON}}, "another's"
    set_("ada", {"channels": {"email": ON}}, "loud")
    assert opened(env, "email") == {"plain": False, "quiet": False, "loud": True}, "what is said later of one of them"
    set_("ada", {"channels": {"email": None}})
    assert get("ada", "loud") == {"channels": {"email": ON}}, "that takes away, and says nothing"
    assert opened(env, "email") == {"plain": True, "quiet": False, "loud": True}


def test_what_holds_for_a_whole_workflow_goes_on_for_its_other_channels(env):
    set_, get = env.client.preferences.set, env.client.preferences.get
    set_("ada", {"all": OFF, "channels": {"sms": ON, "chat": None}}, "plain")
    set_("ada", {"channels": {"email": ON}})
    assert {name: opened(env, name)["plain"] for name in ("in_app", "email", "sms")} == {
        "in_app": False,
        "email": True,
        "sms": True,
    }
    before = get("ada", "plain")
    set_("ada", {"all": ON, "schedule": {"isEnabled": False}})
    assert get("ada", "plain") == before, "what holds for all channels names none"


def test_a_row_that_cannot_be_read_stops_nothing(env):
    set_, get = env.client.preferences.set, env.client.preferences.get
    set_("ada", {"channels": {"email": ON}}, "plain")
    set_("ada", {"channels": {"email": ON}}, "quiet")
    told = text("UPDATE novu_preferences SET data = '[' WHERE workflow_id = 'plain'")
    env.client.engine.parts.store.database.write(lambda transaction: transaction.execute(told))
    set_("ada", {"channels": {"email": OFF}})
    assert get("ada", "quiet") == {}


def test_days_that_are_not_given_stay(env):
    set_ = env.client.preferences.set
    set_("ada", {"schedule": {"isEnabled": True, "weeklySchedule": HOURS}})
    assert set_("ada", {"schedule": {"isEnabled": False}})["schedule"] == {"isEnabled": False, "weeklySchedule": HOURS}
    assert set_("ada", {"channels": {"email": ON}})["schedule"]["weeklySchedule"] == HOURS
    other = {"tuesday": {"is_enabled": True}}
    assert set_("ada", {"schedule": {"is_enabled": True, "weekly_schedule": other}})["schedule"] == {
        "is_enabled": True,
        "weekly_schedule": other,
    }
    assert "schedule" not in set_("ada", {"schedule": None})


def test_a_run_obeys_at_its_next_step(env):
    env.client.preferences.set("ada", {"channels": {"email": ON}}, "plain")
    run = env.trigger("plain", "ada")
    env.client.preferences.set("ada", {"channels": {"email": OFF}})
    env.advance(hours=2)
    steps = {step.step_id: (step.outcome, step.rule) for step in env.client.executions.get(run.execution_id).steps}
    assert steps["mail"] == ("skipped", "subscriber_global")
    assert steps["text"] == ("delivered", None)


def test_any_order_of_changes_does_as_a_model_says(env):
    draw = random.Random(7)  # a test's order, no secret
    model: dict[str, dict[str, bool]] = {"": {}, "plain": {}, "quiet": {}, "loud": {}}
    defaults = {"plain": {}, "quiet": dict.fromkeys(("in_app", "email", "sms"), False), "loud": {"sms": False}}
    for _ in range(60):
        workflow = draw.choice(["", "", "plain", "quiet", "loud"])
        said = {name: draw.random() < 0.5 for name in draw.sample(["in_app", "email", "sms"], draw.randint(1, 3))}
        rules = {"channels": {name: {"enabled": value} for name, value in said.items()}}
        env.client.preferences.set("ada", rules, workflow or None)
        model[workflow] |= said
        if not workflow:
            for own in ("plain", "quiet", "loud"):
                model[own] = {name: value for name, value in model[own].items() if name not in said}
        for name in ("in_app", "email", "sms"):
            assert opened(env, name) == {
                each: next(
                    words[name] for words in (model[each], model[""], defaults[each], {name: True}) if name in words
                )
                for each in defaults
            }


def test_threads_that_change_both_lose_nothing(env):
    set_ = env.client.preferences.set

    def change(number):
        if number % 2:
            set_("ada", {"channels": {"email": OFF}})
        else:
            set_("ada", {"channels": {("sms", "push", "chat")[number % 3]: ON}}, "plain")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(24)))
    assert env.client.preferences.get("ada", "plain") == {"channels": {"sms": ON, "push": ON, "chat": ON}}
    assert env.client.preferences.get("ada") == {"channels": {"email": OFF}}
