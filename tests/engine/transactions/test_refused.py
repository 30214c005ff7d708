"""What is no transaction of the store's, or would wait for itself, is refused at once, with what to do."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from novu_core import Client, Settings
from novu_core.errors import ConfigurationError, WorkflowNotActiveError
from tests.engine.transactions.conftest import POSTGRES, SQLITE, Base, Order, url_with


def test_another_kind_of_database(client, engine, tmp_path, request):
    other = "sqlite:///" + str(tmp_path / "other.db")
    if engine.dialect.name == "sqlite":
        other = url_with(request.getfixturevalue("postgres_url"), "psycopg")
    elsewhere = sa.create_engine(other)
    with Session(elsewhere) as session, pytest.raises(ConfigurationError, match="NOVU_STORE_URL"):
        client.trigger("order-placed", "ada", session=session)
    elsewhere.dispose()


def test_another_database_of_the_same_kind(client, engine, driver, tmp_path, request):
    other = f"sqlite:///{tmp_path}/other.db"
    if engine.dialect.name == "postgresql":
        other = request.getfixturevalue("new_postgres_url")()
    elsewhere = sa.create_engine(url_with(other, driver))
    Base.metadata.create_all(elsewhere)
    with Session(elsewhere) as session:
        session.add(Order(item="tea"))
        with pytest.raises(ConfigurationError, match="wait=False after the commit"):
            client.trigger("order-placed", "ada", session=session)
        session.commit()
        assert session.scalars(sa.select(Order.item)).all() == ["tea"]
    elsewhere.dispose()


@POSTGRES
def test_another_schema_of_the_same_database(client, engine):
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE SCHEMA tenant"))
        connection.execute(sa.text("SET LOCAL search_path = tenant"))
        with pytest.raises(ConfigurationError, match="another server or schema"):
            client.trigger("order-placed", "ada", session=connection)


@SQLITE
def test_a_database_in_memory(client):
    elsewhere = sa.create_engine("sqlite://")
    with Session(elsewhere) as session, pytest.raises(ConfigurationError, match="in memory"):
        client.trigger("order-placed", "ada", session=session)
    elsewhere.dispose()


@pytest.mark.parametrize("how", ["engine", "connection"])
def test_autocommit(client, engine, seen, how):
    options = {"isolation_level": "AUTOCOMMIT"}
    made = sa.create_engine(engine.url, **options if how == "engine" else {})
    with made.connect() as connection:
        if how == "connection":
            connection = connection.execution_options(**options)
        with pytest.raises(ConfigurationError, match="autocommit"):
            client.trigger("order-placed", "ada", session=connection)
    made.dispose()
    assert seen() == ([], [])


def test_a_session_with_a_bind_for_each_table(client, engine, seen):
    with Session(binds={Order: engine}) as session:
        session.add(Order(item="tea"))
        with pytest.raises(ConfigurationError, match="bind_arguments"):
            client.trigger("order-placed", "ada", session=session)
        right = session.connection(bind_arguments={"mapper": Order})
        client.trigger("order-placed", "ada", session=right)
        session.commit()
    assert seen() == (["tea"], ["ada"])


@pytest.mark.parametrize("wrong", ["db.session", 3, object])
def test_what_is_no_session(client, wrong):
    with pytest.raises(TypeError, match="an SQLAlchemy Session"):
        client.trigger("order-placed", "ada", session=wrong)


def test_an_engine_is_no_session(client, engine):
    with pytest.raises(TypeError, match="an SQLAlchemy Session"):
        client.trigger("order-placed", "ada", session=engine)


def test_with_novus_cloud(session, registry):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"})

    told = pytest.raises(ConfigurationError, match="after the commit")
    with Client(Settings(dispatch="cloud", secret_key=["s"]), registry) as cloud, told:
        cloud.trigger("w", "ada", session=session)


@SQLITE
class TestTheOnlyWriter:
    """SQLite has one, which the transaction holds from the trigger to its end."""

    def test_the_thread_that_holds_it_does_not_wait_for_itself(self, client, session, seen):
        client.trigger("order-placed", "ada", session=session)
        with pytest.raises(ConfigurationError, match="would wait for itself"):
            client.trigger("order-placed", "bob", wait=False)
        with pytest.raises(ConfigurationError, match="would wait for itself"):
            client.subscribers.upsert({"subscriberId": "bob"})
        assert seen() == ([], [])  # reading waits for nobody
        session.commit()
        client.trigger("order-placed", "bob", wait=False)
        assert seen() == ([], ["ada", "bob"])

    @pytest.mark.parametrize("ends", ["rollback", "close", "invalidate"])
    def test_however_it_ends(self, client, session, ends):
        client.trigger("order-placed", "ada", session=session)
        getattr(session, ends)()
        assert client.trigger("order-placed", "bob", wait=False).status == "pending"

    def test_a_connection_that_is_lost_holds_it_no_longer(self, client, engine):
        with engine.connect() as connection:
            client.trigger("order-placed", "ada", session=connection)
            connection.invalidate()
            assert client.trigger("order-placed", "bob", wait=False).status == "pending"
            connection.rollback()

    def test_a_session_that_nobody_holds_any_longer(self, client, engine):
        session = Session(engine)
        client.trigger("order-placed", "ada", session=session)
        session.close()
        del session
        assert client.trigger("order-placed", "bob", wait=False).status == "pending"

    def test_other_files_are_not_concerned(self, client, session, registry, tmp_path):
        client.trigger("order-placed", "ada", session=session)
        with Client(Settings(store_url=f"sqlite:///{tmp_path}/other.db", worker="none"), registry) as other:
            assert other.trigger("order-placed", "bob", wait=False).status == "pending"

    def test_another_thread_waits_until_it_is_free(self, client, session, seen):
        client.trigger("order-placed", "ada", session=session)
        thread = threading.Thread(target=client.trigger, args=("order-placed", "bob"), kwargs={"wait": False})
        thread.start()
        session.commit()
        thread.join(20)
        assert seen() == ([], ["ada", "bob"])

    def test_a_trigger_that_was_refused_holds_it_too(self, client, session):
        client.workflows.archive("order-placed")
        with pytest.raises(WorkflowNotActiveError):
            client.trigger("order-placed", "ada", session=session)
        with pytest.raises(ConfigurationError, match="would wait for itself"):
            client.subscribers.upsert({"subscriberId": "bob"})
