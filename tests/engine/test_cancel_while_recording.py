"""A cancel reaches what its trigger has not recorded yet."""

from __future__ import annotations

import threading
import time

import pytest

from novu_core import Client, Registry, Settings
from novu_core.engine import recording


@pytest.fixture(params=["sqlite", "postgresql"])
def client(request, tmp_path):
    url = f"sqlite:///{tmp_path}/n.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    registry = Registry()

    @registry.workflow("later")
    def later(step):
        step.delay("wait", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": "b"})

    with Client(Settings(store_url=url, worker="none"), registry) as client:
        yield client


def test_nobody_of_a_long_list_that_was_canceled_amid_it_is_told(client, monkeypatch):
    monkeypatch.setattr(recording, "_CHUNK", 50)
    everybody = [f"u{number}" for number in range(1000)]
    thread = threading.Thread(target=client.trigger, args=("later", everybody), kwargs={"transaction_id": "t1"})
    thread.start()
    deadline = time.monotonic() + 30
    while not client.executions.list(transaction_id="t1", limit=1).items:
        assert time.monotonic() < deadline
    canceled = client.cancel("t1")
    thread.join()
    assert 0 < canceled <= 1000
    store = client.engine.parts.store
    assert store.open_of("t1") == []
    while client.worker.run_due():
        pass
    assert client.messages.list().items == []


def test_what_is_triggered_later_under_a_canceled_id_is_canceled(client):
    client.trigger("later", "ada", transaction_id="t1")
    assert client.cancel("t1") == 1
    again = client.trigger("later", "ada", transaction_id="t1")
    assert (again.outcome, again.repeated) == ("canceled", True)
    other = client.trigger("later", "bob", transaction_id="t1")
    assert (other.status, other.outcome, other.repeated) == ("completed", "canceled", False)


def test_a_cancel_of_nothing_stops_nothing(client):
    assert client.cancel("unused") == 0
    assert client.trigger("later", "ada", transaction_id="unused").waiting_for == "delay"
