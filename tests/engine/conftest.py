"""Runs by hand: steps told in a few words, an environment with providers of one's own, two workflows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timezone

import pytest

from novu_core import Client, ManualClock, Settings
from novu_core.delivery import Outbox
from novu_core.testing import NovuEnvironment
from tests.engine.apps import workflows

ADA = {"subscriberId": "ada", "email": "ada@example.org", "phone": "+491701234567"}


@pytest.fixture
def steps_of(env):
    def steps_of(result):
        execution = env.client.executions.get(result.execution_id)
        return {
            step.step_id: (step.status.value, step.outcome and step.outcome.value, step.reason)
            for step in execution.steps
        }

    return steps_of


@pytest.fixture
def env_with(registry) -> Iterator[Callable[..., NovuEnvironment]]:
    """Make an environment whose e-mails go through the given providers, tried in order."""
    with ExitStack() as stack:

        def make(*providers: object) -> NovuEnvironment:
            settings = {"NOVU_DELIVERY": {"email": list(providers)}}
            return stack.enter_context(NovuEnvironment(workflows=registry, settings=settings))

        yield make


@pytest.fixture
def mail(registry):
    @registry.workflow("mail")
    def mail(step):
        step.in_app("inbox", {"body": "in"})
        step.email("letter", {"subject": "s", "body": "b"})
        step.custom("after", lambda: {"ok": True})

    return mail


@pytest.fixture
def one_mail(registry):
    @registry.workflow("one-mail")
    def one_mail(step):
        step.email("letter", {"subject": "s", "body": "b"})

    return one_mail


@pytest.fixture
def one(registry):
    @registry.workflow("one")
    def one(step):
        step.in_app("bell", {"body": "b"})

    return one


@pytest.fixture(params=["sqlite", "postgres"])
def shared_store(request, tmp_path):
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path}/novu.db"


@pytest.fixture
def app_on(shared_store):
    """Return a function: the client of an app of this name, kept apart from the others by ``app``."""
    clients, clock = [], ManualClock(datetime(2026, 1, 5, 9, tzinfo=timezone.utc))

    def make(name, app=None, **settings):
        chosen = Settings(store_url=shared_store, worker="none", app=name if app is None else app, **settings)
        clients.append(Client(chosen, workflows(name), clock=clock, delivery=Outbox(), name=name))
        return clients[-1]

    make.clock, make.store = clock, shared_store
    yield make
    for client in clients:
        client.close()
