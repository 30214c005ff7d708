"""Hubs for the tests of the live updates."""

from __future__ import annotations

import sys

import pytest

from novu_core import Client
from novu_core.live.hub import Hub
from novu_core.live.news import News
from tests.live.clients import House
from tests.live.newsroom import Newsroom, Source
from tests.live.served import HERE


@pytest.fixture
def house():
    made = House()
    yield made
    made.close()


@pytest.fixture
def room(monkeypatch):
    made = Newsroom.__new__(Newsroom)
    made.source = Source()
    source = made.source
    init = Hub.__init__
    monkeypatch.setattr(
        Hub, "__init__", lambda self, tokens, desk, **given: init(self, tokens, lambda hub: News(source, hub), **given)
    )
    House.__init__(made)
    yield made
    made.close()


@pytest.fixture
def store(tmp_path):
    """This process's client on the store of a served app."""
    sys.path.insert(0, str(HERE))
    try:
        import workflows
    finally:
        sys.path.remove(str(HERE))
    settings = {**workflows.SETTINGS, "store_url": f"sqlite:///{tmp_path}/novu.db"}
    with Client(settings, workflows.registry) as client:
        yield client
