from __future__ import annotations

from collections.abc import Iterator

import pytest

from novu_core import Registry
from novu_core.testing import NovuEnvironment

ADA = {"subscriberId": "ada", "email": "ada@example.org", "phone": "+491701234567"}


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def env(registry) -> Iterator[NovuEnvironment]:
    with NovuEnvironment(workflows=registry) as environment:
        yield environment


@pytest.fixture
def steps_of(env):
    def steps_of(result):
        execution = env.client.executions.get(result.execution_id)
        return {
            step.step_id: (step.status.value, step.outcome and step.outcome.value, step.reason)
            for step in execution.steps
        }

    return steps_of
