"""``flask novu check --open``: which open runs the present code would fail."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask
from pydantic import BaseModel

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Client, ManualClock, Registry, Settings

HOUR = {"amount": 1, "unit": "hours"}
performed: list[str] = []


class Ticket(BaseModel):
    open: bool = True


class Renamed(BaseModel):
    state: str


def before(payload: Ticket, step):
    step.custom("look", lambda: performed.append("look") or {"n": 1})
    step.digest("collect", HOUR)
    step.in_app("bell", {"body": "b"})


def same(payload: Ticket, step):
    before(payload, step)
    step.custom("later", lambda: performed.append("later") or {})


def one_more(payload: Ticket, step):
    step.custom("look", lambda: {"n": 1})
    step.in_app("first", lambda: performed.append("first") or {"body": "b"})
    step.digest("collect", HOUR)


def one_less(payload: Ticket, step):
    step.digest("collect", HOUR)


def ends_early(payload: Ticket, step):
    step.custom("look", lambda: {"n": 1})


def raises(payload: Ticket, step):
    found = step.custom("look", lambda: {"n": 1})
    found["other"]
    step.digest("collect", HOUR)


def exits(payload: Ticket, step):
    step.custom("look", lambda: {"n": 1})
    raise SystemExit(3)


def is_canceled(payload: Ticket, step):
    step.custom("look", lambda: {"n": 1})
    raise asyncio.CancelledError


def other_payload(payload: Renamed, step):
    before(payload, step)


async def asynchronous(payload: Ticket, step):
    await step.custom("look", lambda: {"n": 1})
    await step.email("first", {"subject": "s", "body": "b"})


def catches(payload: Ticket, step):
    try:
        one_more(payload, step)
    except BaseException:
        step.in_app("bell", {"body": "b"})


@pytest.fixture
def check(tmp_path):
    """Return a function: the open runs' rows after a deploy of this function as the workflow ``orders``."""
    url, clients = f"sqlite:///{tmp_path}/novu.db", []
    earlier = Registry()
    earlier.workflow("orders")(before)

    @earlier.workflow("elsewhere")
    def elsewhere(step):
        step.delay("pause", {"amount": 9, "unit": "days"})

    clock = ManualClock(datetime.now(timezone.utc) - timedelta(minutes=90))
    with Client(Settings(store_url=url, worker="none"), earlier, clock=clock) as client:
        runs = [client.trigger("orders", name).execution_id for name in ("ann", "ben")]
        clock.advance(timedelta(minutes=88))
        client.trigger("orders", "ann")  # joins ann's window
        runs.append(client.trigger("orders", "eve").execution_id)
        client.trigger("elsewhere", "ann")

    def check(function, *arguments):
        registry, app = Registry(), Flask("deployed")
        registry.workflow("orders")(function)
        Novu().init_app(
            app, workflows=registry, store_url=url, worker="none", secret_key="s", delivery={"email": "console://"}
        )
        clients.append(app.extensions["novu"])
        performed.clear()
        kept = [run.to_json() for run in clients[-1].executions.list()]
        found = app.test_cli_runner().invoke(novu_cli, ["check", "--json", *arguments])
        assert performed == []
        assert [run.to_json() for run in clients[-1].executions.list()] == kept
        return [row for row in json.loads(found.stdout) if row["where"] != "orders"], found.exit_code

    check.runs, check.url = runs, url
    yield check
    for client in clients:
        client.close()


def misfits(check, function):
    rows, code = check(function, "--open")
    note = {"where": "elsewhere", "note": "is not defined here, but has 1 open runs; another app may define it"}
    assert rows.pop() == note
    return rows, code


@pytest.mark.parametrize("function", [before, same])
def test_runs_that_the_code_still_fits(check, function):
    assert misfits(check, function) == ([], 0)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (
            one_more,
            "NonDeterministicWorkflowError: Workflow `orders` reached step `first` as its step number 2; this run recorded `collect` there.",
        ),
        (
            one_less,
            "NonDeterministicWorkflowError: Workflow `orders` reached step `collect` as its step number 1; this run recorded `look` there.",
        ),
        (
            ends_early,
            "NonDeterministicWorkflowError: Workflow `orders` ended without step `collect`, which this run recorded.",
        ),
        (raises, "KeyError: 'other'"),
        (exits, "SystemExit: 3"),
        (is_canceled, "CancelledError"),
        (other_payload, "ValidationError: "),
        (asynchronous, "NonDeterministicWorkflowError: Workflow `orders` reached step `first` as its step number 2"),
        (catches, "NonDeterministicWorkflowError: Workflow `orders` reached step `first` as its step number 2"),
    ],
)
def test_runs_that_would_fail_each_with_its_step_and_why(check, function, told):
    rows, code = misfits(check, function)
    assert code == 1
    assert {row["where"] for row in rows} == set(check.runs)
    for row in rows:
        assert row["problem"].startswith(
            f"would fail: this run of `orders`, at step `collect`, no longer fits the code: {told}"
        )
        assert "\n" not in row["problem"]


def test_a_topic_that_is_still_being_recorded_is_a_note(check):
    registry = Registry()
    registry.workflow("orders")(before)
    with Client(Settings(store_url=check.url, worker="none"), registry) as client:
        client.trigger("orders", {"topicKey": "team"}, transaction_id="t1")
        [fanout] = client.executions.fanouts()
    told = "orders to topic team is still being recorded: 0 runs so far (transaction t1)"
    rows, code = check(before, "--open")
    assert (rows[-1], code) == ({"where": fanout.fanout_id, "note": told}, 0)
    assert check(before) == ([], 0)


def test_open_runs_are_looked_at_only_when_asked_for(check):
    assert check(one_more) == ([], 0)


def test_what_would_fail_does_and_what_fits_does_not(check):
    rows, _ = misfits(check, one_more)
    registry = Registry()
    registry.workflow("orders")(one_more)
    with Client(Settings(store_url=check.url, worker="none"), registry) as client:
        client.worker.run_due()
        due = {run.execution_id for run in client.executions.list(status="failed")}
    assert due == set(check.runs[:2])
    assert due <= {row["where"] for row in rows}


def test_a_run_that_a_worker_has_in_hand_is_left_alone(check):
    registry = Registry()
    registry.workflow("orders")(before)
    with Client(Settings(store_url=check.url, worker="none"), registry) as client:
        parts, now = client.engine.parts, client.clock.now()
        parts.store.claim(["orders"], now, now + parts.lease, "another", 5)
    rows, _ = misfits(check, one_more)
    assert [row["where"] for row in rows] == [check.runs[2]]


def test_a_run_that_has_not_begun(check):
    registry = Registry()
    registry.workflow("orders")(before)
    with Client(Settings(store_url=check.url, worker="none"), registry) as client:
        late = client.trigger("orders", "zoe", wait=False).execution_id
    rows, _ = misfits(check, other_payload)
    [row] = [row for row in rows if row["where"] == late]
    assert "before its first step" in row["problem"]
    assert len(misfits(check, one_more)[0]) == 3
