"""The heartbeat keeps the leases of this process's runs, and no others."""

from __future__ import annotations

import gc
import threading
from dataclasses import replace

from novu_core import Client, Settings
from novu_core.engine.heartbeat import Heartbeat
from novu_core.errors import StoreError
from tests.conftest import until


def test_the_heartbeat_renews_what_has_used_up_a_third_of_its_lease(client, claimed):
    row, parts = claimed(), client.engine.parts
    started, heartbeat = client.clock.now(), Heartbeat(parts)
    heartbeat.add(row)
    heartbeat.renew()
    assert parts.store.execution(row.execution_id).due_at == started + parts.lease
    client.clock.advance(parts.lease / 2)
    heartbeat.renew()
    assert parts.store.execution(row.execution_id).due_at == started + parts.lease * 3 / 2
    heartbeat.remove(row)
    client.clock.advance(parts.lease)
    heartbeat.renew()
    assert client.worker.run_due() == 1
    heartbeat.close()


def test_a_heartbeat_does_not_bring_a_lost_lease_back(client, claimed):
    row, parts = claimed(), client.engine.parts
    heartbeat = Heartbeat(parts)
    heartbeat.add(row)
    client.clock.advance(parts.lease)
    assert client.worker.run_due() == 1
    client.clock.advance(parts.lease)
    heartbeat.renew()
    assert parts.store.execution(row.execution_id).status == "completed"


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
    assert heartbeat._open.locked()
    novu.engine.close()


def test_the_heartbeat_of_a_parent_is_not_the_childs(client, claimed, monkeypatch):
    row, heartbeat = claimed(), Heartbeat(client.engine.parts)
    heartbeat.add(row)
    monkeypatch.setattr("novu_core.engine.heartbeat.os.getpid", lambda: -1)
    other = replace(row, execution_id="childs")
    heartbeat.add(other)
    assert (heartbeat.get(row.execution_id), heartbeat.get("childs")) == (None, other)
