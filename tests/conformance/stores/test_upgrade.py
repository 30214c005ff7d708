"""A database of the version before is brought to this one, with what is in it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from novu_core import Client, Registry, Settings
from novu_core.clock import micros
from novu_core.storage import migrate
from novu_core.storage.store import Store
from tests.conformance.stores.samples import NOW

MANY = 2300
"""More than two of the migration's chunks."""


@pytest.fixture
def postgres_url(empty_postgres_url):
    return empty_postgres_url


def before(url, monkeypatch) -> Store:
    """Open a database as the version before did: with its first three migrations."""
    known = migrate.migrations()
    monkeypatch.setattr(migrate, "migrations", lambda: known[:3])
    store = Store(url)
    assert store.database.read(lambda t: t.row(text("SELECT max(version) FROM novu_schema"))) == (3,)
    monkeypatch.undo()
    return store


def insert(store, table, rows):
    names = list(rows[0])
    statement = text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})")

    def work(transaction):
        for row in rows:
            transaction.execute(statement, row)

    store.database.write(work)


def person(subscriber_id, at=NOW, **data):
    return {
        "subscriber_id": subscriber_id,
        "data": json.dumps({"subscriberId": subscriber_id, **data}),
        "updated_at": micros(at),
    }


@pytest.fixture
def upgraded(url, monkeypatch):
    if url == "sqlite://":
        pytest.skip("a store in memory is always new")
    store = before(url, monkeypatch)
    odd = ["ä'\"%_;--", "x" * 300, "日" * 300, "a b/c"]
    insert(
        store,
        "novu_subscribers",
        [
            person("ada", NOW - timedelta(days=3), email="ada@example.org", firstName="Ada", lastName="King"),
            person("bob", NOW - timedelta(days=2), email="", phone="+1", firstName="Bob", data={"nul": "\x00 \ud800"}),
            person("eve", NOW - timedelta(days=1), email="e" * 9000, lastName="E", channels={"push": "token"}),
            person("mallory", email=5, firstName=["x"], phone="nul \x00"),
            *(person(name) for name in odd),
            *(person(f"u{number:05}") for number in range(MANY)),
        ],
    )
    insert(
        store,
        "novu_topics",
        [
            {"topic_key": "readers", "subscriber_id": "ada"},
            {"topic_key": "readers", "subscriber_id": "stranger"},
            {"topic_key": "old key, with blanks", "subscriber_id": "stranger"},
            *({"topic_key": "all", "subscriber_id": f"u{number:05}"} for number in range(MANY)),
        ],
    )
    insert(
        store, "novu_preferences", [{"subscriber_id": "ada", "workflow_id": "", "data": '{"all":{"enabled":false}}'}]
    )
    run = {
        "execution_id": "019b8d62-7a80-7000-84a5-000000000001", "workflow_id": "w", "subscriber_id": "ada",
        "transaction_id": "t", "status": "failed", "fence": 1, "tries": 0, "created_at": micros(NOW),
        "request": '{"payload":{},"subscriber":{"subscriberId":"ada"}}',
    }  # fmt: skip
    insert(store, "novu_executions", [run])
    step = {"execution_id": run["execution_id"], "step_id": "bell", "position": 0, "type": "in_app",
            "status": "completed", "outcome": "delivered", "tries": 0, "provider": 0}  # fmt: skip
    insert(store, "novu_steps", [step])
    message = {
        "message_id": "019b8d62-7a80-7000-84a5-000000000002", "execution_id": run["execution_id"], "step_id": "bell",
        "workflow_id": "w", "subscriber_id": "ada", "transaction_id": "t", "channel": "in_app",
        "content": '{"body":"b"}', "created_at": micros(NOW),
    }  # fmt: skip
    insert(store, "novu_messages", [message])
    store.close()
    client = Client({"store_url": url}, workflows=Registry())
    client.odd = odd
    yield client
    client.close()


def test_subscribers_get_ids_in_the_order_of_their_times_and_are_found(upgraded):
    listed = upgraded.subscribers.list(limit=100, order="asc")
    assert [found.subscriber_id for found in listed][:3] == ["ada", "bob", "eve"]
    assert (listed.total, listed.total_capped) == (1000, True)
    ada = upgraded.subscribers.get("ada")
    assert ada.created_at == ada.updated_at == NOW - timedelta(days=3)
    assert ada.id == listed.items[0].id
    ids, cursor = set(), None
    while True:
        page = upgraded.subscribers.list(limit=100, cursor=cursor)
        ids |= {found.id for found in page}
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(ids) == MANY + 4 + len(upgraded.odd) + 1  # and the stranger

    def found(**filters):
        return [each.subscriber_id for each in upgraded.subscribers.list(**filters)]

    assert found(name="Ada King") == found(email="ada@example.org") == ["ada"]
    assert found(phone="+1") == found(name="Bob") == ["bob"]
    assert found(email="e" * 9000) == found(name="E") == ["eve"]
    assert found(email="e" * 8999) == []
    for name in upgraded.odd:
        assert found(subscriber_id=name) == [name]
    assert upgraded.subscribers.get("bob").data == {"nul": "\x00 \ud800"}


def test_topics_and_memberships_have_rows_and_keep_working(upgraded):
    topics = upgraded.topics
    assert {topic.key for topic in topics.list()} == {"readers", "old key, with blanks", "all"}
    assert {member.subscriber_id for member in topics.members("readers")} == {"ada", "stranger"}
    assert topics.of_subscriber("stranger").total == 2
    assert upgraded.subscribers.get("stranger").to_json() == {"subscriberId": "stranger"}
    assert len(topics.member_ids("all")) == MANY
    assert len({member.id for member in topics.members("all", limit=100)}) == 100
    assert [each.subscriber_id for each in topics.subscribe("old key, with blanks", ["ada"]).memberships] == ["ada"]
    topics.delete("old key, with blanks")
    assert topics.of_subscriber("stranger").total == 1


def test_history_messages_and_preferences_stay(upgraded):
    assert [run.transaction_id for run in upgraded.executions.list(status="failed")] == ["t"]
    assert [row.lane for row in upgraded.engine.parts.store.list_executions(limit=9)] == [2]
    assert [step.rule for step in upgraded.executions.list().items[0].steps] == [None]
    assert [message.step_id for message in upgraded.messages.page(transaction_id=["t", "u"])] == ["bell"]
    assert upgraded.preferences.get("ada") == {"all": {"enabled": False}}
    upgraded.subscribers.delete("ada")
    assert len(upgraded.messages.list()) == 0
    assert upgraded.topics.members("readers").total == 1
    assert upgraded.preferences.get("ada") == {}
    assert len(upgraded.executions.list()) == 1


@pytest.mark.parametrize(("column", "value"), [("data", "{"), ("data", "[1]"), ("updated_at", 10**18)])
def test_a_person_that_cannot_be_read_does_not_stop_the_upgrade(url, monkeypatch, column, value):
    if url == "sqlite://":
        pytest.skip("a store in memory is always new")
    store = before(url, monkeypatch)
    insert(store, "novu_subscribers", [person("ada", email="a@b.c"), {**person("bob"), column: value}, person("eve")])
    store.close()
    with Client(Settings(store_url=url, worker="none"), Registry()) as client:
        found = client.subscribers.list(order="asc")
        assert sorted(each.subscriber_id for each in found) == ["ada", "bob", "eve"]
        [bad] = [each for each in found if getattr(each, "unreadable", None)]
        assert f"`{column if column == 'data' else 'created_at'}`" in bad.unreadable
        assert client.subscribers.list(email="a@b.c").items[0].subscriber_id == "ada"
