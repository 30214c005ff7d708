from __future__ import annotations

import pytest

from novu_core.errors import ValidationError
from novu_core.storage.changes import SaveSubscriber
from tests.engine.conftest import ADA

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


def test_a_schedule_is_global_and_checked(env, workflows):
    with pytest.raises(ValidationError) as told:
        env.client.preferences.set("ada", {"schedule": {"isEnabled": "yes"}})
    assert told.value.errors[0].path == "/schedule/isEnabled"
    with pytest.raises(ValidationError):
        env.client.preferences.set("ada", {"schedule": OFFICE}, workflow_id="normal")
    assert env.client.preferences.get("ada") == {}


def test_preferences_keep_what_is_not_given_and_lose_what_is_none(env, workflows):
    set_ = env.client.preferences.set
    set_("ada", {"channels": {"email": {"enabled": False}, "sms": {"enabled": True}}})
    assert set_("ada", {"schedule": {"isEnabled": False}, "all": {"enabled": True}}) == {
        "channels": {"email": {"enabled": False}, "sms": {"enabled": True}},
        "schedule": {"isEnabled": False},
        "all": {"enabled": True},
    }
    assert set_("ada", {"channels": {"sms": None}, "schedule": None}) == {
        "channels": {"email": {"enabled": False}},
        "all": {"enabled": True},
    }
    assert set_("ada", {"channels": None}) == {"all": {"enabled": True}} == env.client.preferences.get("ada")


@pytest.mark.parametrize("wrong", [False, True, [], "", 0, {"enabled": "yes"}])
@pytest.mark.parametrize("place", ["all", "channels", "email"])
def test_what_are_no_preferences_is_refused_and_nothing_is_kept(env, workflows, place, wrong):
    if place == "channels" and isinstance(wrong, dict):
        return
    given = {"channels": {"email": wrong}} if place == "email" else {place: wrong}
    with pytest.raises(ValidationError):
        env.client.preferences.set("ada", given)
    assert env.client.preferences.get("ada") == {}
    assert env.trigger(workflows[0], ADA).status == "completed"


@pytest.mark.parametrize("subscriber_id", ["", " ", None, 5])
def test_preferences_belong_to_a_subscriber(env, subscriber_id):
    with pytest.raises(ValidationError) as told:
        env.client.preferences.set(subscriber_id, {"all": {"enabled": True}})
    assert told.value.errors[0].path == "/subscriber_id"
