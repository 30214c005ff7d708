"""What push and chat providers need of a subscriber, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from novu_core.errors import (
    SubscriberNotFoundError,
    ValidationError,
)

TEXT = {"body": "b"}


class TestCredentials:
    """What push and chat providers need of a subscriber."""

    def test_they_are_set_appended_and_removed(self, people):
        people.upsert("ada", email="a@b.c")
        people.set_credentials("ada", "fcm", {"deviceTokens": ["one", "one"]})
        people.append_credentials("ada", "fcm", {"deviceTokens": ["two", "one"], "extra": 1})
        people.set_credentials("ada", "slack", {"webhookUrl": "https://x.y"}, "team-slack")
        people.append_credentials("ada", "slack", {"webhookUrl": "https://z"}, "other")
        people.append_credentials("ada", "slack", {"channel": "#old", "x": 1}, "other")
        people.append_credentials("ada", "slack", {"channel": None, "x": 2}, "other")
        found = people.append_credentials("ada", "expo", {"deviceTokens": ["three"]})
        assert found.channels == [
            {"providerId": "fcm", "_integrationId": "fcm", "credentials": {"deviceTokens": ["one", "two"], "extra": 1}},
            {"providerId": "slack", "_integrationId": "team-slack", "integrationIdentifier": "team-slack",
             "credentials": {"webhookUrl": "https://x.y"}},
            {"providerId": "slack", "_integrationId": "other", "integrationIdentifier": "other",
             "credentials": {"webhookUrl": "https://z", "channel": "#old", "x": 2}},
            {"providerId": "expo", "_integrationId": "expo", "credentials": {"deviceTokens": ["three"]}},
        ]  # fmt: skip
        assert found.email == "a@b.c"
        assert len(people.remove_credentials("ada", "slack", "other").channels) == 3
        assert len(people.remove_credentials("ada", "slack").channels) == 2
        people.remove_credentials("ada", "expo")
        assert people.set_credentials("ada", "fcm", {"deviceTokens": ["new"]}).channels[0]["credentials"] == {
            "deviceTokens": ["new"]
        }
        assert people.remove_credentials("ada", "fcm").channels is None
        assert people.remove_credentials("ada", "fcm").to_json() == {"subscriberId": "ada", "email": "a@b.c"}

    def test_the_short_form_is_kept_as_entries(self, people):
        people.upsert("ada", channels={"push": "token", "chat": "https://x.y", "other": 5})
        found = people.append_credentials("ada", "push-webhook", {"deviceTokens": ["more"]}).channels
        assert [(entry["providerId"], entry["credentials"]) for entry in found] == [
            ("push-webhook", {"deviceTokens": ["token", "more"]}),
            ("chat-webhook", {"webhookUrl": "https://x.y"}),
        ]

    def test_twenty_devices_at_once(self, people):
        people.upsert("ada")
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda n: people.append_credentials("ada", "fcm", {"deviceTokens": [f"t{n}"]}), range(20)))
        tokens = people.get("ada").channels[0]["credentials"]["deviceTokens"]
        assert sorted(tokens) == sorted(f"t{number}" for number in range(20))

    def test_a_push_step_uses_the_first_token(self, env, registry, people):
        @registry.workflow("w")
        def w(step):
            step.push("push", {"subject": "s", **TEXT})
            step.chat("chat", TEXT)

        people.upsert("ada")
        people.set_credentials("ada", "fcm", {"deviceTokens": ["one", "two"]})
        people.set_credentials("ada", "slack", {"webhookUrl": "https://x.y"})
        w.trigger(to="ada")
        assert [message.to for message in env.outbox] == ["one", "https://x.y"]

    @pytest.mark.parametrize(
        "wrong", [None, 5, [], {"deviceTokens": "one"}, {"deviceTokens": [5]}, {"x": object()}, {"deviceTokens": None}]
    )
    def test_what_is_not_credentials_is_told(self, people, wrong):
        people.upsert("ada")
        for change in (people.set_credentials, people.append_credentials):
            with pytest.raises(ValidationError):
                change("ada", "fcm", wrong)
        assert people.get("ada").channels is None

    def test_nobody_has_none(self, people):
        for change in (people.set_credentials, people.append_credentials):
            with pytest.raises(SubscriberNotFoundError):
                change("nobody", "fcm", {})
        with pytest.raises(SubscriberNotFoundError):
            people.remove_credentials("nobody", "fcm")
        for wrong in ("", None, " "):
            with pytest.raises(ValidationError):
                people.set_credentials("nobody", wrong, {})
