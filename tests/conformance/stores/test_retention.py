"""Old runs are deleted, on every store: what, what not, and that the space comes back."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import text

from novu_core.engine.upkeep import Upkeep
from novu_core.errors import ExecutionNotFoundError, ValidationError
from novu_core.storage import retention
from novu_core.storage.tables import metadata

DAY = timedelta(days=1)


@pytest.fixture
def letter(registry):
    @registry.workflow("letter")
    def letter(step):
        step.in_app("bell", {"body": "b"})
        step.email("mail", {"subject": "s", "body": "b"})

    return letter


@pytest.fixture
def broken(registry):
    @registry.workflow("broken")
    def broken(step):
        step.custom("fails", lambda: 1 / 0)

    return broken


@pytest.fixture
def daily(registry):
    @registry.workflow("daily")
    def daily(step):
        batch = step.digest("collect", lambda: {"amount": 30, "unit": "days"})
        step.in_app("bell", lambda: {"body": str(len(batch.events))})

    return daily


def person(name="ada"):
    return {"subscriberId": name, "email": f"{name}@example.org"}


def count(env, table):
    statement = text(f"SELECT count(*) FROM {table}")
    return env.client.engine.parts.store.database.read(lambda transaction: transaction.one(statement))[0]


def test_ended_runs_go_with_all_that_is_theirs_and_in_app_messages_stay(env, letter):
    old = env.trigger(letter, person())
    env.advance(days=10)
    young = env.trigger(letter, person())
    pruned = env.client.prune(timedelta(days=5))
    assert (pruned.runs, pruned.total, pruned.dry_run) == ({"completed": 1, "failed": 0}, 1, False)
    assert pruned["before"] == (env.clock.now() - 5 * DAY).isoformat()
    with pytest.raises(ExecutionNotFoundError):
        env.client.executions.get(old.execution_id)
    assert env.client.executions.get(young.execution_id).status == "completed"
    assert [message.channel for message in env.client.messages.list(execution_id=old.execution_id)] == ["in_app"]
    assert len(env.client.inbox("ada").list()) == 2
    assert count(env, "novu_steps") == 2
    assert env.trigger(letter, person(), transaction_id=old.transaction_id).repeated is False


def test_it_counts_from_the_end_and_not_from_the_trigger(env, registry):
    @registry.workflow("slow")
    def slow(step):
        step.delay("wait", {"amount": 9, "unit": "days"})
        step.in_app("bell", {"body": "b"})

    env.trigger(slow, "ada")
    env.advance(days=8)
    assert env.client.prune("0d").total == 0, "it is open"
    env.advance(days=2)
    assert env.client.prune("5d").total == 0, "it ended a day ago"
    env.advance(days=5)
    assert env.client.prune("5d").total == 1


def test_by_status_and_dry(env, letter, broken):
    env.trigger(letter, person())
    assert env.trigger(broken, "ada").status == "failed"
    env.advance(days=2)
    assert env.client.prune("1d", dry_run=True).runs == {"completed": 1, "failed": 1}
    assert env.client.prune("1d", status="completed", dry_run=True).runs == {"completed": 1}
    assert env.client.prune("1d", status=["failed"]).runs == {"failed": 1}
    assert [run.workflow_id for run in env.client.executions.list()] == ["letter"]
    assert env.client.prune("1d").runs == {"completed": 1, "failed": 0}


def test_what_an_open_digest_will_read_stays_until_it_has_gone_out(env, daily):
    first = env.trigger(daily, "ada", {"n": 1})
    second = env.trigger(daily, "ada", {"n": 2})
    assert second.outcome == "merged"
    env.advance(days=20)
    assert env.client.prune("1d").total == 0
    env.advance(days=11)
    assert [message.content["body"] for message in env.client.inbox("ada").list()] == ["2"]
    assert env.client.prune("0d").total == 2
    assert env.client.executions.list().items == []
    assert [count(env, name) for name in ("novu_events", "novu_windows", "novu_steps")] == [0, 0, 0]
    assert first.execution_id


def test_many_go_in_batches(env, letter, monkeypatch):
    monkeypatch.setattr("novu_core.storage.retention.MOST_AT_ONCE", 3)
    monkeypatch.setattr(retention, "_look", retention._look.__wrapped__)  # not one that was built for 1,000
    for number in range(7):
        env.trigger(letter, person(f"u{number}"))
    env.advance(days=2)
    assert env.client.prune("1d", dry_run=True).total == 7
    assert env.client.prune("1d").total == 7
    assert count(env, "novu_executions") == 0


def test_one_that_is_reopened_between_is_left(env, broken, monkeypatch):
    run = env.trigger(broken, "ada")
    env.advance(days=2)
    store = env.client.engine.parts.store
    write = store.database.write

    def reopening(work, **options):
        monkeypatch.setattr(store.database, "write", write)
        env.client.executions.retry(run.execution_id)
        return write(work, **options)

    monkeypatch.setattr(store.database, "write", reopening)
    assert env.client.prune("1d").total == 0
    assert env.client.executions.get(run.execution_id).status == "failed", "a moment ago"


def test_fanouts_go_too_but_not_by_status(env, letter):
    env.client.topics.subscribe("readers", ["ada"])
    env.trigger(letter, {"type": "Topic", "topicKey": "readers"})
    env.advance(days=2)
    env.client.prune("1d", status=["completed"])
    assert count(env, "novu_fanouts") == 1
    env.client.prune("1d")
    assert count(env, "novu_fanouts") == 0


@pytest.mark.parametrize("span", ["", "90", "d", "-1d", "1y", "1.5d", None, 5, timedelta(seconds=-1), "9999999w", "²d"])
def test_a_span_is_a_timedelta_or_a_number_with_its_unit(env, span):
    with pytest.raises(ValidationError) as told:
        env.client.prune(span)
    assert told.value.errors[0].path == "/older_than"


@pytest.mark.parametrize("status", ["running", "pending", "canceled", "", [], ["completed", "running"]])
def test_open_runs_are_never_asked_for(env, status):
    with pytest.raises(ValidationError) as told:
        env.client.prune("1d", status=status)
    assert told.value.errors[0].path == "/status"


def test_before_there_was_anything(env, letter):
    env.trigger(letter, person())
    assert env.client.prune(timedelta(days=365 * 100)).total == 0


def test_the_worker_prunes_at_its_start_and_once_an_hour(env, letter, caplog):
    caplog.set_level("INFO", "novu_core")
    env.trigger(letter, person())
    env.advance(days=2)
    parts = env.client.engine.parts
    parts.history = DAY
    upkeep = Upkeep(parts)
    upkeep.look()
    assert count(env, "novu_executions") == 0
    assert "Deleted 1 runs" in caplog.text
    env.trigger(letter, person())
    parts.history = timedelta()
    env.advance(minutes=59)
    upkeep.look()
    assert count(env, "novu_executions") == 1
    env.advance(minutes=2)
    upkeep.look()
    assert count(env, "novu_executions") == 0


def test_upkeep_goes_on_while_fanouts_are_left(env, monkeypatch):
    deleted = iter([retention.MOST_AT_ONCE, 3])
    monkeypatch.setattr("novu_core.engine.upkeep.prune_fanouts", lambda store, before: next(deleted))
    parts = env.client.engine.parts
    parts.history = DAY
    upkeep = Upkeep(parts)
    assert upkeep.look() == env.clock.now(), "while some are left it does not sleep"
    assert upkeep.look() is None
    assert next(deleted, None) is None


def test_another_apps_runs_stay(env, letter):
    env.trigger(letter, person())
    env.advance(days=2)
    store = env.client.engine.parts.store
    store.app = "other"
    assert env.client.prune("1d").total == 0
    store.app = ""
    assert env.client.prune("1d").total == 1


def test_a_file_of_sqlite_shrinks(env, letter, url):
    if not url.startswith("sqlite:///"):
        pytest.skip("only a file gives space back")
    for number in range(60):
        env.trigger(letter, person(f"u{number}"), {"text": "x" * 10_000})
    env.advance(days=2)

    def pages():
        with sqlite3.connect(url.removeprefix("sqlite:///")) as found:
            told = [found.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count")]
        found.close()
        return told

    before, _ = pages()
    env.client.prune("1d")
    after, free = pages()
    assert after < before / 2
    assert free == 0


def test_every_table_that_names_a_run_is_thought_of():
    naming = {table.name for table in metadata.tables.values() if "execution_id" in table.columns}
    assert naming == {"novu_executions", "novu_steps", "novu_messages", "novu_events"}, "see storage/retention.py"
