"""A client on a clock that stands still, with one workflow."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from novu_core import Client, ManualClock, Settings

START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)


@pytest.fixture
def client(registry):
    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"ok": True})

    with Client(Settings(worker="none"), registry, clock=ManualClock(START)) as client:
        yield client


@pytest.fixture
def claimed(client):
    """Record a run, and claim it as a worker would."""

    def claimed():
        client.trigger("w", to="ada", wait=False)
        now, parts = client.clock.now(), client.engine.parts
        [row] = parts.store.claim(["w"], now, now + parts.lease, "me", 1)
        return row

    return claimed
