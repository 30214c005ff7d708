"""A store in memory, as tests have one, can share no transaction: it records at the commit."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from novu_core.errors import ValidationError, WorkflowNotActiveError
from tests.engine.transactions.conftest import Base, Order


@pytest.fixture
def engine(tmp_path):
    made = sa.create_engine(f"sqlite:///{tmp_path}/shop.db")
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def client(env, registry):
    @registry.workflow("order-placed")
    def order_placed(step):
        step.in_app("bell", {"body": "Thank you"})

    return env.client


def _people(env) -> list[str]:
    env.run_due()
    return sorted(run.subscriber.subscriber_id for run in env.client.executions.list() if run.status == "completed")


@pytest.mark.parametrize("ends", ["commit", "rollback", "close"])
def test_a_session(env, client, engine, ends):
    with Session(engine) as session:
        session.add(Order(item="tea"))
        result = env.trigger("order-placed", {"subscriberId": "ada", "email": "a@example.org"}, session=session)
        assert (result.status, result.repeated) == ("pending", False)
        assert _people(env) == []
        getattr(session, ends)()
        assert _people(env) == (["ada"] if ends == "commit" else [])
        assert len(client.subscribers.list()) == (ends == "commit")
        if ends == "commit":
            assert client.executions.get(result.execution_id).status == "completed"
        session.execute(sa.text("SELECT 1"))
        session.commit()
        assert len(_people(env)) == (ends == "commit")


def test_savepoints(env, client, engine):
    with Session(engine) as session:
        session.add(Order(item="tea"))
        outer = session.begin_nested()
        env.trigger("order-placed", "in-outer", session=session)
        with session.begin_nested():
            env.trigger("order-placed", "in-inner", session=session)
        outer.rollback()
        with session.begin_nested():
            env.trigger("order-placed", "released", session=session)
        env.trigger("order-placed", "after", session=session)
        again = session.begin_nested()
        env.trigger("order-placed", "undone", session=session)
        again.rollback()
        assert _people(env) == []
        session.commit()
    assert _people(env) == ["after", "released"]


def test_a_savepoint_within_one_that_is_rolled_back_as_a_whole(env, client, engine):
    with Session(engine) as session:
        env.trigger("order-placed", "ada", session=session)
        outer = session.begin_nested()
        session.begin_nested()
        env.trigger("order-placed", "bob", session=session)
        outer.rollback()
        session.commit()
    assert _people(env) == ["ada"]


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_a_connection(env, client, engine, ends):
    with engine.connect() as connection:
        with connection.begin_nested():
            env.trigger("order-placed", "ada", session=connection)
        getattr(connection, ends)()
    assert _people(env) == (["ada"] if ends == "commit" else [])


def test_transaction_ids_within_and_before(env, client, engine):
    with Session(engine) as session:
        first = env.trigger("order-placed", "ada", transaction_id="t", session=session)
        again = env.trigger("order-placed", "ada", transaction_id="t", session=session)
        assert (first.repeated, again.repeated) == (False, True)
        assert again.execution_id == first.execution_id
        session.commit()
        assert _people(env) == ["ada"]
        late = env.trigger("order-placed", "ada", transaction_id="t", session=session)
        assert (late.repeated, late.status) == (True, "completed")
        session.commit()
    assert _people(env) == ["ada"]


def test_bad_input_and_a_workflow_that_is_not_active(env, client, engine):
    with Session(engine) as session:
        with pytest.raises(ValidationError):
            env.trigger("order-placed", "ada", wait=True, session=session)
        client.workflows.archive("order-placed")
        with pytest.raises(WorkflowNotActiveError):
            env.trigger("order-placed", "ada", session=session)
        session.commit()
    assert _people(env) == []


def test_a_broadcast(env, client, engine):
    client.subscribers.upsert({"subscriberId": "ada"})
    with Session(engine) as session:
        client.broadcast("order-placed", session=session)
        assert _people(env) == []
        session.commit()
    assert _people(env) == ["ada"]


def test_what_cannot_be_recorded_after_all_is_the_logs(env, client, engine, caplog):
    with Session(engine) as session:
        session.add(Order(item="tea"))
        env.trigger("order-placed", "ada", session=session)
        client.workflows.archive("order-placed")
        with caplog.at_level(logging.ERROR):
            session.commit()
        assert session.scalars(sa.select(Order.item)).all() == ["tea"]
    assert "could not be recorded" in caplog.text
