"""Who may read a store's file, and how long a store waits for others' locks."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time

import psycopg
import pytest

from novu_core.errors import StoreBusyError, StoreError
from novu_core.storage.changes import AddExecution
from novu_core.storage.store import Store
from tests.conformance.stores.samples import run


def modes(folder):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077])
@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///{}/novu.db",
        "sqlite:///{}/novu.db?timeout=5",
        "sqlite:///file:{}/novu.db?uri=true",
        "sqlite:///file://{}/no%2575.db?mode=rwc&uri=true",
    ],
)
def test_a_file_that_is_made_is_its_owners_only(tmp_path, umask, url):
    before = os.umask(umask)
    try:
        store = Store(url.format(tmp_path))
        store.known("w", "u")
        store.commit(AddExecution(run(1)))
        found = modes(tmp_path)
        store.close()
    finally:
        os.umask(before)
    [name] = [made for made in found if made.endswith(".db")]  # SQLAlchemy 2.0.30 reads one %25 less than later ones
    assert found.keys() == {name, f"{name}-wal", f"{name}-shm"}
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


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file:novu-x?mode=memory&uri=true",
        "sqlite:///file:novu-x?mode=rw&uri=true",
    ],
)
def test_no_file_is_made_for_a_uri_that_asks_for_none(tmp_path, monkeypatch, url):
    monkeypatch.chdir(tmp_path)
    store = Store(url)
    with contextlib.suppress(StoreError):
        store.known("w", "u")
    store.close()
    assert [*tmp_path.iterdir()] == []


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
