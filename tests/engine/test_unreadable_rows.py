"""A row that cannot be read stops nobody else: it is named, and what it belongs to fails, once."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import text

from novu_core import Registry
from novu_core.aio import Blocking, drive
from novu_core.errors import StoreError, UnreadableRowError
from novu_core.testing import NovuEnvironment
from tests.damage import damage

EVER = 10**18
"""Microseconds: a time in the year 33658."""
DAMAGED_RUNS = [
    ("request", '{"payload": {'),
    ("request", "[1]"),
    ("request", '{"payload": {}}'),
    ("request", '{"payload": 5, "subscriber": {}}'),
    ("request", '{"payload": {}, "subscriber": {}, "overrides": [1]}'),
    ("error", "{"),
    ("error", "{}"),
    ("outcome", "postponed"),
    ("created_at", EVER),
    ("started_at", -EVER),
    ("started_at", 9 * EVER),
]
DAMAGED_STEPS = [
    ("result", "{"),
    ("result", ""),
    ("attempts", '{"at": 1}'),
    ("attempts", '[{"at": "now"}]'),
    ("attempts", "[1"),
    ("error", '"text"'),
    ("error", '{"type": 5}'),
    ("status", "sleeping"),
    ("type", "pigeon"),
    ("outcome", "read"),
    ("started_at", EVER),
]
SQLITE_RUNS = [("request", b'{"payload": {"name": "\xff"}}'), ("request", b"\xc3("), ("created_at", "soon")]
SQLITE_STEPS = [("result", b'"\xff"'), ("started_at", "soon"), ("position", "first"), ("reason", b"\xff")]


@pytest.fixture
def registry():
    made = Registry()

    @made.workflow("bell")
    def bell(step):
        step.in_app("ring", {"body": "b"})

    @made.workflow("later")
    def later(step):
        step.custom("look", lambda: {"n": 1})
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("ring", {"body": "b"})

    @made.workflow("batch")
    def batch(step):
        found = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.in_app("ring", {"body": " ".join(event["payload"].get("word", "?") for event in found.events)})

    @made.workflow("twice")
    def twice(step):
        step.digest("first", {"amount": 1, "unit": "hours"})
        found = step.digest("second", {"amount": 3, "unit": "hours"})
        step.in_app("ring", {"body": " ".join(event["payload"].get("word", "?") for event in found.events)})

    @made.workflow("seldom")
    def seldom(step):
        step.throttle("brake", {"amount": 1, "unit": "hours"})
        step.in_app("ring", {"body": "b"})

    return made


def environment(url, registry):
    return NovuEnvironment(registry, {"NOVU_STORE_URL": url, "NOVU_LEASE_SECONDS": 1})


@pytest.fixture(params=["sqlite", "postgresql"])
def env(request, tmp_path, registry):
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else f"sqlite:///{tmp_path}/n.db"
    with environment(url, registry) as made:
        yield made


@pytest.fixture
def sqlite(tmp_path, registry):
    with environment(f"sqlite:///{tmp_path}/n.db", registry) as made:
        yield made


def due(env, count=10):
    return [env.trigger("bell", f"u{number}", wait=False).execution_id for number in range(count)]


def statuses(env, ids):
    return [str(env.client.executions.get(execution_id).status) for execution_id in ids]


def check_that_one_of_ten_fails(env, caplog, column, value):
    ids = due(env)
    damage(env.client, "executions", column, value, execution_id=ids[4])
    before = env.client.executions.list()
    assert [run.execution_id for run in before] == ids[::-1]
    assert [run.execution_id for run in before if run.unreadable] == [ids[4]]
    with caplog.at_level(logging.ERROR, "novu_core"):
        env.advance(seconds=8)  # eight leases
    expected = ["completed"] * 10
    expected[4] = "failed"
    assert statuses(env, ids) == expected
    assert len(env.outbox.in_app) == 9
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert ids[4] in told[0]
    assert "UnreadableRowError" in told[0]
    run = env.client.executions.get(ids[4])
    assert (run.error["type"], run.error["kind"]) == ("UnreadableRowError", "configuration")
    assert f"`{column}`" in run.error["message"] or "request" in run.error["message"]
    return ids


@pytest.mark.parametrize(("column", "value"), DAMAGED_RUNS)
def test_a_run_that_cannot_be_read_fails_and_the_others_run(env, caplog, column, value):
    check_that_one_of_ten_fails(env, caplog, column, value)


@pytest.mark.parametrize(("column", "value"), SQLITE_RUNS)
def test_sqlite_keeps_any_value_in_any_column(sqlite, caplog, column, value):
    check_that_one_of_ten_fails(sqlite, caplog, column, value)


def test_a_run_that_was_mended_can_be_retried_and_one_that_was_not_fails_again(env):
    request = '{"payload": {}, "subscriber": {"subscriberId": "u4"}}'
    [first, second] = due(env, 2)
    for execution_id in (first, second):
        damage(env.client, "executions", "request", "{", execution_id=execution_id)
    env.run_due()
    damage(env.client, "executions", "request", request, execution_id=first)
    assert env.client.executions.retry(first).status == "completed"
    again = env.client.executions.retry(second)
    assert (again.status, again.error["type"]) == ("failed", "UnreadableRowError")


@pytest.mark.parametrize("column", ["request", "error"])
def test_a_run_that_cannot_be_read_can_be_canceled(env, column):
    [execution_id] = due(env, 1)
    damage(env.client, "executions", column, "{", execution_id=execution_id)
    assert env.client.executions.cancel(execution_id).outcome == "canceled"
    env.advance(hours=1)
    assert env.outbox.in_app == []


@pytest.mark.parametrize(("column", "value"), DAMAGED_STEPS)
def test_a_step_that_cannot_be_read_fails_its_run_only(env, column, value):
    check_that_one_of_three_fails(env, column, value)


@pytest.mark.parametrize(("column", "value"), SQLITE_STEPS)
def test_sqlite_keeps_any_value_in_any_column_of_a_step(sqlite, column, value):
    check_that_one_of_three_fails(sqlite, column, value)


@pytest.mark.parametrize(
    ("step_id", "result"),
    [("pause", "5"), ("pause", "[]"), ("ring", '"b"'), ("collect", "{}"), ("collect", '{"events": [1]}')],
)
def test_a_result_that_is_none_of_its_step_is_named(env, step_id, result):
    workflow = "batch" if step_id == "collect" else "later"
    execution_id = env.trigger(workflow, "ann", {"word": "one"}).execution_id
    env.advance(hours=1)
    damage(env.client, "steps", "result", result, execution_id=execution_id, step_id=step_id)
    run = env.client.executions.get(execution_id)
    assert (run.status, run.error["type"]) == ("completed", "UnreadableRowError")
    assert [step.step_id for step in run.steps if step.unreadable] == [step_id]


def check_that_one_of_three_fails(env, column, value):
    ids = [env.trigger("later", f"u{number}").execution_id for number in range(3)]
    damage(env.client, "steps", column, value, execution_id=ids[1], step_id="look")
    listed = {run.execution_id: run for run in env.client.executions.list()}
    assert [bool(listed[execution_id].unreadable) for execution_id in ids] == [False, True, False]
    shown = {step.step_id: step for step in listed[ids[1]].steps}
    assert f"`{column}`" in shown["look"].unreadable
    assert shown["pause"].unreadable is None
    assert "`look`" in listed[ids[1]].error["message"]
    json.dumps(listed[ids[1]].to_json())
    env.advance(hours=1)
    assert statuses(env, ids) == ["completed", "failed", "completed"]
    assert len(env.outbox.in_app) == 2


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
    for found in (env.client.messages.list(), env.client.inbox("ann").list(read=True if column == "read_at" else None)):
        assert len(found) in (3, 1)
        [bad] = [message for message in found if message.unreadable is not None]
        assert bad.execution_id == runs[1]
        assert f"`{column}`" in bad.to_json()["unreadable"]
        assert all("unreadable" not in message.to_json() for message in found if message is not bad)


@pytest.mark.parametrize(("column", "value"), [("payload", "{"), ("payload", "[1]"), ("at", EVER)])
def test_an_event_that_cannot_be_read_is_made_of_its_run_anew(env, column, value):
    runs = []
    for word in ("one", "two", "three"):
        runs.append(env.trigger("batch", "ann", {"word": word}).execution_id)
        env.advance(seconds=1)
    damage(env.client, "events", column, value, execution_id=runs[1])
    env.advance(hours=1)
    assert sorted(env.outbox.in_app[0].content["body"].split()) == ["one", "three", "two"]


@pytest.mark.parametrize("request_text", ["{", "{}", '{"payload": 5}'])
def test_an_event_of_which_nothing_can_be_read_is_missing_and_named(env, caplog, request_text):
    runs = [env.trigger("batch", "ann", {"word": word}).execution_id for word in ("one", "two", "three")]
    damage(env.client, "events", "payload", "{", execution_id=runs[1])
    damage(env.client, "executions", "request", request_text, execution_id=runs[1])
    with caplog.at_level(logging.ERROR, "novu_core"):
        env.advance(hours=1)
    [told] = [record.getMessage() for record in caplog.records]
    assert runs[1] in told
    assert env.outbox.in_app[0].content["body"] == "one three"


@pytest.mark.parametrize("result", ["{", "[]", '{"events": 5}'])
def test_a_batch_of_an_earlier_digest_that_cannot_be_read_counts_as_its_run(env, caplog, result):
    opener = env.trigger("twice", "ann", {"word": "one"}).execution_id
    env.advance(hours=1)
    merged = env.trigger("twice", "ann", {"word": "two"}).execution_id
    env.trigger("twice", "ann", {"word": "three"})
    env.advance(hours=1)
    assert env.client.executions.get(merged).outcome == "merged"
    damage(env.client, "steps", "result", result, execution_id=merged, step_id="first")
    with caplog.at_level(logging.ERROR, "novu_core"):
        env.advance(hours=3)
    assert env.client.executions.get(opener).status == "completed"
    assert sorted(env.outbox.in_app[0].content["body"].split()) == ["one", "two"]  # of the batch, "three" is lost
    [told] = [record.getMessage() for record in caplog.records]
    assert merged in told


def test_the_window_of_a_canceled_opener_whose_time_cannot_be_read_goes_on_at_once(sqlite):
    opener = sqlite.trigger("batch", "ann", {"word": "one"}).execution_id
    heir = sqlite.trigger("batch", "ann", {"word": "two"}).execution_id
    damage(sqlite.client, "windows", "due_at", "soon", opener_id=opener)
    sqlite.client.executions.cancel(opener)
    sqlite.run_due()
    assert sqlite.client.executions.get(heir).status == "completed"
    assert sqlite.outbox.in_app[0].content["body"] == "two"


@pytest.mark.parametrize(("column", "value"), [("used", "many"), ("window_end", "soon"), ("window_start", 9 * EVER)])
def test_a_throttle_that_cannot_be_read_fails_its_step_once(sqlite, column, value):
    sqlite.trigger("seldom", "ann")
    [bucket] = sqlite.client.engine.parts.store.database.read(
        lambda transaction: transaction.rows(text("SELECT bucket FROM novu_throttles"))
    )[0]
    damage(sqlite.client, "throttles", column, value, bucket=bucket)
    result = sqlite.trigger("seldom", "ann")
    assert (result.status, result.error["type"]) == ("failed", "UnreadableRowError")
    assert "novu_throttles" in result.error["message"]
    assert sqlite.trigger("seldom", "bob").status == "completed"


@pytest.mark.parametrize("value", [EVER, 9 * EVER, "soon", b"\xff"])
def test_a_run_whose_due_time_cannot_be_read_is_not_left_lying(env, caplog, value):
    if not isinstance(value, int) and "sqlite" not in env.client.engine.parts.store.database.name:
        pytest.skip("PostgreSQL keeps numbers only")
    ids = [env.trigger("later", f"u{number}").execution_id for number in range(2)]
    damage(env.client, "executions", "due_at", value, execution_id=ids[0])
    env.advance(minutes=30)
    env.client.worker._strays.look()
    assert ids[0] in caplog.text
    env.advance(minutes=31)
    assert statuses(env, ids) == ["completed", "completed"]
    pauses = [env.client.executions.get(execution_id).steps[1] for execution_id in ids]
    assert pauses[0].completed_at - pauses[0].started_at == timedelta(hours=1), "it waited to its own end"
    env.client.worker._strays._looked = None
    env.client.worker._strays.look()


def test_a_due_time_before_all_times_is_due(env):
    ids = due(env, 2)
    damage(env.client, "executions", "due_at", -9 * EVER, execution_id=ids[0])
    env.run_due()
    assert statuses(env, ids) == ["completed", "completed"]


@pytest.mark.parametrize("value", [-9 * EVER, 5])
def test_a_stray_of_any_time_is_counted(env, value):
    [execution_id] = due(env, 1)
    damage(env.client, "executions", "due_at", value, execution_id=execution_id)
    damage(env.client, "executions", "workflow_id", "removed", execution_id=execution_id)
    [(workflow_id, count, _)] = env.client.engine.parts.store.overdue(["bell"], env.clock.now())
    assert (workflow_id, count) == ("removed", 1)


def test_a_repeated_trigger_of_an_unreadable_run_shows_it(env):
    first = env.trigger("bell", "ann", transaction_id="t")
    damage(env.client, "executions", "request", "{", execution_id=first.execution_id)
    again = env.trigger("bell", "ann", transaction_id="t")
    assert (again.execution_id, again.repeated) == (first.execution_id, True)
    assert "`request`" in again.unreadable
    assert again.payload.recipient == "ann"
    assert again.subscriber.subscriber_id == "ann"


def test_only_the_owner_of_an_unreadable_run_ends_it(env, monkeypatch, caplog):
    [execution_id] = due(env, 1)
    damage(env.client, "executions", "request", "{", execution_id=execution_id)
    store, runner, now = env.client.engine.parts.store, env.client.engine.runner, env.clock.now()
    [early] = store.claim(["bell"], now, now, "early", 1)
    [late] = store.claim(["bell"], now, now + timedelta(seconds=1), "late", 1)
    drive(runner.run(early, Blocking()))
    assert "owned by another worker" in caplog.text
    assert env.client.executions.get(execution_id).status == "running"

    def gone(*changes):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", gone)
        with pytest.raises(StoreError, match="gone"):
            drive(runner.run(late, Blocking()))
    drive(runner.run(late, Blocking()))
    assert env.client.executions.get(execution_id).status == "failed"


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
    ended = [env.client.executions.get(run.execution_id) for run in result.executions]
    assert [str(run.status) for run in ended] == ["completed", "completed", "failed", "completed"]
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
    assert env.trigger("bell", {"type": "Topic", "topicKey": "one"}).executions != []


@pytest.mark.parametrize("data", ["{", "[1]", "null"])
def test_preferences_that_cannot_be_read_have_no_effect_that_one_could_tell(env, data):
    env.client.preferences.set("ann", {"all": {"enabled": False}}, "bell")
    damage(env.client, "preferences", "data", data, subscriber_id="ann")
    with pytest.raises(UnreadableRowError, match="subscriber `ann`, workflow `bell`"):
        env.client.preferences.effective("ann")
    assert env.client.preferences.effective("bob").workflows


def test_a_member_whose_id_is_no_text_is_left_out_and_named(sqlite, caplog):
    sqlite.client.topics.subscribe("team", ["ann", "bob"])
    damage(sqlite.client, "memberships", "subscriber_id", b"b\xff", subscriber_id="bob")
    result = sqlite.trigger("bell", {"type": "Topic", "topicKey": "team"})
    assert [run.subscriber.subscriber_id for run in result.executions] == ["ann"]
    assert "team" in caplog.text
