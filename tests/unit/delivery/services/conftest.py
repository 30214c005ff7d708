"""A server that stands for each service."""

from __future__ import annotations

import pytest

from tests.unit.delivery.web_servers import web


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server():
    with web() as running:
        yield running
