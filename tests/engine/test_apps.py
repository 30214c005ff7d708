"""Several apps on one store: ``NOVU_APP`` keeps their runs apart, and without it they are told of each other."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from novu_core import Settings
from novu_core.errors import ExecutionNotFoundError, MessageNotFoundError
from novu_core.storage import migrate
from novu_core.storage.rows import scoped, unscoped

START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)
TO = {"subscriberId": "ada", "email": "ada@example.org"}


@pytest.fixture
def postgres_url(empty_postgres_url):
    return empty_postgres_url


def bodies(client):
    return sorted(message.content["body"] for message in client.inbox("ada").list())


@pytest.fixture(params=[("shop", "bank"), ("shop", ""), ("", "shop")])
def both(request, app_on):
    first, second = request.param
    return app_on("first", app=first), app_on("second", app=second)


def test_each_app_runs_its_own_runs(both):
    first, second = both
    run = first.trigger("welcome", TO, wait=False).execution_id
    assert second.worker.run_due() == 0
    assert second.engine.parts.store.next_due(["welcome"]) is None
    assert first.worker.run_due() == 1
    assert first.executions.get(run).status == "completed"
    assert (bodies(first), bodies(second)) == (["from first"], [])


def test_each_app_sees_its_own_runs_and_messages(both):
    first, second = both
    run = first.trigger("welcome", TO, transaction_id="t1").execution_id
    [bell] = first.inbox("ada").list()
    assert second.executions.list().items == second.messages.list().items == []
    assert second.executions.list(transaction_id="t1").items == second.messages.list(transaction_id="t1").items == []
    assert second.inbox("ada").count() == second.inbox("ada").mark_all(read=True) == 0
    for refused in (second.executions.get, second.executions.retry, second.executions.cancel):
        with pytest.raises(ExecutionNotFoundError):
            refused(run)
    assert second.executions.page(transaction_id="t1").items == second.messages.page(transaction_id="t1").items == []
    assert second.executions.page(search="t1").items == second.executions.page(search=run).items == []
    assert [found.execution_id for found in first.executions.page(search="t1").items] == [run]
    assert second.messages.delete_all("t1") == 0
    for refused in (second.messages.get, second.messages.delete, second.inbox("ada").mark):
        with pytest.raises(MessageNotFoundError):
            refused(bell.message_id)
    assert [found.transaction_id for found in first.executions.list(transaction_id="t1")] == ["t1"]
    assert {found.transaction_id for found in first.messages.list(transaction_id="t1")} == {"t1"}
    assert first.inbox("ada").count(read=False) == 1
    assert (first.messages.get(bell.message_id), first.messages.delete_all("t1")) == (bell, 2)


def test_a_failed_run_is_retried_by_its_app_only(both):
    first, second = both
    run = first.trigger("broken", TO).execution_id
    with pytest.raises(ExecutionNotFoundError):
        second.executions.retry(run)
    assert first.executions.retry(run).status == "failed"
    assert second.executions.list(status="failed").items == []


def test_a_transaction_id_is_each_apps_own(both):
    first, second = both
    mine = first.trigger("later", TO, transaction_id="t1")
    other = second.trigger("later", TO, transaction_id="t1")
    assert (mine.repeated, other.repeated, mine.transaction_id, other.transaction_id) == (False, False, "t1", "t1")
    assert second.trigger("later", TO, transaction_id="t1").execution_id == other.execution_id
    assert second.cancel("t1") == 1
    assert second.cancel("t1") == 0
    assert first.executions.get(mine.execution_id).status == "running"
    assert first.trigger("later", "ben", transaction_id="t1").status == "running"  # a fan-out of its own goes on
    make_due(first)
    assert bodies(first) == ["from first"]


def make_due(*clients):
    clients[0].clock.advance(timedelta(hours=1))
    for client in clients:
        client.worker.run_due()


def test_digests_and_throttles_are_each_apps_own(both):
    first, second = both
    for client in (first, second, first):
        client.trigger("digest", TO)
        client.trigger("once", TO)
    make_due(second, first)
    assert bodies(first) == ["2 for first", "from first"]
    assert bodies(second) == ["1 for second", "from second"]


@pytest.mark.parametrize("crafted", ["shop\x1ft1", "\x1fshop\x1ft1", "\x1ft1", "t1\x1f"])
def test_no_id_reaches_another_app(app_on, crafted):
    shop, bare = app_on("shop"), app_on("bare", app="")
    run = shop.trigger("later", TO, transaction_id="t1").execution_id
    assert bare.cancel(crafted) == 0
    own = bare.trigger("later", TO, transaction_id=crafted)
    assert (own.repeated, own.transaction_id, own.execution_id == run) == (False, crafted, False)
    assert bare.trigger("later", TO, transaction_id=crafted).execution_id == own.execution_id
    assert bare.cancel(crafted) == 1
    assert shop.executions.get(run).status == "running"
    assert shop.trigger("later", "ben", transaction_id="t1").status == "running"


@pytest.mark.parametrize("own", ["", "shop"])
@pytest.mark.parametrize("given", ["t", "a\x1fb", "\x1f", "\x1f\x1fa", "shop\x1f", ""])
def test_a_stored_id_reads_as_it_was_given(own, given):
    assert unscoped(own, scoped(own, given)) == given


def test_runs_of_an_earlier_version_are_the_unnamed_apps(app_on, monkeypatch):
    """Its tables knew no apps."""
    known = migrate.migrations()
    old = app_on("old", app="").engine.parts.store.database
    monkeypatch.setattr(migrate, "migrations", lambda: [found for found in known if found[0] < 6])
    row = {
        "execution_id": "019b8d00-0000-7000-8000-000000000000", "workflow_id": "welcome", "subscriber_id": "ada",
        "transaction_id": "t1", "status": "pending", "due_at": 0, "fence": 0, "tries": 0,
        "request": '{"payload":{},"subscriber":{"subscriberId":"ada"}}', "created_at": 0, "takeovers": 0, "progress": 0,
    }  # fmt: skip
    with old._using:
        cursor = old._open().cursor()
        values = ", ".join(repr(value) for value in row.values())
        cursor.execute(f"INSERT INTO novu_executions ({', '.join(row)}) VALUES ({values})")
        cursor.close()
    old.close()
    monkeypatch.undo()
    assert app_on("shop").executions.list().items == []
    bare = app_on("bare", app="")
    assert bare.worker.run_due() == 1
    assert bare.executions.list(transaction_id="t1").items[0].step_results["bell"]["body"] == "from bare"


@pytest.mark.parametrize("name", ["a b", "é", "a\x1fb", "x" * 65, "a/b"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match="is not a name; use letters, digits"):
        Settings(app=name)
