"""Runs whose workflow was removed by a deploy: the worker says so, and they can be canceled."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone

import pytest

from novu_core import Client, ManualClock, Registry, Settings
from novu_core.engine.strays import StrayWatch, strays
from tests.conftest import until

START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)
SINCE = "2026-01-05T10:00:00+00:00"


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path):
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path}/novu.db"


@pytest.fixture
def after(store):
    """Return a function: the client of the next deploy, with these workflows, hours after two runs began to wait."""
    before, clients, clock = Registry(), [], ManualClock(START)

    @before.workflow("removed")
    def removed(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})

    @before.workflow("kept")
    def kept(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})

    settings = Settings(store_url=store, worker="none")
    with Client(settings, before, clock=clock) as old:
        old.trigger(kept, "ada")
        runs = [old.trigger(removed, name).execution_id for name in ("ada", "ben")]

    def make(*ids, minutes):
        clock.set(START + timedelta(hours=1, minutes=minutes))
        clients.append(Client(settings, [before[name] for name in ids], clock=clock))
        return clients[-1]

    def broadcast():
        with Client(settings, before, clock=clock) as old:
            old.broadcast(removed)

    def begin():
        with Client(settings, before, clock=clock) as old:
            old.trigger(removed, "eve")

    make.runs, make.clock, make.begin, make.broadcast = runs, clock, begin, broadcast
    yield make
    for client in clients:
        client.close()


@pytest.mark.parametrize(
    ("here", "expected"), [(["kept"], {"removed": 2}), ([], {"kept": 1, "removed": 2}), (["kept", "removed"], {})]
)
def test_overdue_runs_of_workflows_that_are_not_here(after, here, expected):
    found = strays(after(*here, minutes=6).engine.parts)
    assert {stray.workflow_id: stray.runs for stray in found} == expected
    assert all(stray.since == START + timedelta(hours=1) for stray in found)


def test_a_run_that_is_a_little_late_is_another_apps(after):
    assert strays(after("kept", minutes=4).engine.parts) == []


def test_the_watch_tells_once_and_again_when_there_are_new_ones(after, caplog):
    client = after("kept", minutes=6)
    watch = StrayWatch(client.engine.parts)
    for _ in range(3):
        watch.look()
        after.clock.advance(timedelta(minutes=1))
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            f"Workflow removed: 2 runs are overdue, the first since {SINCE}, and no worker here has this workflow; "
            "restore it, start the app that has it, or cancel them",
        )
    ]
    for run in after.runs:
        assert client.executions.cancel(run).outcome == "canceled"
    after.clock.advance(timedelta(minutes=1))
    watch.look()
    assert strays(client.engine.parts) == []
    assert len(caplog.records) == 1
    after.begin()
    after.clock.advance(timedelta(hours=2))
    watch.look()
    assert "Workflow removed: 1 run is overdue" in caplog.records[1].getMessage()


def test_a_broadcast_of_a_workflow_that_is_gone_is_told_beside_its_runs(after, caplog):
    after.broadcast()
    client = after("kept", minutes=6)
    told = [str(stray).partition(",")[0] for stray in strays(client.engine.parts)]
    assert told == ["2 runs are overdue", "1 fan-out is overdue"]
    StrayWatch(client.engine.parts).look()
    assert len(caplog.records) == 2
    [fanout] = client.executions.fanouts()
    client.cancel(fanout.transaction_id)
    assert [stray.what for stray in strays(client.engine.parts)] == ["run"]


def test_the_watch_asks_the_store_once_a_minute(after, monkeypatch):
    client, asked = after("kept", minutes=6), []
    monkeypatch.setattr(client.engine.parts.store, "overdue", lambda *given: asked.append(given) or [])
    watch = StrayWatch(client.engine.parts)
    for _ in range(4):
        watch.look()
        after.clock.advance(timedelta(seconds=30))
    assert len(asked) == 2


def test_a_worker_looks(after, caplog):
    client = after("kept", minutes=6)
    client.start_worker(1)
    until(lambda: "Workflow removed: 2 runs are overdue" in caplog.text)
    until(lambda: client.executions.list(workflow_id="kept").items[0].status == "completed")
