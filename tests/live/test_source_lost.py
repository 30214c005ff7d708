"""Stores and clients that are gone under the hub."""

from __future__ import annotations

import gc

import pytest

from novu_core import Client
from novu_core.live.source import StoreSource


def test_a_client_that_is_gone():
    client = Client({"NOVU_WORKER": "none"}, [])
    source = StoreSource(client)
    del client
    gc.collect()
    for ask in (source.now, source.changed, lambda: source.versions(["a"])):
        with pytest.raises(ReferenceError):
            ask()
    source.close()


def test_a_file_that_was_replaced_is_looked_at_anew(tmp_path):
    url = f"sqlite:///{tmp_path}/novu.db"
    with Client({"NOVU_STORE_URL": url, "NOVU_WORKER": "none"}, []) as client:
        client.subscribers.upsert("ada")
        source = StoreSource(client)
        source.changed()
        assert not source.changed()
        for file in tmp_path.glob("novu.db*"):
            file.unlink()
        assert source.changed()
        with Client({"NOVU_STORE_URL": url, "NOVU_WORKER": "none"}, []) as other:
            other.subscribers.upsert("ben")
            assert source.changed()
            other.subscribers.upsert("eve")
            assert source.changed()
        source.close()
