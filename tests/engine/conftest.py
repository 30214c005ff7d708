"""Runs by hand: steps told in a few words, an environment with providers of one's own, two workflows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from novu_core.testing import NovuEnvironment

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
def one(registry):
    @registry.workflow("one")
    def one(step):
        step.in_app("bell", {"body": "b"})

    return one
