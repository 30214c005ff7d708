"""Who may read a store's file, and how long a store waits for others' locks."""

from __future__ import annotations

import os
import stat
import threading
import time

import psycopg
import pytest

from novu_core.errors import StoreBusyError
from novu_core.storage.changes import AddExecution
from novu_core.storage.store import Store
from tests.conformance.stores.samples import run


def modes(folder):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077])
def test_a_file_that_is_made_is_its_owners_only(tmp_path, umask):
    before = os.umask(umask)
    try:
        store = Store(f"sqlite:///{tmp_path}/novu.db")
        store.known("w", "u")
        store.commit(AddExecution(run(1)))
        found = modes(tmp_path)
        store.close()
    finally:
        os.umask(before)
    assert found.keys() == {"novu.db", "novu.db-wal", "novu.db-shm"}
    assert set(found.values()) == {0o600}


@pytest.mark.parametrize("mode", [0o640, 0o664])
def test_a_file_that_is_there_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "novu.db"
    path.touch()
    path.chmod(mode)
    store = Store(f"sqlite:///{path}")
    store.known("w", "u")
    store.close()
    assert modes(tmp_path)["novu.db"] == mode


def test_a_folder_that_is_missing_is_told_as_before(tmp_path):
    with pytest.raises(Exception, match="unable to open database file"):
        Store(f"sqlite:///{tmp_path}/no/novu.db").known("w", "u")


@pytest.fixture
def locked(postgres_url):
    """Another session holds the table, and does nothing."""
    Store(postgres_url).known("w", "u")
    with psycopg.connect(postgres_url) as session:
        session.execute("LOCK TABLE novu_executions IN ACCESS EXCLUSIVE MODE")
        yield postgres_url


def test_a_lock_is_waited_for_as_long_as_the_url_says(locked):
    store = Store(f"{locked}{'&' if '?' in locked else '?'}options=-c%20lock_timeout%3D300ms")
    calls = [lambda: store.commit(AddExecution(run(1))), lambda: store.list_executions(limit=5)] * 2
    told, begun = [], time.monotonic()

    def attempt(call):
        with pytest.raises(StoreBusyError) as error:
            call()
        told.append(error.value)

    threads = [threading.Thread(target=attempt, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
    assert len(told) == 4
    assert time.monotonic() - begun < 15
    store.close()


@pytest.mark.parametrize(("options", "waits"), [("", "20s"), ("options=-c%20lock_timeout%3D5s", "5s")])
def test_without_a_limit_of_the_users_ours_holds(postgres_url, options, waits):
    store = Store(f"{postgres_url}{'&' if '?' in postgres_url else '?'}{options}" if options else postgres_url)
    store.known("w", "u")
    backend = store.database._backend
    connection = backend.connect()
    assert connection.execute("SHOW lock_timeout").fetchone()[0] == waits
    assert connection.info.get_parameters()["connect_timeout"] == "10"
    connection.close()
    store.close()
