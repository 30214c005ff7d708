"""What the links of mails open, in every store."""

from __future__ import annotations

import pytest

from novu_core.errors import ValidationError, WorkflowNotFoundError
from novu_core.testing import NovuEnvironment
from novu_core.types import PreferenceRule

SETTINGS = {"NOVU_PUBLIC_URL": "https://app.example.org", "NOVU_SECRET_KEY": "nv-key"}
ADA = {"subscriberId": "ada", "email": "ada@example.org", "locale": "de"}


@pytest.fixture
def env(url, registry):
    @registry.workflow("news", preferences={"channels": {"email": {"enabled": True}}})
    def news(step):
        step.email("mail", {"subject": "s", "body": "b"})

    with NovuEnvironment(workflows=registry, settings={**SETTINGS, "NOVU_STORE_URL": url}) as made:
        yield made


def token(url):
    return url.rpartition("/")[2]


def test_a_link_opens_its_subscribers_choices(env):
    preferences = env.client.preferences
    found = preferences.opened_by(token(preferences.unsubscribe_url("ada", "news")))
    assert (found.link.subscriber_id, found.link.workflow_id, found.subscriber) == (
        "ada",
        "news",
        {"subscriberId": "ada"},
    )
    env.client.subscribers.upsert(ADA)
    found = preferences.opened_by(token(preferences.url("ada")))
    assert (found.link.workflow_id, found.subscriber["locale"]) == (None, "de")
    assert preferences.opened_by("x") is None


def test_it_ends_with_the_subscriber_and_a_later_one_does_not(env):
    preferences, subscribers = env.client.preferences, env.client.subscribers
    subscribers.upsert(ADA)
    before = [token(preferences.url("ada")), token(preferences.unsubscribe_url("ada", "news"))]
    env.advance(seconds=1)
    subscribers.delete("ada")
    same_moment = token(preferences.url("ada"))
    env.advance(seconds=1)
    subscribers.upsert(ADA)
    assert [preferences.opened_by(found) for found in (*before, same_moment)] == [None] * 3
    assert preferences.opened_by(token(preferences.url("ada"))) is not None
    assert preferences.opened_by(token(preferences.url("bob"))) is not None


def test_one_decision_at_a_time(env):
    preferences = env.client.preferences

    def decided(workflow_id=None):
        found = preferences.decision("ada", "email", workflow_id)
        return found.enabled, found.rule

    assert (decided(), decided("news")) == ((True, PreferenceRule.DEFAULT), (True, PreferenceRule.WORKFLOW))
    preferences.set("ada", {"channels": {"email": {"enabled": False}}})
    assert (decided(), decided("news")) == ((False, PreferenceRule.SUBSCRIBER_GLOBAL),) * 2
    preferences.set("ada", {"channels": {"email": {"enabled": True}}}, "news")
    assert decided("news") == (True, PreferenceRule.SUBSCRIBER_WORKFLOW)
    with pytest.raises(WorkflowNotFoundError):
        decided("nobody")
    with pytest.raises(ValidationError):
        preferences.decision(" ", "email")
