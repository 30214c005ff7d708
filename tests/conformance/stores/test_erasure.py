"""A person is exported whole and erased whole, on every store."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from novu_core.errors import SubscriberNotFoundError, ValidationError
from novu_core.storage.tables import metadata

SECRETS = ("augusta", "lovelace", "+4915112345", "analytical engine", "calc-77")
"""Parts of what is stored about her, each in words that nothing else uses."""


@pytest.fixture
def workflows(registry):
    @registry.workflow("letter")
    def letter(step, payload):
        step.in_app("bell", {"body": payload["text"]})
        step.email("mail", {"subject": "s", "body": payload["text"]})
        step.custom("keeps", lambda: {"kept": payload["text"]})

    @registry.workflow("daily")
    def daily(step):
        step.digest("collect", lambda: {"amount": 1, "unit": "days"})
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("rare")
    def rare(step):
        step.throttle("slow", lambda: {"amount": 1, "unit": "days", "threshold": 5})
        step.in_app("bell", {"body": "b"})

    @registry.workflow("broken")
    def broken(step, payload):
        def fails():
            raise RuntimeError(payload["text"])

        step.custom("fails", fails)

    return registry


def ada(**fields):
    return {"subscriberId": "augusta", "email": "Augusta <lovelace@EXAMPLE.org>", "phone": "+4915112345", **fields}


def fill(env):
    """Everything that is stored about people, for two of them."""
    client = env.client
    for person in (ada(data={"machine": "analytical engine"}), {"subscriberId": "bob", "email": "bob@example.org"}):
        name = person["subscriberId"]
        client.subscribers.upsert(person)
        client.preferences.set(name, {"channels": {"sms": {"enabled": False}}})
        client.topics.subscribe("readers", [name])
        note = {"text": "analytical engine" if name == "augusta" else "bobs"}
        env.trigger("letter", person, note, transaction_id=f"calc-77-{name}" if name == "augusta" else "bobs")
        env.trigger("rare", person, note)
        env.trigger("broken", person, note)
        env.trigger("daily", person, note)
        env.trigger("daily", person, note)
        inbox = client.inbox(name)
        inbox.snooze(inbox.list().items[0].message_id, env.clock.now() + timedelta(days=9))
        client.suppressions.add(person["email"])
    client.cancel("calc-77-augusta")


def everything(env) -> dict[str, list[str]]:
    """Every row of every table, as texts."""

    def work(transaction):
        return {
            name: [repr(row).lower() for row in transaction.rows(text(f"SELECT * FROM {name}"))]
            for name in metadata.tables
        }

    return env.client.engine.parts.store.database.read(work)


def test_after_erasure_no_row_of_any_table_knows_the_person(env, workflows):
    fill(env)
    before = everything(env)
    told = {secret for rows in before.values() for row in rows for secret in SECRETS if secret in row}
    assert told == set(SECRETS), "the test looks for what is really there"
    sent = len(env.outbox.email)
    erased = env.client.subscribers.erase("augusta")
    assert (erased.runs, erased.suppressions) == (5, 1)
    assert erased.messages >= 2
    after = everything(env)
    left = {(name, secret) for name, rows in after.items() for row in rows for secret in SECRETS if secret in row}
    assert left == set()
    for name, rows in before.items():
        kept = [row for row in rows if "bob" in row]
        assert set(kept) <= set(after[name]), "nobody else loses anything"
    env.advance(days=2)
    assert not any("augusta" in mail.to.lower() for mail in env.outbox.email[sent:]), "her digest was open"
    assert {run.payload.recipient for run in env.client.executions.list()} == {"bob"}


def test_an_export_holds_what_erasure_deletes(env, workflows):
    fill(env)
    told = env.client.subscribers.export("augusta")
    assert json.loads(json.dumps(told)) == told
    assert told["subscriber"]["data"]["data"] == {"machine": "analytical engine"}
    assert [topic["topic_key"] for topic in told["topics"]] == ["readers"]
    assert [run["workflow_id"] for run in told["executions"]] == ["letter", "rare", "broken", "daily", "daily"]
    assert told["executions"][0]["transaction_id"] == "calc-77-augusta"
    assert told["executions"][0]["steps"][2]["result"] == {"kept": "analytical engine"}
    assert [event["payload"] for event in told["events"]] == [{"text": "analytical engine"}] * 2
    assert {message["channel"] for message in told["messages"]} >= {"in_app"}
    assert told["preferences"][0]["workflow_id"] is None
    assert [found["address"] for found in told["suppressions"]] == ["lovelace@example.org"]
    assert "bob" not in json.dumps(told)
    env.client.subscribers.erase("augusta")
    for gone in (env.client.subscribers.export, env.client.subscribers.erase):
        with pytest.raises(SubscriberNotFoundError):
            gone("augusta")


def test_what_waits_is_not_sent_after_an_erasure_and_a_new_trigger_begins_anew(env, workflows):
    env.trigger("daily", ada())
    env.client.subscribers.erase("augusta")
    env.advance(days=2)
    assert env.outbox.email == []
    env.trigger("daily", ada())
    env.advance(days=2)
    assert len(env.outbox.email) == 1


def test_runs_of_other_apps_go_too(env, workflows):
    env.trigger("letter", ada(), {"text": "analytical engine"})
    store = env.client.engine.parts.store
    store.app = "other"
    env.trigger("rare", ada())
    assert [run["app"] for run in env.client.subscribers.export("augusta")["executions"]] == ["", "other"]
    assert env.client.subscribers.erase("augusta").runs == 2
    assert not any(secret in row for rows in everything(env).values() for row in rows for secret in SECRETS)


def test_an_address_of_two_stays_suppressed(env):
    for name in ("augusta", "bob"):
        env.client.subscribers.upsert(name, email="both@example.org")
    env.client.suppressions.add("both@example.org")
    assert env.client.subscribers.erase("augusta").suppressions == 0
    assert env.client.subscribers.erase("bob").suppressions == 1


def test_whom_a_fanout_leaves_out_is_forgotten(env, workflows):
    env.client.topics.subscribe("readers", ["augusta", "bob"])
    env.client.trigger("rare", {"type": "Topic", "topicKey": "readers", "exclude": ["augusta", "bob"]})
    env.client.subscribers.erase("augusta")
    assert not any("augusta" in row for row in everything(env)["novu_fanouts"])
    assert any("bob" in row for row in everything(env)["novu_fanouts"])


@pytest.mark.parametrize("odd", ["a%a", "a_a", "a!a", 'a"a', "ä", "0"])
def test_ids_that_a_pattern_would_take_for_more(env, workflows, odd):
    others = ["aXa", "a", "axxa"]
    for name in (odd, *others):
        env.trigger("rare", name)
    assert env.client.subscribers.erase(odd).runs == 1
    assert len(everything(env)["novu_throttles"]) == len(others)


def test_those_deleted_before_are_erased_too(env, workflows):
    env.trigger("letter", ada(), {"text": "analytical engine"})
    env.client.subscribers.upsert(ada())
    env.client.subscribers.delete("augusta")
    assert env.client.subscribers.erase("augusta").runs == 1
    assert not any("augusta" in row for rows in everything(env).values() for row in rows)


@pytest.mark.parametrize("bad", ["", None, 5])
def test_what_is_no_id_is_refused(env, bad):
    for call in (env.client.subscribers.export, env.client.subscribers.erase):
        with pytest.raises(ValidationError):
            call(bad)
