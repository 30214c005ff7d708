"""Leases, the heartbeat, and a worker whose store is in trouble."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone

import pytest

from novu_core import Client, ManualClock, Registry, Settings
from novu_core.engine.heartbeat import Heartbeat
from novu_core.engine.recipients import parse_recipients, parse_subscriber
from novu_core.errors import RecipientInvalidError, StoreError
from novu_core.storage.changes import SaveOwnStep

START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)


@pytest.fixture
def client(registry):
    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"ok": True})

    with Client(Settings(worker="none"), registry, clock=ManualClock(START)) as client:
        yield client


def claimed(client):
    client.trigger("w", to="ada", wait=False)
    now = client.clock.now()
    parts = client.engine.parts
    [row] = parts.store.claim(["w"], now, now + parts.lease, "me", 1)
    return row


def test_the_heartbeat_renews_what_has_used_up_a_third_of_its_lease(client):
    row, parts = claimed(client), client.engine.parts
    heartbeat = Heartbeat(parts)
    heartbeat.add(row)
    heartbeat.renew()
    assert parts.store.execution(row.execution_id).due_at == START + parts.lease
    client.clock.advance(parts.lease / 2)
    heartbeat.renew()
    assert parts.store.execution(row.execution_id).due_at == START + parts.lease * 3 / 2
    heartbeat.remove(row)
    client.clock.advance(parts.lease)
    heartbeat.renew()
    assert client.engine.worker.run_due() == 1
    heartbeat.close()


def test_a_heartbeat_does_not_bring_a_lost_lease_back(client):
    row, parts = claimed(client), client.engine.parts
    heartbeat = Heartbeat(parts)
    heartbeat.add(row)
    client.clock.advance(parts.lease)
    assert client.engine.worker.run_due() == 1
    client.clock.advance(parts.lease)
    heartbeat.renew()
    assert parts.store.execution(row.execution_id).status == "completed"


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_steps_by_an_hour_loses_nothing(client, step):
    execution = client.trigger("w", to="ada", wait=False)
    client.clock.advance(step)
    client.engine.worker.run_due()
    client.clock.advance(-step)
    client.engine.worker.run_due()
    assert client.executions.get(execution.execution_id).status == "completed"


def test_a_store_that_is_gone_leaves_the_run_to_its_lease(client, monkeypatch):
    store = client.engine.parts.store
    commit = store.commit
    failing = {"left": 1}

    def gone(*changes):
        if isinstance(changes[0], SaveOwnStep) and failing["left"]:
            failing["left"] -= 1
            raise StoreError("gone")
        return commit(*changes)

    monkeypatch.setattr(store, "commit", gone)
    with pytest.raises(StoreError):
        client.trigger("w", to="ada")
    [run] = client.executions.list()
    assert run.status == "running"
    client.clock.advance(client.engine.parts.lease)
    assert client.engine.worker.run_due() == 1
    assert client.executions.get(run.execution_id).status == "completed"


def test_the_worker_tells_of_trouble_once_and_goes_on(client, monkeypatch, caplog):
    worker, rounds = client.engine.worker, []

    def next_due(*_):
        rounds.append(1)
        if len(rounds) > 5:
            worker.request_stop()
        raise StoreError("gone")

    monkeypatch.setattr(client.engine.parts.store, "next_due", next_due)
    monkeypatch.setattr(worker, "_pause", lambda seconds: None)
    with caplog.at_level(logging.ERROR):
        worker.work(1)
    assert len(rounds) > 5
    assert len([record for record in caplog.records if "gone" in record.getMessage()]) == 1


def test_a_listener_that_raises_harms_nobody(client, caplog):
    def listener(name, **data):
        raise RuntimeError("listener")

    client.events.listeners.append(listener)
    assert client.trigger("w", to="ada").status == "completed"
    assert "A listener of" in caplog.text


def test_recipients_are_read_in_every_form():
    found = parse_recipients(["a", {"subscriberId": "b", "firstName": "B"}, {"type": "Topic", "topicKey": "t"}, "a"])
    assert list(found.subscribers) == ["a", "b"]
    assert found.topics == ["t"]
    with pytest.raises(RecipientInvalidError):
        parse_subscriber({"type": "Topic", "topicKey": "t"})


def test_a_workflow_of_another_client_is_refused_with_the_fix(client):
    other = Registry()

    @other.workflow("other")
    def other_workflow(step):
        step.custom("c", dict)

    with pytest.raises(Exception, match="not registered"):
        client.trigger(other_workflow, to="ada")
    with pytest.raises(Exception, match="not registered"):
        other_workflow.trigger(to="ada")
