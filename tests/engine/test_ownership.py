"""Leases, the heartbeat, and a worker whose store is in trouble."""

from __future__ import annotations

import gc
import logging
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from novu_core import Client, ManualClock, Registry, Retry, Settings
from novu_core.engine.heartbeat import Heartbeat
from novu_core.engine.recipients import parse_recipients, parse_subscriber
from novu_core.errors import RecipientInvalidError, StoreError
from novu_core.storage.changes import SaveOwnStep
from tests.providers import Hanging

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
    assert client.worker.run_due() == 1
    heartbeat.close()


def test_a_heartbeat_does_not_bring_a_lost_lease_back(client):
    row, parts = claimed(client), client.engine.parts
    heartbeat = Heartbeat(parts)
    heartbeat.add(row)
    client.clock.advance(parts.lease)
    assert client.worker.run_due() == 1
    client.clock.advance(parts.lease)
    heartbeat.renew()
    assert parts.store.execution(row.execution_id).status == "completed"


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_steps_by_an_hour_loses_nothing(client, step):
    execution = client.trigger("w", to="ada", wait=False)
    client.clock.advance(step)
    client.worker.run_due()
    client.clock.advance(-step)
    client.worker.run_due()
    assert client.executions.get(execution.execution_id).status == "completed"


def test_a_store_that_is_gone_leaves_the_run_to_its_lease(client, monkeypatch):
    store = client.engine.parts.store
    commit = store.commit
    failing = {"left": 1}

    def gone(*changes, **options):
        if isinstance(changes[0], SaveOwnStep) and failing["left"]:
            failing["left"] -= 1
            raise StoreError("gone")
        return commit(*changes, **options)

    monkeypatch.setattr(store, "commit", gone)
    with pytest.raises(StoreError):
        client.trigger("w", to="ada")
    [run] = client.executions.list()
    assert run.status == "running"
    client.clock.advance(client.engine.parts.lease)
    assert client.worker.run_due() == 1
    assert client.executions.get(run.execution_id).status == "completed"


def test_the_worker_tells_of_trouble_once_and_goes_on(client, monkeypatch, caplog):
    worker, rounds = client.worker, []

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


def test_a_run_that_waited_for_a_thread_longer_than_its_lease_is_left_to_its_new_owner(client):
    worker, parts = client.worker, client.engine.parts
    row = claimed(client)
    client.clock.advance(parts.lease)
    [other] = parts.store.claim(["w"], client.clock.now(), client.clock.now() + parts.lease, "other", 1)
    worker._run(row)
    assert (worker.finished, parts.store.steps(row.execution_id)) == (0, [])
    worker._run(other)
    assert (worker.finished, client.executions.get(row.execution_id).status) == (1, "completed")


def test_a_store_that_fails_before_a_run_begins_is_told_with_its_id(client, monkeypatch, caplog):
    row = claimed(client)

    def gone(*_):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(client.engine.parts.store, "steps", gone)
        client.worker._run(row)
    assert f"Execution {row.execution_id} could not go on and is left to its lease: gone" in caplog.text


def test_the_heartbeat_thread_renews_rests_and_survives_trouble(registry, tmp_path, monkeypatch, caplog):
    started, leave, renewed = threading.Event(), threading.Event(), threading.Event()

    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: started.set() or {"left": leave.wait(10)})

    settings = Settings(store_url=f"sqlite:///{tmp_path}/novu.db", lease_seconds=0.15, worker="none")
    with Client(settings, registry) as novu:
        store, trouble = novu.engine.parts.store, [StoreError("gone")]
        renew = store.renew

        def flaky(owned, until):
            if trouble:
                raise trouble.pop()
            renew(owned, until)
            renewed.set()

        monkeypatch.setattr(store, "renew", flaky)
        for _ in range(2):
            thread = threading.Thread(target=novu.trigger, args=("w", "ada"))
            thread.start()
            assert started.wait(10)
            assert renewed.wait(10)
            leave.set()
            thread.join()
            for event in (started, leave, renewed):
                event.clear()
        assert {run.status for run in novu.executions.list()} == {"completed"}
    assert caplog.text.count("The leases of 1 runs could not be renewed: gone") == 1


def test_the_heartbeat_thread_ends_with_a_client_that_nobody_holds(registry, tmp_path):
    @registry.workflow("w")
    def w(step):
        step.in_app("a", {"body": "b"})

    def beating():
        return [thread for thread in threading.enumerate() if thread.name == "novu-heartbeat"]

    before = len(beating())
    settings = Settings(store_url=f"sqlite:///{tmp_path}/novu.db", lease_seconds=0.15, worker="none")
    novu = Client(settings, registry)
    novu.trigger("w", "ada")
    assert len(beating()) == before + 1
    del novu
    gc.collect()
    until(lambda: len(beating()) <= before)


def test_a_client_that_goes_on_after_close_keeps_its_leases_again(registry, tmp_path):
    @registry.workflow("w")
    def w(step):
        step.in_app("a", {"body": "b"})

    novu = Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none"), registry)
    novu.trigger("w", "ada")
    novu.close()
    novu.trigger("w", "ada")
    heartbeat = novu.engine.runner.active
    assert heartbeat._started
    assert not heartbeat._closed.is_set()
    novu.engine.close()


def until(true):
    """Wait for another thread of this process."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_busy_worker_waits_until_its_threads_have_room(registry, tmp_path):
    leave, reports = threading.Event(), []

    @registry.workflow("w")
    def w(payload, step):
        step.custom("c", lambda: {"left": leave.wait(10)})

    with Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none"), registry) as novu:
        novu.trigger("w", [f"u{number}" for number in range(10)], wait=False)
        worker = novu.worker

        def report(found):
            reports.append(found.active)
            if found.active == 3:
                leave.set()
            if found.finished == 10:
                found.request_stop()

        worker.work(1, report)
        assert max(reports) == 3
        assert worker.finished == 10


def test_the_worker_of_a_parent_is_not_the_childs(client, monkeypatch):
    worker = client.worker
    worker.start(1)
    worker.start(1)  # it runs already
    parents = worker._thread
    assert worker.running
    monkeypatch.setattr("novu_core.backends.thread.os.getpid", lambda: -1)
    assert not worker.running
    worker._stopping = True  # the parent's thread, which a real child would not have
    worker.notice(START)
    until(lambda: not parents.is_alive())
    worker.start(1)
    assert worker.running
    assert worker._thread is not parents
    worker.stop()


def test_the_heartbeat_of_a_parent_is_not_the_childs(client, monkeypatch):
    row, heartbeat = claimed(client), Heartbeat(client.engine.parts)
    heartbeat.add(row)
    monkeypatch.setattr("novu_core.engine.heartbeat.os.getpid", lambda: -1)
    other = replace(row, execution_id="childs")
    heartbeat.add(other)
    assert (heartbeat.get(row.execution_id), heartbeat.get("childs")) == (None, other)


def test_trouble_pauses_the_worker_until_it_is_stopped(client, monkeypatch):
    worker, failed = client.worker, threading.Event()

    def next_due(*_):
        failed.set()
        raise StoreError("gone")

    monkeypatch.setattr(client.engine.parts.store, "next_due", next_due)
    worker.start(1)
    assert failed.wait(10)
    thread = worker._thread
    worker.stop()
    assert not thread.is_alive()


def test_a_later_due_time_does_not_wake_the_worker(client):
    worker = client.worker
    worker.start(1)
    until(lambda: worker.running)
    worker._next = START
    worker.notice(START + timedelta(hours=1))
    assert worker._next == START
    worker.stop()
    worker._pause(60)  # returns at once


def test_a_provider_that_hangs_costs_an_attempt_and_no_thread_of_the_worker(registry, tmp_path):
    hanging = Hanging(often=1)

    @registry.workflow("mail", retry=Retry(attempts=3, base=0.01, cap=0.01))
    def mail(step):
        step.email("letter", {"subject": "s", "body": "b"})

    settings = Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none", delivery={"email": hanging})
    with Client(settings, registry) as novu:
        novu.start_worker(1)
        results = [novu.trigger("mail", {"subscriberId": "ada", "email": "a@b.c"}, wait=False) for _ in range(3)]
        runs = [result.execution_id for result in results]
        until(lambda: all(novu.executions.get(run).status == "completed" for run in runs))
        attempts = [attempt for run in runs for attempt in novu.executions.get(run).steps[0].attempts]
        assert ["did not answer within 0.05 seconds" in attempt["error"]["message"] for attempt in attempts] == [True]
        hanging.go_on.set()
