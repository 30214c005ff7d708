"""A trigger may be the first that happens to a database: its tables are made before, or with it."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from novu_core import Client, ManualClock, Settings
from novu_core.delivery import Outbox
from novu_core.errors import ConfigurationError, StoreVersionError
from tests.engine.transactions.conftest import Base, Order, url_with


@pytest.fixture(params=["pysqlite", "psycopg"])
def kind(request):
    return request.param


@pytest.fixture
def shop(request, kind, tmp_path, registry):
    """An engine with orders and a client whose store was never opened."""

    @registry.workflow("order-placed")
    def order_placed(step):
        step.in_app("bell", {"body": "Thank you"})

    url = f"sqlite:///{tmp_path}/new.db"
    if kind == "psycopg":
        url = request.getfixturevalue("new_postgres_url")()
    engine = sa.create_engine(url_with(url, kind))
    Base.metadata.create_all(engine)
    clock = ManualClock(datetime(2026, 1, 5, 9, tzinfo=timezone.utc))
    with Client(Settings(store_url=url, worker="none"), registry, clock=clock, delivery=Outbox()) as client:
        yield engine, client
    engine.dispose()


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_the_first_trigger_of_all(shop, ends):
    engine, client = shop
    with Session(engine) as session:
        session.add(Order(item="tea"))
        session.flush()  # on SQLite the session holds the writer now, and nobody else could make the tables
        client.trigger("order-placed", "ada", session=session)
        getattr(session, ends)()
    assert len(client.executions.list()) == (ends == "commit")
    assert client.worker.run_due() == (ends == "commit")


@pytest.mark.parametrize("kind", ["pysqlite"])
def test_tables_that_are_not_committed_cannot_be_opened_by_the_same_thread(shop):
    engine, client = shop
    with Session(engine) as session:
        client.trigger("order-placed", "ada", session=session)
        with pytest.raises(ConfigurationError, match="Commit or roll back first"):
            client.executions.list()
        again = client.trigger("order-placed", "bob", session=session)
        session.commit()
    assert client.executions.get(again.execution_id).status == "pending"


@pytest.mark.parametrize("kind", ["pysqlite"])
def test_a_database_of_a_newer_version_is_left_alone(shop, tmp_path):
    engine, client = shop
    with sqlite3.connect(tmp_path / "new.db") as connection:
        connection.execute("CREATE TABLE novu_schema (version INTEGER NOT NULL PRIMARY KEY)")
        connection.execute("INSERT INTO novu_schema VALUES (9999)")
    connection.close()
    with Session(engine) as session:
        session.add(Order(item="tea"))
        with pytest.raises(StoreVersionError):
            client.trigger("order-placed", "ada", session=session)
        session.commit()
        assert session.scalars(sa.select(Order.item)).all() == ["tea"]
