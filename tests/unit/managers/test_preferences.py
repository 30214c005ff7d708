"""Preferences are checked, merged and kept for a subscriber."""

from __future__ import annotations

import pytest

from novu_core.errors import ValidationError


@pytest.fixture
def normal(registry):
    @registry.workflow("normal")
    def normal(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return normal


def test_a_schedule_is_global_and_checked(env, normal):
    with pytest.raises(ValidationError) as told:
        env.client.preferences.set("ada", {"schedule": {"isEnabled": "yes"}})
    assert told.value.errors[0].path == "/schedule/isEnabled"
    with pytest.raises(ValidationError):
        env.client.preferences.set("ada", {"schedule": {"isEnabled": False}}, workflow_id="normal")
    assert env.client.preferences.get("ada") == {}


def test_preferences_keep_what_is_not_given_and_lose_what_is_none(env, normal):
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
def test_what_are_no_preferences_is_refused_and_nothing_is_kept(env, normal, place, wrong):
    if place == "channels" and isinstance(wrong, dict):
        return
    given = {"channels": {"email": wrong}} if place == "email" else {place: wrong}
    with pytest.raises(ValidationError):
        env.client.preferences.set("ada", given)
    assert env.client.preferences.get("ada") == {}
    assert env.trigger(normal, {"subscriberId": "ada", "email": "ada@example.org"}).status == "completed"


@pytest.mark.parametrize("subscriber_id", ["", " ", None, 5])
def test_preferences_belong_to_a_subscriber(env, subscriber_id):
    with pytest.raises(ValidationError) as told:
        env.client.preferences.set(subscriber_id, {"all": {"enabled": True}})
    assert told.value.errors[0].path == "/subscriber_id"


@pytest.mark.parametrize(("given", "path"), [(5, ""), ({"channels": 5}, "/channels"), ({"all": 5}, "/all")])
def test_preferences_are_objects(env, given, path):
    with pytest.raises(ValidationError) as told:
        env.client.preferences.set("ada", given)
    assert told.value.errors[0].path == path
