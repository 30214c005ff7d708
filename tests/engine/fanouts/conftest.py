"""A workflow for a topic of readers, whose members are recorded three at a time."""

from __future__ import annotations

import pytest

from novu_core.storage import fanouts

READERS = {"type": "Topic", "topicKey": "readers"}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(fanouts, "CHUNK", 3)


@pytest.fixture
def news(registry):
    @registry.workflow("news")
    def news(step, subscriber):
        step.in_app("bell", {"body": f"for {subscriber.first_name or subscriber.subscriber_id}"})

    return news


def told(env):
    """Who was told, in the order of the messages."""
    return [message.subscriber_id for message in env.outbox.in_app]
