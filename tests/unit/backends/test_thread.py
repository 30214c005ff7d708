"""The worker thread: claims what is due, waits out trouble, and stops when it is asked to."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest

from novu_core import Client, Registry, Settings
from novu_core.backends.crew import Crew
from novu_core.clock import ManualClock, SystemClock
from novu_core.errors import StoreError
from novu_core.storage.lanes import NOTHING_DUE
from tests.conftest import until


def test_a_worker_thread_runs_what_becomes_due(tmp_path):
    registry, done = Registry(), threading.Event()

    @registry.workflow("w")
    def w(step):
        step.delay("pause", {"amount": 0.05, "unit": "seconds"})
        step.custom("done", lambda: done.set() or {"ok": True})

    with Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db"), workflows=registry) as client:
        assert client.trigger(w, to="ada").waiting_for == "delay"
        assert done.wait(10)
        client.trigger(w, to="ben", wait=False)


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


def test_a_later_due_time_does_not_wake_the_worker(client):
    worker = client.worker
    worker.start(1)
    until(lambda: worker.running)
    now = worker._next = client.clock.now()
    worker.notice(now + timedelta(hours=1))
    assert worker._next == now
    worker.stop()
    worker._pause(60)  # returns at once


def test_the_worker_tells_of_trouble_once_and_goes_on(client, monkeypatch, caplog):
    worker, rounds = client.worker, []

    def due(*_):
        rounds.append(1)
        if len(rounds) > 5:
            worker.request_stop()
        raise StoreError("gone")

    monkeypatch.setattr(client.engine.parts.store, "due", due)
    monkeypatch.setattr(worker, "_pause", lambda seconds: None)
    with caplog.at_level(logging.ERROR):
        worker.work(1)
    assert len(rounds) > 5
    assert len([record for record in caplog.records if "gone" in record.getMessage()]) == 1


def test_trouble_pauses_the_worker_until_it_is_stopped(client, monkeypatch):
    worker, failed = client.worker, threading.Event()

    def due(*_):
        failed.set()
        raise StoreError("gone")

    monkeypatch.setattr(client.engine.parts.store, "due", due)
    worker.start(1)
    assert failed.wait(10)
    thread = worker._thread
    worker.stop()
    assert not thread.is_alive()


def test_a_store_that_fails_before_a_run_begins_is_told_with_its_id(client, claimed, monkeypatch, caplog):
    row = claimed()

    def gone(*_):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(client.engine.parts.store, "steps", gone)
        client.worker._run(row)
    assert (
        f"Execution {row.execution_id} cannot continue; another worker takes it over when its lease expires: gone"
        in caplog.text
    )


def test_a_run_that_waited_for_a_thread_longer_than_its_lease_is_left_to_its_new_owner(client, claimed):
    worker, parts = client.worker, client.engine.parts
    row = claimed()
    client.clock.advance(parts.lease)
    now = client.clock.now()
    [other] = parts.store.claim(["w"], now, now + parts.lease, "other", 1)
    worker._run(row)
    assert (worker.finished, parts.store.steps(row.execution_id)) == (0, [])
    worker._run(other)
    assert (worker.finished, client.executions.get(row.execution_id).status) == (1, "completed")


def test_the_worker_of_a_parent_is_not_the_childs(client, monkeypatch):
    worker = client.worker
    worker.start(1)
    worker.start(1)  # it runs already
    parents = worker._thread
    assert worker.running
    monkeypatch.setattr("novu_core.backends.loop.os.getpid", lambda: -1)
    assert not worker.running
    worker._stopping = True  # the parent's thread, which a real child would not have
    worker.notice(client.clock.now())
    until(lambda: not parents.is_alive())
    worker.start(1)
    assert worker.running
    assert worker._thread is not parents
    worker.stop()


@pytest.mark.parametrize("late", [1 / 2, 2 / 3, 5])
def test_what_waited_too_long_for_a_thread_is_given_back_before_its_lease_is_over(client, claimed, late):
    worker, parts = client.worker, client.engine.parts
    crew = worker._crew = Crew(lambda row: None)  # without a thread, as one that has had no turn
    row = claimed()
    worker._active.note(row)
    crew.give([row])
    client.clock.advance(parts.lease * late)
    worker._balance(1)
    found = parts.store.execution(row.execution_id)
    assert (found.status, worker.active) == (("running", 1) if late < 2 / 3 else ("pending", 0))
    client.clock.advance(parts.lease)
    assert worker.run_due() == 1
    assert client.executions.get(row.execution_id).status == "completed"


@pytest.mark.parametrize("times", [1, 3])
def test_what_cannot_be_given_back_is_kept_and_given_back_later(client, claimed, monkeypatch, times):
    worker, parts = client.worker, client.engine.parts
    crew = worker._crew = Crew(lambda row: None)
    row = claimed()
    worker._active.note(row)
    crew.give([row])
    client.clock.advance(parts.lease)

    def gone(*_):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(parts.store, "commit", gone)
        for _ in range(times):
            with pytest.raises(StoreError):
                worker._balance(1)
            assert worker.active == 1
    worker._balance(1)
    assert (worker.active, parts.store.execution(row.execution_id).status) == (0, "pending")
    assert crew.take_back(9) == []


def test_a_worker_whose_client_is_gone_ends(client, monkeypatch):
    def gone():
        raise ReferenceError

    monkeypatch.setattr(client.engine.parts, "alive", gone)
    assert client.worker.work(1) == []


def test_a_worker_sleeps_no_longer_than_to_the_end_of_a_snooze(client, monkeypatch):
    worker, clock = client.worker, client.clock
    soon = clock.now() + timedelta(milliseconds=50)
    monkeypatch.setattr(worker._upkeep, "look", lambda: soon)
    monkeypatch.setattr(worker._parts.store, "due", lambda ids: NOTHING_DUE)
    waits = []
    monkeypatch.setattr(worker._changed, "wait", lambda seconds: waits.append(seconds) or worker.request_stop())
    worker.work(1)
    assert 0 < waits[0] <= 0.05


def test_a_worker_ends_snoozes_that_run_out(registry, tmp_path):
    @registry.workflow("bell")
    def bell(step):
        step.in_app("in", {"body": "b"})

    url = f"sqlite:///{tmp_path}/novu.db"
    clock = ManualClock(SystemClock().now())
    with Client(Settings(store_url=url, worker="none"), registry, clock=clock) as early:
        early.trigger(bell, to="ada")
        [message] = early.inbox("ada").list()
        early.inbox("ada").snooze(message.message_id, clock.now() + timedelta(minutes=1))
        clock.advance(timedelta(hours=1))
        worker = early.worker
        store = early.engine.parts.store

        def report(found):
            if store.message(message.message_id).snoozed_until is None:
                found.request_stop()

        worker.work(1, report)
        assert [len(found.deliveries) for found in early.inbox("ada").list()] == [2]
