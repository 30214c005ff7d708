"""A server that stands for each service."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from novu_core.clock import ManualClock
from novu_core.delivery import provider_from_url
from novu_core.types import Channel
from tests.unit.delivery.web_servers import web

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
VAPID = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server():
    with web() as running:
        yield running


@pytest.fixture
def clock():
    return ManualClock(NOON)


@pytest.fixture
def message(make_message):
    def make(*tokens, provider="fcm", **fields):
        channels = [{"providerId": provider, "credentials": {"deviceTokens": list(tokens)}}] if tokens else []
        ann = SimpleNamespace(subscriber_id="ann", email=None, phone=None, data={}, channels=channels)
        return make_message(**{"channel": "push", "to": None, "subscriber": ann, **fields})

    return make


@pytest.fixture
def webpush(server, clock):
    url = f"webpush://{VAPID}@?subject=mailto:me@example.org&base_url={server.url}"
    made = provider_from_url(url, Channel.PUSH, clock=clock)
    yield made
    made.close()
