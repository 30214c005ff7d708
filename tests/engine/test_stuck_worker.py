"""Runs that hang hold the threads of their worker, and nothing else: not what was claimed with them, nor its end."""

from __future__ import annotations

import logging
import re
import threading

import pytest

from novu_core import Client, Registry, Settings
from novu_core.errors import StoreError
from tests.conftest import until

LEASE = 0.6


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/novu.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def go():
    """Set, it lets everything go on that hangs."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def begun():
    return []


@pytest.fixture
def registry(go, begun):
    registry = Registry()

    @registry.workflow("hangs")
    def hangs(payload, step, subscriber):
        if payload.get("go"):
            begun.append(subscriber.subscriber_id)
            go.wait(30)
        step.in_app("bell", {"body": "b"})

    @registry.workflow("hangs-in-a-step")
    def hangs_in_a_step(step, subscriber):
        step.custom("lock", lambda: begun.append(subscriber.subscriber_id) or {"left": go.wait(30)})

    @registry.workflow("hangs-awaiting")
    async def hangs_awaiting(step, subscriber):
        async def wait():
            begun.append(subscriber.subscriber_id)
            return {"left": go.wait(30)}

        await step.custom("lock", wait)

    @registry.workflow("good")
    def good(step):
        step.in_app("bell", {"body": "b"})

    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"amount": 0.001, "unit": "seconds"})
        step.in_app("bell", {"body": "b"})

    return registry


@pytest.fixture
def made(url, registry, go):
    clients = []

    def made(**given):
        settings = Settings(store_url=url, worker="none", lease_seconds=LEASE, grace_seconds=0.2, **given)
        clients.append(Client(settings, registry))
        return clients[-1]

    yield made
    go.set()
    for client in clients:
        client.close()


def names(kind, count):
    return [f"{kind}{number}" for number in range(count)]


def hang(client, begun, workflow="hangs", count=4, prefix="h"):
    """Trigger runs that hang, and let a worker begin them."""
    before = len(begun)
    result = client.trigger(workflow, names(prefix, count), {"go": True}, wait=False)
    client.start_worker(4)
    until(lambda: len(begun) == before + count)
    return [run.execution_id for run in result.executions]


def untouched(client):
    """What was not done before every thread hung (a batch is claimed in no order) is as if nobody had claimed it."""
    for run in client.executions.list(workflow_id="good", limit=100):
        assert (run.status, run.started_at) == ("pending", None) or run.status == "completed", run


def completed(client, workflow="good"):
    return len(client.executions.list(workflow_id=workflow, status="completed", limit=100))


@pytest.mark.parametrize("workflow", ["hangs", "hangs-in-a-step", "hangs-awaiting"])
def test_what_was_claimed_beside_runs_that_hang_is_run_by_another_worker(made, begun, workflow):
    first, second = made(), made()
    first.trigger(workflow, names("h", 4), {"go": True}, wait=False)
    first.trigger("good", names("g", 20), wait=False)
    first.start_worker(4)
    until(lambda: len(begun) == 4)
    second.start_worker(4)
    until(lambda: completed(second) == 20)
    rows = [first.engine.parts.store.execution(run.execution_id) for run in first.executions.list(workflow_id="good")]
    assert {row.takeovers for row in rows} == {0}
    assert len(begun) == 4


@pytest.mark.parametrize("held", [1, 3])
def test_the_other_threads_go_on(made, begun, held):
    client = made()
    hang(client, begun, count=held)
    client.trigger("good", names("g", 30), wait=False)
    until(lambda: completed(client) == 30)


def test_without_another_worker_they_are_as_if_nobody_had_claimed_them(made, begun, go):
    client = made()
    client.trigger("hangs", names("h", 4), {"go": True}, wait=False)
    client.trigger("good", names("g", 6), wait=False)
    waits = client.trigger("later", "l").execution_id
    client.start_worker(4)
    until(lambda: len(begun) == 4)
    until(lambda: client.worker.active == 4)
    untouched(client)
    assert client.executions.get(waits).waiting_for in ("delay", None)
    go.set()
    until(lambda: completed(client) == 6 and completed(client, "later") == 1)


def test_it_says_which_and_how_long_and_that_nothing_else_begins(made, begun, caplog):
    client = made()
    ids = hang(client, begun, "hangs-in-a-step")

    def told(text):
        return [record.getMessage() for record in caplog.records if text in record.getMessage()]

    until(lambda: told("The worker starts no more runs"))
    until(lambda: len({line.split()[1] for line in told("has been running")}) == 4)
    assert len(told("The worker starts no more runs")) == 1
    for run in ids:
        [first, *_] = [line for line in told("has been running") if run in line]
        assert re.match(rf"Execution {run} of hangs-in-a-step has been running for \d seconds, at step lock", first)
        assert run in told("The worker starts no more runs")[0]
    assert {row.execution_id for row in client.worker.hanging} == set(ids)


@pytest.mark.parametrize("workflow", ["hangs", "hangs-in-a-step"])
def test_runs_that_hang_and_are_canceled_get_a_thread_each_in_their_place(made, begun, workflow):
    client = made()
    for run in hang(client, begun, workflow):
        client.executions.cancel(run)
    client.trigger("good", names("g", 20), wait=False)
    until(lambda: completed(client) == 20)


def test_not_more_than_as_many_again(made, begun, go):
    client = made()
    for generation in "ab":
        for run in hang(client, begun, prefix=generation):
            client.executions.cancel(run)
    client.trigger("good", "late", wait=False)
    until(lambda: len(client.worker.hanging) == 8)
    assert sum(thread.name.startswith("novu-run_") for thread in threading.enumerate()) == 8
    assert completed(client) == 0
    go.set()
    until(lambda: completed(client) == 1)
    until(lambda: sum(thread.name.startswith("novu-run_") for thread in threading.enumerate()) == 4)


def test_a_worker_that_is_stopped_leaves_them_to_their_leases(made, begun, caplog):
    client, other = made(), made()
    hanging = hang(client, begun)
    other.trigger("good", names("g", 8), wait=False)
    client.worker.stop(0.1)
    assert not client.worker.running
    assert all(
        f"Execution {run} of hangs did not end in time; another worker takes it over when its lease expires"
        in caplog.text
        for run in hanging
    )
    other.start_worker(8)
    until(lambda: completed(other) == 8)
    until(lambda: len(begun) == 8)  # taken over, and there they hang as well


def test_a_stop_gives_back_what_nobody_has_begun(made, begun):
    client = made()
    client.trigger("hangs", names("h", 4), {"go": True}, wait=False)
    client.trigger("good", names("g", 8), wait=False)
    client.start_worker(4)
    until(lambda: len(begun) == 4)
    client.worker.stop(0)
    untouched(client)


def test_a_stop_while_the_store_is_away_ends_too(made, begun, monkeypatch):
    client = made()
    client.trigger("hangs", names("h", 4), {"go": True}, wait=False)
    client.trigger("good", names("g", 8), wait=False)
    client.start_worker(4)
    until(lambda: len(begun) == 4)
    store = client.engine.parts.store

    def gone(*_, **__):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", gone)
        client.worker.stop(0.1)
    assert not client.worker.running


def test_a_trouble_that_is_not_the_stores_is_told_as_such(made, monkeypatch, caplog):
    client = made()
    monkeypatch.setattr(client.worker._strays, "look", lambda: 1 / 0)
    with caplog.at_level(logging.ERROR):
        client.start_worker(1)
        until(lambda: "The worker met an error and will try again: division by zero" in caplog.text)
