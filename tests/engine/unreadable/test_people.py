"""What is stored of a person, a topic or a workflow and cannot be read is named, and stops nobody else."""

from __future__ import annotations

import logging

import pytest

from novu_core.errors import UnreadableRowError
from tests.damage import EVER, damage, statuses


@pytest.mark.parametrize(
    ("table", "column"), [("preferences", "data"), ("subscribers", "data"), ("deleted_subscribers", "deleted_at")]
)
@pytest.mark.parametrize("wait", [True, False])
def test_what_is_stored_of_one_of_eight_people_stops_no_other(env, caplog, table, column, wait):
    people = [f"u{number}" for number in range(8)]
    for name in people:
        env.client.subscribers.upsert({"subscriberId": name, "email": f"{name}@example.org"})
        if table == "deleted_subscribers":
            env.client.subscribers.delete(name)
        env.client.preferences.set(name, {"channels": {"email": {"enabled": False}}})
    env.advance(seconds=1)
    damage(env.client, table, column, EVER if column == "deleted_at" else "[1", subscriber_id="u3")
    with caplog.at_level(logging.ERROR, "novu_core"):
        result = env.trigger("bell", people, wait=wait)
        env.run_due()
    runs = [env.client.executions.get(run.execution_id) for run in result.executions]
    assert [str(run.status) for run in runs] == ["completed"] * 3 + ["failed"] + ["completed"] * 4
    assert "u3" in runs[3].error["message"]
    assert [runs[3].execution_id in record.getMessage() for record in caplog.records] == [True]
    assert len(env.outbox.in_app) == 7


@pytest.mark.parametrize("data", ["[1", "[1]", "5", '"text"'])
def test_preferences_that_cannot_be_read_are_not_taken_for_none(env, data):
    env.client.preferences.set("ann", {"all": {"enabled": False}})
    damage(env.client, "preferences", "data", data, subscriber_id="ann")
    result = env.trigger("bell", "ann")
    assert (result.status, result.error["type"]) == ("failed", "UnreadableRowError")
    for call in (
        lambda: env.client.preferences.get("ann"),
        lambda: env.client.preferences.set("ann", {"channels": {"sms": {"enabled": True}}}),
    ):
        with pytest.raises(UnreadableRowError, match="preferences of subscriber `ann`"):
            call()
    assert env.client.preferences.get("bob") == {}
    email = {"channels": {"email": {"enabled": True}}}
    assert env.client.preferences.set("ann", email, "bell") == env.client.preferences.get("ann", "bell") == email


@pytest.mark.parametrize("data", ["{", "[]", ""])
def test_a_subscriber_that_cannot_be_read_is_listed_and_named(env, data):
    for name in ("ann", "bob", "eve"):
        env.client.subscribers.upsert({"subscriberId": name, "email": f"{name}@example.org"})
    damage(env.client, "subscribers", "data", data, subscriber_id="bob")
    found = env.client.subscribers.list(order="asc")
    assert [item.subscriber_id for item in found] == ["ann", "bob", "eve"]
    assert "`data`" in found.items[1].unreadable
    for call in (
        lambda: env.client.subscribers.get("bob"),
        lambda: env.client.subscribers.upsert({"subscriberId": "bob", "phone": "1"}),
    ):
        with pytest.raises(UnreadableRowError, match="Subscriber `bob`"):
            call()
    failed = env.trigger("bell", {"subscriberId": "bob", "phone": "1"})
    assert failed.status == "failed"
    env.client.subscribers.delete("bob")
    assert env.client.subscribers.upsert({"subscriberId": "bob", "phone": "1"}).phone == "1"


def test_a_subscriber_that_is_damaged_while_a_run_waits_fails_that_run(env):
    ids = [env.trigger("later", {"subscriberId": name, "email": "a@b.c"}).execution_id for name in ("ann", "bob")]
    damage(env.client, "subscribers", "data", "{", subscriber_id="ann")
    env.advance(hours=1)
    assert statuses(env, ids) == ["failed", "completed"]


@pytest.mark.parametrize("status", ["sleeping", "ACTIVE", "\x7f"])
def test_a_status_of_a_later_version_is_named(env, status):
    env.client.workflows.archive("later")
    waiting = env.client.workflows
    damage(env.client, "workflows", "status", status, workflow_id="later")
    for call in (lambda: env.trigger("later", "ann"), lambda: waiting.status("later")):
        with pytest.raises(UnreadableRowError, match=rf"workflow `later` is `{status}`"):
            call()
    assert env.client.executions.list().items == []
    assert env.trigger("bell", "ann").status == "completed"


@pytest.mark.parametrize("data", ["{", "[1]", "null"])
def test_controls_that_cannot_be_read_fail_the_runs_of_their_workflow_only(env, data):
    env.client.controls.set("bell", {})
    damage(env.client, "controls", "data", data, workflow_id="bell")
    result = env.trigger("bell", "ann")
    assert (result.status, result.error["type"]) == ("failed", "UnreadableRowError")
    with pytest.raises(UnreadableRowError, match="controls of workflow `bell`"):
        env.client.controls.get("bell")
    assert env.client.controls.get("bell", "ring") == {}
    assert env.trigger("later", "ann").waiting_for == "delay"


@pytest.mark.parametrize(("column", "value"), [("content", "{"), ("content", "[1]"), ("read_at", EVER)])
def test_a_message_that_cannot_be_read_is_listed_and_named(env, column, value):
    runs = [env.trigger("bell", "ann").execution_id for _ in range(3)]
    damage(env.client, "messages", column, value, execution_id=runs[1])
    for found in (env.client.messages.list(), env.client.inbox("ann").list()):
        assert len(found) == 3
        [bad] = [message for message in found if message.unreadable is not None]
        assert bad.execution_id == runs[1]
        assert f"`{column}`" in bad.to_json()["unreadable"]
        assert all("unreadable" not in message.to_json() for message in found if message is not bad)


@pytest.mark.parametrize("data", ["{", "[]", "5"])
def test_one_subscriber_that_cannot_be_read_stops_no_bulk_and_no_topic(env, data):
    people = [f"u{number}" for number in range(4)]
    env.client.subscribers.upsert_many(people)
    damage(env.client, "subscribers", "data", data, subscriber_id="u2")
    made = env.client.subscribers.upsert_many([{"subscriberId": name, "phone": "1"} for name in [*people, "u9"]])
    assert (made.created, made.updated) == (["u9"], ["u0", "u1", "u3"])
    [failed] = made.failed
    assert failed.subscriber_id == "u2"
    assert "`data`" in failed.message
    assert len(env.client.topics.subscribe("team", people).memberships) == 4
    result = env.trigger("bell", {"type": "Topic", "topicKey": "team"})
    env.run_due()
    ended = env.client.executions.list(transaction_id=result.transaction_id)
    assert {run.payload.recipient: str(run.status) for run in ended} == {
        **dict.fromkeys(people, "completed"), "u2": "failed",
    }  # fmt: skip
    for change in (
        lambda: env.client.subscribers.patch("u2", {"phone": "2"}),
        lambda: env.client.subscribers.set_credentials("u2", "fcm", {"deviceTokens": ["t"]}),
    ):
        with pytest.raises(UnreadableRowError, match="Subscriber `u2`"):
            change()
    assert "u2" in [found.subscriber_id for found in env.client.subscribers.page()]


@pytest.mark.parametrize(
    ("table", "value"), [("subscribers", EVER), ("topics", EVER), ("topics", -9 * EVER), ("memberships", 9 * EVER)]
)
def test_a_time_of_people_and_topics_that_cannot_be_read_is_named(env, table, value):
    for key in ("one", "two"):
        env.client.topics.subscribe(key, "ann")
    where = {"subscriber_id": "ann"} if table == "subscribers" else {"topic_key": "one"}
    damage(env.client, table, "created_at", value, **where)
    lists = {
        "subscribers": env.client.subscribers.list,
        "topics": env.client.topics.list,
        "memberships": lambda: env.client.topics.of_subscriber("ann"),
    }
    for name, listed in lists.items():
        bad = [item for item in listed() if getattr(item, "unreadable", None)]
        assert len(bad) == (name == table)
    result = env.trigger("bell", {"type": "Topic", "topicKey": "one"})
    env.run_due()
    assert len(env.client.executions.list(transaction_id=result.transaction_id)) == 1


@pytest.mark.parametrize("data", ["{", "[1]", "null"])
def test_preferences_that_cannot_be_read_have_no_effect_that_one_could_tell(env, data):
    env.client.preferences.set("ann", {"all": {"enabled": False}}, "bell")
    damage(env.client, "preferences", "data", data, subscriber_id="ann")
    with pytest.raises(UnreadableRowError, match="subscriber `ann`, workflow `bell`"):
        env.client.preferences.effective("ann")
    assert env.client.preferences.effective("bob").workflows


def test_a_member_whose_id_is_no_text_stops_no_other(sqlite, caplog):
    sqlite.client.topics.subscribe("team", ["ann", "bob"])
    damage(sqlite.client, "memberships", "subscriber_id", b"b\xff", subscriber_id="bob")
    result = sqlite.trigger("bell", {"type": "Topic", "topicKey": "team"})
    sqlite.run_due()
    ended = sqlite.client.executions.list(transaction_id=result.transaction_id)
    assert [str(run.status) for run in ended if run.payload.recipient == "ann"] == ["completed"]
    assert sqlite.client.topics.member_ids("team") == ["ann"]
    assert "team" in caplog.text


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("request", "{"),
        ("request", "[]"),
        ("excluded", "{}"),
        ("excluded", "[1]"),
        ("status", "paused"),
        ("created_at", EVER),
    ],
)
def test_a_fan_out_that_cannot_be_read_ends_and_stops_no_other(env, caplog, column, value):
    env.client.topics.subscribe("team", ["ann", "bob"])
    team = {"type": "Topic", "topicKey": "team"}
    bad, good = (env.trigger("bell", team).transaction_id for _ in range(2))
    damage(env.client, "fanouts", column, value, transaction_id=bad)
    listed = {each.transaction_id: each for each in env.client.executions.fanouts()}
    assert [name for name in (bad, good) if listed[name].unreadable] == [bad]
    with caplog.at_level(logging.ERROR, "novu_core"):
        env.run_due()
    assert len(env.client.executions.list(transaction_id=good)) == 2
    assert len(env.client.executions.list(transaction_id=bad)) == 0
    [told] = [record.getMessage() for record in caplog.records]
    assert listed[bad].fanout_id in told
    assert f"`{column}`" in told
    env.run_due()


def test_a_fan_out_that_cannot_be_read_can_be_canceled(env):
    env.client.topics.subscribe("team", ["ann", "bob"])
    transaction = env.trigger("bell", {"type": "Topic", "topicKey": "team"}).transaction_id
    damage(env.client, "fanouts", "request", "{", transaction_id=transaction)
    env.client.cancel(transaction)
    env.run_due()
    assert env.client.executions.list(transaction_id=transaction).items == []
