"""Workflows whose rows are damaged, on both stores."""

from __future__ import annotations

import pytest

from novu_core import Registry
from novu_core.testing import NovuEnvironment


@pytest.fixture
def registry():
    made = Registry()

    @made.workflow("bell")
    def bell(step):
        step.in_app("ring", {"body": "b"})

    @made.workflow("later")
    def later(step):
        step.custom("look", lambda: {"n": 1})
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("ring", {"body": "b"})

    @made.workflow("batch")
    def batch(step):
        found = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.in_app("ring", {"body": " ".join(event["payload"].get("word", "?") for event in found.events)})

    @made.workflow("twice")
    def twice(step):
        step.digest("first", {"amount": 1, "unit": "hours"})
        found = step.digest("second", {"amount": 3, "unit": "hours"})
        step.in_app("ring", {"body": " ".join(event["payload"].get("word", "?") for event in found.events)})

    @made.workflow("seldom")
    def seldom(step):
        step.throttle("brake", {"amount": 1, "unit": "hours"})
        step.in_app("ring", {"body": "b"})

    return made


def environment(url, registry):
    return NovuEnvironment(registry, {"NOVU_STORE_URL": url, "NOVU_LEASE_SECONDS": 1})


@pytest.fixture(params=["sqlite", "postgresql"])
def env(request, tmp_path, registry):
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else f"sqlite:///{tmp_path}/n.db"
    with environment(url, registry) as made:
        yield made


@pytest.fixture
def sqlite(tmp_path, registry):
    with environment(f"sqlite:///{tmp_path}/n.db", registry) as made:
        yield made
