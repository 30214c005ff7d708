"""What users set on their engines and sessions does not concern the store's statements."""

from __future__ import annotations

import sys

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.engine.transactions.conftest import SQLITE, Order


@SQLITE
@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_savepoints_that_come_first_where_sqlalchemy_begins_the_transactions(client, engine, seen, ends):
    """As SQLAlchemy's documentation says it, since sqlite3 begins none for a savepoint."""
    made = sa.create_engine(engine.url)

    @sa.event.listens_for(made, "connect")
    def connect(connection, record):
        connection.isolation_level = None

    @sa.event.listens_for(made, "begin")
    def begin(connection):
        connection.exec_driver_sql("BEGIN")

    with Session(made) as session:
        with session.begin_nested():
            client.trigger("order-placed", "ada", session=session)
            session.add(Order(item="tea"))
        assert seen() == ([], [])
        getattr(session, ends)()
    made.dispose()
    assert seen() == ((["tea"], ["ada"]) if ends == "commit" else ([], []))


@SQLITE
@pytest.mark.skipif(sys.version_info < (3, 12), reason="sqlite3 knows no autocommit=")
@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_savepoints_that_come_first_where_sqlite3_begins_the_transactions(client, engine, seen, ends):
    made = sa.create_engine(engine.url, connect_args={"autocommit": False})
    with Session(made) as session:
        with session.begin_nested():
            client.trigger("order-placed", "ada", session=session)
        getattr(session, ends)()
    made.dispose()
    assert seen() == ([], ["ada"] if ends == "commit" else [])


@pytest.mark.parametrize("level", ["SERIALIZABLE", "REPEATABLE READ"])
def test_isolation_levels(client, engine, seen, level):
    if engine.dialect.name == "sqlite":
        level = "SERIALIZABLE"
    with Session(engine.execution_options(isolation_level=level)) as session:
        session.add(Order(item="tea"))
        client.trigger("order-placed", "ada", transaction_id="t", session=session)
        assert client.trigger("order-placed", "ada", transaction_id="t", session=session).repeated
        session.commit()
    assert seen() == (["tea"], ["ada"])


def test_a_tenants_schemas(client, engine, seen):
    made = engine.execution_options(schema_translate_map={None: "tenant"})
    with made.connect() as connection:
        client.trigger("order-placed", "ada", session=connection)
        connection.commit()
    assert seen() == ([], ["ada"])
