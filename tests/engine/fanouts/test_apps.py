"""Topics and broadcasts of apps that share a store."""

from __future__ import annotations

from novu_core import Client, Registry, Settings
from tests.engine.fanouts.conftest import READERS


def test_apps_that_are_kept_apart_do_not_meet_in_a_transaction_id(tmp_path, news, registry):
    clients = [
        Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none", app=name), registry)
        for name in ("", "one", "two")
    ]
    for client in clients:
        client.topics.subscribe("readers", ["ada", "bob", "cy", "di"])
        assert not client.trigger(news, [READERS, "eve"], transaction_id="t").repeated
        assert not client.broadcast(news, transaction_id="t").repeated
    none, one, two = clients
    assert one.cancel("t") == 4 + 4 + 1
    for client in (none, two):
        while client.worker.run_due():
            pass
    for client, recorded in ((none, 4), (one, 0), (two, 4)):
        found = client.executions.fanouts(transaction_id="t").items
        assert sum(fanout.recorded for fanout in found) == recorded
        assert {fanout.transaction_id for fanout in found} == {"t"}
        told = {run.payload.recipient for run in client.executions.list(transaction_id="t") if run.outcome is None}
        assert told == (set() if client is one else {"ada", "bob", "cy", "di", "eve"})
    for client in clients:
        client.close()


def test_two_apps_on_one_store_take_only_their_own(tmp_path):
    clients = []
    for name in ("one", "two"):
        registry = Registry()

        @registry.workflow(name)
        def w(step):
            step.in_app("bell", {"body": "b"})

        clients.append(Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none"), registry))
    one, two = clients
    one.topics.subscribe("readers", ["ada"])
    one.trigger("one", READERS)
    assert two.worker.run_due() == 0
    assert two.engine.parts.store.next_due(["two"]) is None
    assert one.worker.run_due() == 1
    for client in clients:
        client.close()
