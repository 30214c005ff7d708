"""A trigger in a transaction of the user's own: committed with it, rolled back with it, savepoints too."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from novu_core.errors import ValidationError, WorkflowNotActiveError
from tests.engine.transactions.conftest import Order


def test_a_commit_brings_both(client, session, seen):
    session.add(Order(item="tea"))
    result = client.trigger("order-placed", "ada", session=session)
    assert (result.status, result.repeated) == ("pending", False)
    assert seen() == ([], [])
    session.commit()
    assert seen() == (["tea"], ["ada"])
    assert client.worker.run_due() == 1
    assert client.executions.get(result.execution_id).status == "completed"
    assert len(client.messages.list().items) == 1


def test_a_rollback_leaves_nothing(client, session, seen):
    session.add(Order(item="tea"))
    session.flush()
    client.trigger("order-placed", {"subscriberId": "ada", "email": "ada@example.org"}, session=session)
    session.rollback()
    assert seen() == ([], [])
    assert client.subscribers.list().items == []
    assert client.worker.run_due() == 0


def test_a_session_that_is_closed_leaves_nothing(client, session, seen):
    session.add(Order(item="tea"))
    client.trigger("order-placed", "ada", session=session)
    session.close()
    assert seen() == ([], [])


def test_what_is_sent_along_is_stored_with_the_commit(client, session):
    client.trigger("order-placed", {"subscriberId": "ada", "email": "ada@example.org"}, session=session)
    session.commit()
    assert client.subscribers.get("ada").email == "ada@example.org"


def test_many_recipients_and_a_topic(client, session, seen):
    client.topics.subscribe("staff", ["bob", "eve"])
    people = [f"p{number:03}" for number in range(250)]
    result = client.trigger("order-placed", [*people, {"topicKey": "staff"}], session=session)
    assert len(result.executions) == 250
    session.rollback()
    assert not client.engine.fanouts.advance()
    client.trigger("order-placed", [*people, {"topicKey": "staff"}], session=session)
    session.commit()
    assert client.engine.fanouts.advance()  # what a worker does
    assert seen()[1] == sorted([*people, "bob", "eve"])


def test_a_broadcast(client, session, seen):
    client.subscribers.upsert({"subscriberId": "ada"})
    result = client.broadcast("order-placed", session=session)
    assert (result.executions, result.repeated) == ([], False)
    session.commit()
    client.worker.run_due()
    assert seen() == ([], ["ada"])


def test_several_at_once(client, session, seen):
    items = [{"workflow": "order-placed", "to": "ada"}, {"workflow": "order-placed", "to": 3}, {"to": "eve"}]
    first, *others = client.trigger_many(items, session=session)
    assert first.status == "pending"
    assert [isinstance(other, ValidationError) for other in others] == [True, True]
    session.commit()
    assert seen() == ([], ["ada"])


def test_a_savepoint_that_is_rolled_back_takes_its_run_along(client, session, seen):
    session.add(Order(item="tea"))
    session.flush()
    client.trigger("order-placed", "ada", session=session)
    nested = session.begin_nested()
    client.trigger("order-placed", "bob", session=session)
    nested.rollback()
    session.commit()
    assert seen() == (["tea"], ["ada"])


def test_a_savepoint_that_is_released_waits_for_the_commit(client, session, seen):
    session.add(Order(item="tea"))
    with session.begin_nested():
        client.trigger("order-placed", "ada", session=session)
    assert seen() == ([], [])
    session.rollback()
    assert seen() == ([], [])
    with session.begin_nested():
        client.trigger("order-placed", "ada", session=session)
        session.add(Order(item="tea"))
    session.commit()
    assert seen() == (["tea"], ["ada"])


def test_a_transaction_id_is_used_once(client, session, seen):
    first = client.trigger("order-placed", "ada", transaction_id="t", session=session)
    again = client.trigger("order-placed", "ada", transaction_id="t", session=session)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.execution_id == first.execution_id
    session.commit()
    client.worker.run_due()
    late = client.trigger("order-placed", "ada", transaction_id="t", session=session)
    assert (late.repeated, late.status, [step.status for step in late.steps]) == (True, "completed", ["completed"])
    session.commit()
    assert seen() == ([], ["ada"])


def test_an_id_that_was_rolled_back_is_free(client, session):
    client.trigger("order-placed", "ada", transaction_id="t", session=session)
    session.rollback()
    assert not client.trigger("order-placed", "ada", transaction_id="t", session=session).repeated


@pytest.mark.parametrize(
    "wrong",
    [{"to": ""}, {"to": "ada", "wait": True}, {"to": "ada", "transaction_id": " "}, {"to": "ada", "payload": object()}],
)
def test_bad_input_writes_nothing_and_the_session_goes_on(client, session, seen, wrong):
    session.add(Order(item="tea"))
    with pytest.raises(ValidationError):
        client.trigger("order-placed", session=session, **wrong)
    session.commit()
    assert seen() == (["tea"], [])


def test_a_workflow_that_is_not_active_writes_nothing_and_the_session_goes_on(client, session, seen):
    client.workflows.archive("order-placed")
    session.add(Order(item="tea"))
    session.flush()
    with pytest.raises(WorkflowNotActiveError):
        client.trigger("order-placed", {"subscriberId": "ada", "email": "a@example.org"}, session=session)
    session.commit()
    assert seen() == (["tea"], [])
    assert client.subscribers.list().items == []


def test_a_scoped_session(client, engine, seen):
    scoped = scoped_session(sessionmaker(engine))
    scoped.add(Order(item="tea"))
    client.trigger("order-placed", "ada", session=scoped)
    scoped.commit()
    scoped.remove()
    assert seen() == (["tea"], ["ada"])


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_a_connection(client, engine, seen, ends):
    with engine.connect() as connection:
        connection.execute(sa.insert(Order), {"item": "tea"})
        client.trigger("order-placed", "ada", session=connection)
        getattr(connection, ends)()
    assert seen() == ((["tea"], ["ada"]) if ends == "commit" else ([], []))


def test_a_session_in_a_transaction_of_a_connection(client, engine, seen):
    with engine.connect() as connection:
        outer = connection.begin()
        connection.execute(sa.insert(Order), {"item": "first"})
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            client.trigger("order-placed", "ada", session=session)
            session.commit()
        outer.rollback()
    assert seen() == ([], [])
