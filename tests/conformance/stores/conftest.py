"""One fixture over the three kinds of store."""

from __future__ import annotations

from pathlib import Path

import pytest

from novu_core.storage.store import Store
from novu_core.testing import NovuEnvironment


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request, tmp_path: Path) -> str:
    if request.param == "memory":
        return "sqlite://"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/novu.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url: str):
    found = Store(url)
    yield found
    found.close()


@pytest.fixture
def env(url, registry):
    with NovuEnvironment(workflows=registry, settings={"NOVU_STORE_URL": url}) as made:
        yield made


@pytest.fixture
def traced(env, tracer_provider):
    """The client, which makes spans."""
    from novu_core.integrations.opentelemetry import instrument

    instrument(env.client, tracer_provider=tracer_provider)
    return env.client


@pytest.fixture
def people(env):
    return env.client.subscribers
