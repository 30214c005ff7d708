"""A worker begins when the transaction is committed, and does not wait for its next look."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.conftest import until
from tests.engine.transactions.conftest import POSTGRES


def _noted(client) -> list[float]:
    """Seconds from now of what the backend is told."""
    told: list[float] = []
    parts = client.engine.parts
    parts.due = lambda when: told.append((when - parts.clock.now()).total_seconds())
    return told


def test_the_commit_of_a_session(client, session):
    told = _noted(client)
    with session.begin_nested():
        client.trigger("order-placed", "ada", session=session)
        client.trigger("order-placed", "bob", session=session)
    assert told == []
    session.commit()
    assert told == ([0.0] if session.bind.dialect.name == "sqlite" else [])  # PostgreSQL tells every process itself
    session.commit()
    session.execute(sa.text("SELECT 1"))
    session.commit()
    assert len(told) <= 1


def test_no_rollback_wakes_anybody(client, session):
    told = _noted(client)
    client.trigger("order-placed", "ada", session=session)
    session.rollback()
    session.execute(sa.text("SELECT 1"))
    session.commit()
    assert told == []


def test_a_transaction_whose_connection_was_lost_wakes_nobody_later(client, session):
    told = _noted(client)
    client.trigger("order-placed", "ada", session=session)
    session.invalidate()
    session.execute(sa.text("SELECT 1"))
    session.commit()
    assert told == []


def test_one_session_for_several_transactions(client, session):
    told = _noted(client)
    for name in ("ada", "bob"):
        client.trigger("order-placed", name, session=session)
        session.commit()
    assert told == ([0.0, 0.0] if session.bind.dialect.name == "sqlite" else [])


def test_a_connection_says_so_a_little_too_early(client, engine):
    told = _noted(client)
    with engine.connect() as connection:
        for name in ("ada", "bob"):
            client.trigger("order-placed", name, session=connection)
            connection.commit()
        connection.execute(sa.text("SELECT 1"))
        connection.commit()
    assert told == ([0.02, 0.02] if engine.dialect.name == "sqlite" else [])


@POSTGRES
def test_postgresql_is_told_in_the_transaction(client, engine):
    heard: list[object] = []
    stop: list[bool] = []
    thread = threading.Thread(target=client.engine.parts.store.listen, args=(heard.append, lambda: bool(stop)))
    thread.start()
    try:
        with Session(engine) as session:
            listening = sa.text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
            until(lambda: session.scalar(listening) or session.rollback())
            client.trigger("order-placed", "ada", session=session)
            session.rollback()
            client.trigger("order-placed", "bob", session=session)
            session.commit()
        until(lambda: heard)
    finally:
        stop.append(True)
        thread.join(20)
    assert len(heard) == 1


@POSTGRES
@pytest.mark.parametrize("phases", ["begin", "begin_twophase"])
def test_a_transaction_in_two_phases_may_not_notify(client, engine, phases):
    statements: list[str] = []
    with engine.connect() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
        transaction = getattr(connection, phases)()
        client.trigger("order-placed", "ada", session=connection)
        transaction.rollback()
    assert any("INSERT INTO novu_executions" in statement for statement in statements)
    assert any("pg_notify" in statement for statement in statements) == (phases == "begin")
