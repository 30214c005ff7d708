"""The store as the news see it, in all its kinds."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from novu_core import Client, Registry
from novu_core.clock import UTC
from novu_core.live import source as live_source
from novu_core.live.shapes import received, unread_changed, unseen_changed
from novu_core.live.source import StoreSource
from novu_core.testing import NovuEnvironment


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request, tmp_path: Path) -> str:
    if request.param == "memory":
        return "sqlite://"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/novu.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def env(url, registry: Registry):
    @registry.workflow("bell", name="Bell", tags=["social"], severity="high")
    def bell(step, payload):
        step.in_app("inbox", {"body": "b", **payload})

    with NovuEnvironment(workflows=registry, settings={"NOVU_STORE_URL": url, "NOVU_SECRET_KEY": "s"}) as made:
        for name in ("ada", "ben", "eve"):
            made.client.subscribers.upsert(name)
        yield made


@pytest.fixture
def source(env):
    made = StoreSource(env.client)
    yield made
    made.close()


def since(source):
    return source.now() - timedelta(seconds=60)


def test_every_commit_is_noticed_and_nothing_else(env, source):
    assert source.changed()
    assert not source.changed()
    env.trigger("bell", to="ada")
    assert source.changed()
    assert not source.changed()
    env.client.inbox("ada").list()
    assert not source.changed()
    env.client.inbox("ada").mark_all(read=True)
    assert source.changed()


def test_commits_of_other_processes_are_noticed(env, source, url):
    if url == "sqlite://":
        pytest.skip("it is this process's alone")
    source.changed()
    with Client({"NOVU_STORE_URL": url, "NOVU_WORKER": "none"}, []) as other:
        other.subscribers.upsert("somebody new")
        assert source.changed()
    assert not source.changed()


def test_arrivals_are_those_of_the_connected_alone(env, source):
    for to in ("ada", "ben", "eve"):
        env.trigger("bell", to=to)
    found = source.arrivals(["ada", "ben", "nobody"], since(source))
    assert {each: len(ids) for each, ids in found.items()} == {"ada": 1, "ben": 1}
    [message] = env.client.inbox("ada").list().items
    assert found["ada"] == {message.message_id}
    env.advance(seconds=61)
    assert source.arrivals(["ada"], since(source)) == {}
    assert source.arrivals([], since(source)) == {}


def test_arrivals_of_very_many(env, source):
    names = [f"s{number}" for number in range(300)]
    env.trigger("bell", to=names[:100])
    env.trigger("bell", to=names[250:])
    assert len(source.arrivals(names, since(source))) == 150
    assert source.versions(names) == {}
    assert len(source.glances(names[:100], since(source))) == 100


def test_versions_change_with_every_change(env, source):
    env.trigger("bell", to="ada")
    env.trigger("bell", to="ben")
    assert source.versions(["ada"]) == {}
    versions = set()
    inbox = env.client.inbox("ada")
    [message] = inbox.list().items
    changes = [
        lambda: inbox.mark(message.message_id, seen=True),
        lambda: inbox.mark(message.message_id, read=True),
        lambda: inbox.snooze(message.message_id, env.clock.now() + timedelta(hours=1)),
        lambda: env.advance(hours=1),
        lambda: inbox.delete(message.message_id),
    ]
    for change in changes:
        change()
        versions.add(source.versions(["ada", "ben"])["ada"])
    assert len(versions) == len(changes)
    assert "ben" not in source.versions(["ada", "ben"])


def test_a_glance_counts_and_shows_what_is_recent(env, source):
    env.client.subscribers.upsert("ada", first_name="Ada", data={"a": 1})
    env.trigger("bell", to="ada", payload={"body": "old"})
    env.advance(seconds=61)
    env.trigger("bell", to="ada", payload={"body": "new"})
    inbox = env.client.inbox("ada")
    glance = source.glances(["ada"], since(source))["ada"]
    assert glance.unread == {"high": 2, "medium": 0, "low": 0, "none": 0}
    assert glance.unseen == 2
    assert [message.content["body"] for message in glance.recent] == ["new"]
    assert glance.subscriber["firstName"] == "Ada"
    assert unread_changed(glance)[1] == {
        "unreadCount": 2,
        "counts": {"total": 2, "severity": {"high": 2, "medium": 0, "low": 0, "none": 0}},
        "hasMore": False,
    }
    new, old = inbox.list().items
    inbox.mark(old.message_id, read=True)
    inbox.snooze(new.message_id, source.now() + timedelta(hours=1))
    glance = source.glances(["ada"], since(source))["ada"]
    assert (sum(glance.unread.values()), glance.unseen, list(glance.recent)) == (0, 0, [])
    env.advance(hours=1)
    glance = source.glances(["ada"], since(source))["ada"]
    assert [message.content["body"] for message in glance.recent] == ["new"]
    assert unseen_changed(glance)[1] == {"unseenCount": 0, "hasMore": False}
    assert unread_changed(glance)[1]["unreadCount"] == 1


def test_a_message_is_told_with_the_ids_and_times_of_the_list(env, source):
    env.trigger(
        "bell",
        to={"subscriberId": "ada", "lastName": "L", "avatar": "https://a"},
        payload={
            "subject": "S",
            "avatar": "https://b",
            "data": {"k": 1},
            "redirect": {"url": "/x", "target": "_blank"},
            "primaryAction": {"label": "Yes", "redirect": {"url": "/y", "target": "_self"}},
            "secondaryAction": {"label": "No"},
        },
    )
    [message] = env.client.inbox("ada").list().items
    env.client.inbox("ada").complete(message.message_id, "secondary")
    glance = source.glances(["ada"], since(source))["ada"]
    event, payload = received(glance.recent[0], glance)
    told = payload["message"]
    at = message.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert event == "notification_received"
    internal = env.client.subscribers.get("ada").id
    assert told.pop("lastReadDate") == told.pop("firstSeenDate") == at
    assert told == {
        "_id": message.message_id,
        "transactionId": message.transaction_id,
        "content": "b",
        "subject": "S",
        "avatar": "https://b",
        "data": {"k": 1},
        "channel": "in_app",
        "seen": True,
        "read": True,
        "archived": False,
        "createdAt": at,
        "deliveredAt": [at],
        "tags": ["social"],
        "severity": "high",
        "subscriber": {"_id": internal, "subscriberId": "ada", "lastName": "L", "avatar": "https://a"},
        "workflow": {
            "_id": "bell",
            "identifier": "bell",
            "name": "Bell",
            "critical": False,
            "severity": "high",
            "tags": ["social"],
        },
        "cta": {
            "data": {"url": "/x", "target": "_blank"},
            "action": {
                "status": "done",
                "result": {"type": "secondary"},
                "buttons": [
                    {"type": "primary", "content": "Yes", "url": "/y", "target": "_self"},
                    {"type": "secondary", "content": "No"},
                ],
            },
        },
    }


def test_a_bare_message(env, source):
    env.trigger("bell", to="ada")
    glance = source.glances(["ada"], since(source))["ada"]
    told = received(glance.recent[0], glance)[1]["message"]
    assert told["cta"] == {"data": {}, "action": {"buttons": [], "result": {}}}
    assert not {"subject", "avatar", "data", "lastReadDate", "archivedAt"} & told.keys()


def test_a_message_whose_workflow_is_gone(env, source, registry):
    env.trigger("bell", to="ada")
    del registry._workflows["bell"]
    glance = source.glances(["ada"], since(source))["ada"]
    assert "workflow" not in received(glance.recent[0], glance)[1]["message"]


def test_counts_stop_where_a_bell_shows_that_there_are_more(env, source):
    for _ in range(102):
        env.trigger("bell", to="ada")
    glance = source.glances(["ada"], since(source))["ada"]
    assert glance.unread["high"] == 101
    assert len(glance.recent) == 100
    assert unread_changed(glance)[1]["hasMore"]
    assert unseen_changed(glance)[1] == {"unseenCount": 101, "hasMore": True}


def test_a_deleted_subscriber(env, source):
    env.trigger("bell", to="ada")
    before = source.versions(["ada"])
    env.client.subscribers.delete("ada")
    assert source.glances(["ada", "nobody"], since(source)) == {"ada": None, "nobody": None}
    assert source.versions(["ada"]) != before


def test_a_message_that_is_deleted_by_an_operator(env, source):
    env.trigger("bell", to="ada")
    [message] = env.client.messages.list(channel="in_app").items
    before = source.versions(["ada"])
    env.client.messages.delete(message.message_id)
    assert source.versions(["ada"]) != before


def test_a_look_that_fails_begins_anew(env, source, monkeypatch):
    if env.client.engine.parts.store.database.memory:
        pytest.skip("there is nothing to fail")
    source.changed()

    def broken(connection):
        raise OSError("gone")

    mark, source._watch._mark = source._watch._mark, broken
    with pytest.raises(OSError):
        source.changed()
    source._watch._mark = mark
    assert source.changed()
    assert not source.changed()


def test_a_damaged_inbox_is_named_and_the_others_are_read(env, source, caplog, monkeypatch):
    for name in ("ada", "ben"):
        env.trigger("bell", to=name)

    def broken(row):
        if row.subscriber_id == "ada":
            raise ValueError("damaged")
        return message_of(row)

    message_of = live_source.message_of
    monkeypatch.setattr(live_source, "message_of", broken)
    found = source.glances(["ada", "ben"], since(source))
    assert found["ben"].unseen == 1
    assert "ada" not in found
    assert "The inbox of ada cannot be read" in caplog.text


@pytest.mark.parametrize("column", ["folder", "tags", "content", "severity", "redelivered", "sorted_at", "created_at"])
def test_damaged_columns_of_one_inbox_keep_no_other_from_being_read(env, source, url, column):
    if url.startswith("postgresql") and column.endswith("_at"):
        pytest.skip("the column takes numbers only")
    for name in ("ada", "ben"):
        env.trigger("bell", to=name)
    damage = text(f"UPDATE novu_messages SET {column} = 'x' WHERE subscriber_id = 'ada'")
    env.client.engine.parts.store.database.write(lambda transaction: transaction.execute(damage))
    found = source.glances(["ada", "ben"], since(source))
    assert [message.content["body"] for message in found["ben"].recent] == ["b"]
    glance = found.get("ada")
    if glance is not None:
        for message in glance.recent:
            json.dumps(received(message, glance)[1])
