"""What the log tells at INFO: a run starts, waits, goes on and ends; the worker starts and stops."""

from __future__ import annotations

import logging

import pytest

from novu_core import Client, Retry, Settings
from novu_core.delivery import Router
from novu_core.errors import DeliveryError
from novu_core.lines import add_fields
from tests.engine.conftest import ADA
from tests.providers import Failing


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


def test_records_have_the_run_and_the_step_as_fields(env, registry, caplog):
    caplog.set_level(logging.INFO)

    @registry.workflow("outer")
    def outer(step):
        step.custom("sum", lambda: logging.getLogger("app").info("of the app's own"))
        step.email("mail", {"subject": "s", "body": "b"})

    env.client.engine.parts.router = Router({"email": Failing(DeliveryError("busy", retriable=True), timeout=None)})
    caplog.handler.addFilter(add_fields)
    try:
        run = outer.trigger(to=ADA).execution_id
        logging.getLogger("app").info("afterwards")
    finally:
        caplog.handler.removeFilter(add_fields)
    found = [
        (each.getMessage().split(" ")[0], each.execution_id, each.workflow_id, each.step_id) for each in caplog.records
    ]
    assert found == [
        ("Execution", run, "outer", "sum"),  # its first step's commit begins it
        ("of", run, "outer", "sum"),
        ("Step", run, "outer", "mail"),
        ("Execution", run, "outer", None),
        ("afterwards", None, None, None),
    ]


def taken_over(told):
    return [message for _, message in told() if "taken over" in message]


def dead(env, moment):
    """Claim what is due as a worker that is killed then."""
    parts = env.client.engine.parts
    return parts.store.claim(list(parts.registry), moment, moment + parts.lease, "dead", 1)


def test_a_run_whose_worker_died_before_its_first_step(env, registry, told):
    @registry.workflow("bell")
    def bell(step):
        step.in_app("ring", {"body": "b"})

    run = env.trigger(bell, to=ADA, wait=False).execution_id
    assert dead(env, env.clock.now())
    env.advance(seconds=30)
    assert taken_over(told) == [f"Execution {run} of bell is taken over: its worker stopped renewing its lease"]
    assert not any("starts" in message for _, message in told())


def test_a_run_whose_worker_died_between_two_steps(env, registry, told, monkeypatch):
    @registry.workflow("two")
    def two(step):
        step.custom("first", lambda: {"n": 1})
        if killed:
            killed.pop()
            raise SystemExit
        step.custom("second", lambda: {"n": 2})

    killed: list[bool] = []
    two.discover()
    killed.append(True)
    with pytest.raises(SystemExit):
        env.trigger(two, to=ADA)
    env.advance(seconds=30)
    assert len(taken_over(told)) == 1
    assert env.client.executions.list().items[0].status == "completed"


def test_runs_that_begin_wait_fail_and_are_retried_are_not_taken_over(env, registry, told):
    @registry.workflow("whole", retry=Retry(2, base=1))
    def whole(step):
        step.digest("collect", {"amount": 1, "unit": "hours"})
        step.delay("pause", {"amount": 1, "unit": "hours"})
        if faults:
            raise ValueError(faults.pop())
        step.custom("breaks", lambda: 1 / bad[0])

    faults, bad = [], [0]
    whole.discover()
    faults.append("once")
    env.trigger(whole, to=ADA, wait=False)
    run = env.trigger(whole, to=ADA).execution_id
    env.advance(hours=3)
    env.client.executions.retry(run)
    env.advance(minutes=1)
    assert env.client.executions.get(run).status == "failed"
    bad[0] = 1
    assert env.client.executions.retry(run).status == "completed"
    assert taken_over(told) == []


def test_a_run_whose_body_raised_and_that_is_retried_is_not_taken_over(env, registry, told):
    @registry.workflow("body")
    def body(step):
        step.custom("first", lambda: {"n": 1})
        if faults:
            raise ValueError(faults.pop())

    faults: list[str] = []
    body.discover()
    faults.append("once")
    run = env.trigger(body, to=ADA).execution_id
    env.advance(minutes=5)
    assert env.client.executions.retry(run).status == "completed"
    assert taken_over(told) == []
