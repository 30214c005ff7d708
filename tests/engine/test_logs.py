"""What the log tells at INFO: a run starts, waits, goes on and ends; the worker starts and stops."""

from __future__ import annotations

import logging

import pytest

from novu_core import Client, Settings
from tests.engine.conftest import ADA


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, "novu_core")
    return lambda: [(record.name, record.getMessage()) for record in caplog.records]


def test_a_run_that_waits(env, registry, told):
    @registry.workflow("trial")
    def trial(step):
        step.delay("wait", {"amount": 2, "unit": "hours"})

    run = trial.trigger(to=ADA).execution_id
    assert told() == [
        ("novu_core.engine.runner", f"Execution {run} of trial for ada starts"),
        ("novu_core.engine.runner", f"Execution {run} waits for delay until 2026-01-05T11:00:00+00:00"),
    ]
    env.advance(hours=2)
    assert told()[2:] == [("novu_core.engine.runner", f"Execution {run} ended: completed")]


def test_runs_that_merge_and_fail(env, registry, told):
    @registry.workflow("daily")
    def daily(step):
        step.digest("collect", {"amount": 1, "unit": "days"})
        step.custom("breaks", lambda: 1 / 0)

    opener, follower = (daily.trigger(to=ADA).execution_id for _ in range(2))
    env.advance(days=1)
    lines = [message.splitlines()[0] for _, message in told()]
    assert f"Execution {follower} ended: merged" in lines
    assert f"Execution {opener} ended: failed" in lines


def test_the_worker_of_a_process(registry, told):
    with Client(Settings(store_url="sqlite://", worker="none"), registry) as client:
        client.start_worker(2)
    lines = [message for name, message in told() if name == "novu_core.backends.thread"]
    assert lines == ["The worker starts: 0 workflows, 2 runs at a time", "The worker stopped after 0 runs"]
