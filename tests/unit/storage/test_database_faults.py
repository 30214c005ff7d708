"""A full disk, a lock that stays, a fork: nothing is lost and the store works again afterwards."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime, timezone

import pytest

from novu_core.errors import ConfigurationError, StoreBusyError, StoreError
from novu_core.storage.people import SaveSubscriber
from novu_core.storage.store import Store
from novu_core.storage.troubles import BUSY_SECONDS

NOW = datetime(2026, 1, 5, tzinfo=timezone.utc)


@pytest.fixture
def store(tmp_path):
    found = Store(f"sqlite:///{tmp_path}/novu.db")
    found.commit(SaveSubscriber("first", {}, NOW))
    yield found
    found.close()


def test_a_full_disk_is_an_error_and_undoes_the_whole_batch(store):
    connection = store.database._open()
    connection.execute("PRAGMA max_page_count=1")  # SQLite's own bound: no page can be added
    with pytest.raises(StoreError, match="full"):
        store.commit(SaveSubscriber("small", {}, NOW), SaveSubscriber("large", {"text": "x" * 900_000}, NOW))
    assert store.subscriber("small") is None
    store.database._open().execute("PRAGMA max_page_count=1000000")
    store.commit(SaveSubscriber("large", {"text": "x" * 900_000}, NOW))
    assert store.subscriber("large") is not None


def test_a_lock_that_stays_is_a_busy_error_and_the_next_commit_works(store, tmp_path):
    store.database._open().execute("PRAGMA busy_timeout=10")
    other = sqlite3.connect(tmp_path / "novu.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match=f"locked for {BUSY_SECONDS} seconds"):
        store.commit(SaveSubscriber("second", {}, NOW))
    other.execute("ROLLBACK")
    other.close()
    store.commit(SaveSubscriber("second", {}, NOW))
    assert store.subscriber("second") is not None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_opens_its_own_connections(store):
    parents = store.database._writer
    child = os.fork()
    if child == 0:
        store.commit(SaveSubscriber("child", {}, NOW))
        os._exit(0 if store.database._writer is not parents else 1)
    assert os.waitpid(child, 0)[1] == 0
    store.commit(SaveSubscriber("parent", {}, NOW))
    assert [store.subscriber(name) is not None for name in ("child", "parent")] == [True, True]


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "postgresql+asyncpg//"])
def test_a_url_that_cannot_be_used_is_a_configuration_error(url):
    with pytest.raises(ConfigurationError, match="NOVU_STORE_URL"):
        Store(url)
