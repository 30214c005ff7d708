"""The schema and its migrations, by one process or many."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings

import pytest
from sqlalchemy import create_engine, inspect, text

from novu_core.errors import StoreVersionError
from novu_core.storage import migrate
from novu_core.storage.postgres import _MIGRATION
from novu_core.storage.store import Store
from novu_core.storage.tables import metadata

OF_EXPRESSIONS = {"novu_executions_error"}
"""Indexes that only migrations know; the plans of the lists show that they are used."""


@pytest.fixture
def postgres_url(empty_postgres_url):
    return empty_postgres_url


def test_the_tables_equal_the_migrated_schema(url):
    if url == "sqlite://":
        pytest.skip("a store in memory cannot be inspected from outside")
    store = Store(url)
    store.next_due(["w"])
    store.close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    found = inspect(engine)
    for table in metadata.tables.values():
        columns = {
            c["name"]: (type(c["type"].as_generic()).__name__, c["nullable"]) for c in found.get_columns(table.name)
        }
        assert columns == {c.name: (type(c.type.as_generic()).__name__, c.nullable) for c in table.columns}
        assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy knows no index of an expression in SQLite
            there = found.get_indexes(table.name)
        indexes = {
            i["name"]: (i["column_names"], bool(i["unique"]))
            for i in there
            if not i.get("duplicates_constraint") and i["name"] not in OF_EXPRESSIONS
        }
        assert indexes == {i.name: ([c.name for c in i.columns], bool(i.unique)) for i in table.indexes}
    engine.dispose()


def test_a_newer_database_is_refused(url):
    if url == "sqlite://":
        pytest.skip("a store in memory is always new")
    store = Store(url)
    store.next_due(["w"])
    store.database.write(lambda t: t.execute(text("INSERT INTO novu_schema (version) VALUES (999)")))
    store.close()
    fresh = Store(url)
    with pytest.raises(StoreVersionError, match=r"999.*Upgrade flask-novu"):
        fresh.next_due(["w"])
    fresh.close()


def test_a_start_waits_for_no_transaction_that_writes(url):
    if url == "sqlite://":
        pytest.skip("a store in memory is always new")
    store = Store(url)
    store.next_due(["w"])
    writing, done = threading.Event(), threading.Event()

    def work(transaction):
        transaction.execute(text("INSERT INTO novu_workflows (workflow_id, status) VALUES ('w', 'active')"))
        if transaction.backend.row_locks:
            transaction.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION})"))
        writing.set()
        assert done.wait(60)

    holding = threading.Thread(target=store.database.write, args=(work,))
    holding.start()
    found, fresh = [], Store(url)
    starting = threading.Thread(target=lambda: found.append(fresh.next_due(["w"])))
    try:
        assert writing.wait(20)
        starting.start()
        starting.join(30)
        assert found == [None]
    finally:
        done.set()
        holding.join()
        starting.join()
        fresh.close()
        store.close()


def test_an_old_database_upgrades_once_under_many_openers(url, monkeypatch):
    if url == "sqlite://":
        pytest.skip("a store in memory is always new")
    store = Store(url)
    store.next_due(["w"])
    store.close()

    known = migrate.migrations()
    monkeypatch.setattr(migrate, "migrations", lambda: [*known, (900, ["CREATE TABLE novu_later (id INTEGER)"])])
    stores = [Store(url) for _ in range(4)]
    threads = [threading.Thread(target=store.next_due, args=(["w"],)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].database.read(lambda t: t.row(text("SELECT max(version) FROM novu_schema")))[0] == 900
    for store in stores:
        store.close()


def test_two_processes_may_create_a_database_at_once(url):
    if url == "sqlite://":
        pytest.skip("a store in memory belongs to one process")
    script = (
        "import sys; from novu_core.storage.store import Store; s = Store(sys.argv[1]); s.next_due(['w']); s.close()"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(3)]
    assert [process.wait(30) for process in processes] == [0, 0, 0]
    store = Store(url)
    assert store.list_executions(limit=9) == []
    store.close()
