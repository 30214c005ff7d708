"""What is heard of messages, on every store."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from novu_core import Client
from novu_core.delivery import Delivery
from novu_core.delivery.events.base import Event, Report
from novu_core.errors import EventReplayedError, SuppressionNotFoundError
from novu_core.storage import feedback
from novu_core.storage.feedback import Spend


class Provider:
    """Takes each message under ``next_id``."""

    name = "own"
    needs_address = False
    next_id = "id-1"

    def send(self, message):
        return Delivery(self.name, self.next_id)


class Source:
    name = "own"

    def __init__(self, *events, token=None):
        self.report = Report(events, token)

    def read(self, post):
        return self.report


@pytest.fixture
def provider(env):
    made = Provider()
    env.client.engine.parts.router._providers["email"] = [made]
    return made


@pytest.fixture
def send(env, registry, provider):
    @registry.workflow("news")
    def news(payload, step):
        step.email("mail", {"subject": "s", "body": "b", **payload})

    def send(next_id="id-1", email="ada@example.org", **payload):
        provider.next_id = next_id
        run = env.trigger(news, {"subscriberId": "ada", "email": email}, payload)
        return env.client.messages.list(execution_id=run.execution_id).items[0]

    return send


@pytest.fixture
def hear(env):
    def hear(*events, token=None):
        return env.client.reports.take(Source(*events, token=token), env_post(env))

    return hear


def env_post(env):
    from novu_core.delivery.events.base import Post

    return Post({}, b"", env.clock.now())


def bounce(env, kind="hard_bounce", event_id="e1", addresses=("ada@example.org",), ids=("id-1",), key=None):
    return Event(kind, event_id, env.clock.now(), "550 5.1.1", addresses, ids, key)


def test_a_message_is_found_by_its_id_or_its_run_and_step(env, send, hear):
    first, second = send("id-1"), send("<id-2@b.c>", email="bob@example.org")
    assert hear(bounce(env, ids=("nobody", "id-1"))).marked == 1
    key = f"{second.execution_id}:mail"
    assert hear(bounce(env, addresses=(), ids=("nobody",), key=key)).marked == 1
    for message, address in ((first, "ada@example.org"), (second, "bob@example.org")):
        [entry] = env.client.messages.get(message.message_id).feedback
        assert entry == {
            "kind": "hard_bounce", "address": address, "at": env.clock.now().isoformat(), "reason": "550 5.1.1", "id": "e1",
        }  # fmt: skip
        assert env.client.messages.get(message.message_id).bounced_at == env.clock.now()
        assert env.client.suppressions.get(address).message_id == message.message_id
    assert hear(bounce(env, ids=(), key="x:y"), bounce(env, ids=(), key="none"), bounce(env, ids=())) == (3, 0)


def test_what_is_noted_already_changes_nothing(env, send, hear):
    message = send()
    assert hear(bounce(env), bounce(env), bounce(env, "complaint")) == (3, 2)
    env.client.suppressions.remove("ada@example.org")
    env.advance(hours=1)
    assert hear(bounce(env), bounce(env, "complaint")) == (2, 0)
    assert env.client.suppressions.list().total == 0
    assert hear(bounce(env, event_id="e2")).marked == 1
    marked = env.client.messages.get(message.message_id)
    assert (marked.bounced_at, len(marked.feedback)) == (env.clock.now() - timedelta(hours=1), 3)


def test_of_twenty_that_come_at_once_one_counts(env, send, hear):
    message = send()
    with ThreadPoolExecutor(20) as pool:
        assert sum(taken.marked for taken in pool.map(hear, [bounce(env)] * 20)) == 1
    assert len(env.client.messages.get(message.message_id).feedback) == 1
    with ThreadPoolExecutor(20) as pool:
        several = [bounce(env, event_id=f"n{number}") for number in range(20)]
        assert sum(taken.marked for taken in pool.map(hear, several)) == 20
    assert len(env.client.messages.get(message.message_id).feedback) == 21


def test_a_message_keeps_so_many(env, send, hear, monkeypatch):
    monkeypatch.setattr(feedback, "MOST", 3)
    message = send()
    assert hear(*(bounce(env, "soft_bounce", f"e{number}") for number in range(5))) == (5, 3)
    assert hear(bounce(env, event_id="hard")).marked == 0
    assert len(env.client.messages.get(message.message_id).feedback) == 3


def test_a_token_may_be_used_once_and_only_with_what_it_brought(env, send, hear):
    send()
    hear(bounce(env), token="t")
    env.client.suppressions.remove("ada@example.org")
    with pytest.raises(EventReplayedError):
        hear(bounce(env, event_id="forged"), token="t")
    assert env.client.suppressions.list().total == 0
    hear(token="empty")
    with pytest.raises(EventReplayedError):
        hear(bounce(env, event_id="forged"), token="empty")
    store = env.client.engine.parts.store
    env.advance(days=3)
    store.commit(Spend("later", env.clock.now()))
    kept = store.database.read(lambda t: t.rows(text("SELECT token FROM novu_spent_tokens")))
    assert kept == [("later",)]


def test_other_apps_messages_are_not_this_ones(url, env, send, hear):
    if url == "sqlite://":
        pytest.skip("a store in memory is one client's")
    send()
    with Client({"store_url": url, "app": "other"}, [], clock=env.clock) as other:
        assert other.reports.take(Source(bounce(env)), env_post(env)).marked == 0
    assert hear(bounce(env)).marked == 1


def test_long_ids_are_stored_and_not_looked_for(env, send, hear):
    long, edge = "x" * 5000, "y" * 200
    send(long)
    send(edge, email="bob@example.org")
    assert hear(bounce(env, ids=(long,))).marked == 0
    assert hear(bounce(env, ids=(edge,), addresses=("BOB@example.org",))).marked == 1


@pytest.mark.parametrize("cc", ["bob@example.org", [{"email": "bob@Example.org", "name": "Bob"}]])
def test_the_recipient_that_is_named_is_suppressed(env, send, hear, cc):
    message = send(cc=cc)
    hear(bounce(env, addresses=("strange", "BOB@example.org")), bounce(env, event_id="e2", addresses=("who@else.org",)))
    assert [found.address for found in env.client.suppressions.list()] == ["bob@example.org"]
    marked = env.client.messages.get(message.message_id)
    assert (marked.bounced_at, [entry["address"] for entry in marked.feedback]) == (
        None,
        ["bob@example.org", "who@else.org"],
    )
    hear(bounce(env, event_id="e3", addresses=()))
    assert env.client.suppressions.get("ada@example.org").message_id == message.message_id


def test_damaged_rows_are_marked_all_the_same(env, send, hear):
    message = send()
    store = env.client.engine.parts.store
    damage = {
        "feedback": json.dumps([{"kind": "hard_bounce", "at": 5}, {}]),
        "content": json.dumps({"cc": 5, "bcc": ["?"]}),
    }
    store.database.write(
        lambda t: t.execute(text("UPDATE novu_messages SET feedback = :feedback, content = :content"), damage)
    )
    assert env.client.messages.get(message.message_id).bounced_at is None
    assert hear(bounce(env)).marked == 1
    assert env.client.suppressions.get("ada@example.org").reason == "hard bounce"


def test_a_message_without_an_address_is_marked_and_nobody_suppressed(env, send, hear):
    message = send(email=None)
    assert hear(bounce(env)).marked == 1
    assert env.client.messages.get(message.message_id).bounced_at == env.clock.now()
    assert env.client.suppressions.list().total == 0
    with pytest.raises(SuppressionNotFoundError):
        env.client.suppressions.get("ada@example.org")


@pytest.mark.parametrize(
    "asked",
    [
        "novu_messages WHERE provider_message_id = 'a' AND length(novu_messages.provider_message_id) <= 200",
        "novu_suppressions WHERE channel = 'email' AND address = 'a'",
    ],
)
def test_a_look_up_is_led_by_an_index(url, env, send, asked):
    send()
    store = env.client.engine.parts.store

    def plan(transaction):
        if not url.startswith("postgresql"):
            return transaction.rows(text(f"EXPLAIN QUERY PLAN SELECT * FROM {asked}"))
        transaction.execute(text("SET LOCAL enable_seqscan = off"))  # which a table of one row would have
        return transaction.rows(text(f"EXPLAIN SELECT * FROM {asked}"))

    told = " ".join(str(row[-1]) for row in store.database.write(plan))
    assert re.search(r"USING INDEX|Index Scan|Bitmap Index Scan", told), told
    assert re.search("novu_messages_provider|novu_suppressions", told), told
