"""What happened lately, counted by each database; and which workers say that they are there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from novu_core.engine.presence import Presence
from novu_core.errors import ValidationError

HOUR = {"amount": 1, "unit": "hours"}


@pytest.fixture
def stats(env):
    return env.client.stats


@pytest.fixture
def busy(env, registry):
    """A day with something of everything."""

    @registry.workflow("order")
    def order(payload, step):
        step.custom("look", lambda: {} if payload["ok"] else 1 / 0)
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("batch")
    def batch(step):
        step.digest("post", HOUR)
        step.in_app("told", {"body": "b"})

    @registry.workflow("whole")
    def whole(step):
        raise KeyError("x")

    def trigger(workflow, **payload):
        env.trigger(env.client.workflows[workflow], to={"subscriberId": "ada", "email": "a@b.c"}, payload=payload)
        env.advance(seconds=1)

    trigger("order", ok=True)
    for _ in range(3):
        trigger("batch")
    env.advance(hours=2)
    trigger("order", ok=False)
    trigger("order", ok=False)
    trigger("whole")
    trigger("batch")
    return env


def test_everything_is_counted(stats, busy):
    told = stats.get()
    assert [(found["at"], found["counts"]) for found in told["runs"]] == [
        ("2026-01-05T09:00:00+00:00", {"completed": 2, "merged": 2}),
        ("2026-01-05T11:00:00+00:00", {"failed": 3, "waiting": 1}),
    ]
    assert told["workflows"] == [
        {"workflow_id": "batch", "runs": 4, "failed": 0},
        {"workflow_id": "order", "runs": 3, "failed": 2},
        {"workflow_id": "whole", "runs": 1, "failed": 1},
    ]
    assert [(found["workflow_id"], found["step_id"], found["error_type"], found["count"]) for found in told["failures"]] == [
        ("order", "look", "ZeroDivisionError", 2), ("whole", None, "KeyError", 1),
    ]  # fmt: skip
    first, last = told["failures"][0]["first_at"], told["failures"][0]["last_at"]
    assert (first, last) == ("2026-01-05T11:00:04+00:00", "2026-01-05T11:00:05+00:00")
    [waiting] = told["waiting"]
    assert (waiting["waiting_for"], waiting["count"], waiting["within_an_hour"], waiting["late"]) == ("digest", 1, 1, 0)
    assert waiting["next_at"] == "2026-01-05T12:00:07+00:00"
    assert told["digests"] == {"events": 4, "digests": 2}
    assert told["delivery"]["sampled"] == 2
    assert (told["delivery"]["p50"], told["delivery"]["p95"]) == (3600.0, 3600.0)
    assert [(each["channel"], each["count"]) for each in told["delivery"]["providers"]] == [("email", 1), ("in_app", 1)]


def test_a_part_of_the_day_and_other_buckets(stats, busy):
    now = busy.client.clock.now()
    late = stats.get(since=now - timedelta(minutes=5), bucket="day")
    assert [found["counts"] for found in late["runs"]] == [{"failed": 3, "waiting": 1}]
    assert late["runs"][0]["at"] == "2026-01-05T00:00:00+00:00"
    early = stats.get(until=now - timedelta(minutes=5), bucket="minute")
    assert [found["counts"] for found in early["runs"]] == [{"completed": 2, "merged": 2}]
    assert early["failures"] == []
    assert stats.get(since=now, until=now)["runs"] == []


@pytest.mark.parametrize(
    ("days", "bucket", "path"),
    [
        (8, "hour", "/since"),
        (7, "minute", "/bucket"),
        (1, "week", "/bucket"),
        (-1, "hour", "/since"),
        (7, "hour", None),
    ],
)
def test_what_cannot_be_asked(stats, env, days, bucket, path):
    since = env.client.clock.now() - timedelta(days=days)
    if path is None:
        stats.get(since=since, bucket=bucket)
        return
    with pytest.raises(ValidationError) as caught:
        stats.get(since=since, bucket=bucket)
    assert [fault.path for fault in caught.value.errors] == [path]
    for wrong in ("today", since.replace(tzinfo=None)):
        with pytest.raises(ValidationError):
            stats.get(since=wrong)


def test_counts_are_kept_for_ten_seconds(stats, busy):
    told = stats.get()
    busy.trigger(busy.client.workflows["order"], to="ada", payload={"ok": True})
    busy.advance(seconds=9)
    assert stats.get() is told
    busy.advance(seconds=1)
    assert stats.get()["workflows"][1]["runs"] == 4
    since = busy.client.clock.now() - timedelta(hours=1)
    for seconds in range(40):
        stats.get(since=since - timedelta(seconds=seconds))
    assert len(stats._kept) <= 32


def test_damaged_rows_are_left_out_and_hide_no_other(stats, busy, url):
    if url.startswith("postgresql"):
        pytest.skip("PostgreSQL keeps numbers in columns of numbers")
    store = busy.client.engine.parts.store
    store.database.write(
        lambda t: t.execute(text("UPDATE novu_executions SET created_at = 'x', error = 5 WHERE status = 'failed'"))
    )
    store.database.write(lambda t: t.execute(text("UPDATE novu_messages SET created_at = 'x'")))
    told = stats.get()
    assert [found["counts"] for found in told["runs"]] == [{"completed": 2, "merged": 2}, {"waiting": 1}]
    assert told["workflows"][1] == {"workflow_id": "order", "runs": 3, "failed": 2}


def test_nothing_happened(stats):
    told = stats.get()
    assert (told["runs"], told["failures"], told["waiting"]) == ([], [], [])
    assert told["delivery"] == {"p50": None, "p95": None, "sampled": 0, "providers": []}


def test_a_worker_says_that_it_is_there(stats, env):
    assert stats.workers() == []
    presence, start = Presence(env.client.engine.parts), env.client.clock.now()
    presence.look()
    [worker] = stats.workers()
    assert (worker["seen_at"], worker["started_at"], worker["alive"]) == (start.isoformat(), start.isoformat(), True)
    assert (worker["owner"], worker["workflows"]) == (env.client.engine.parts.owner, len(env.client.workflows))
    env.advance(seconds=9)
    presence.look()
    assert stats.workers()[0]["seen_at"] == start.isoformat()
    env.advance(seconds=1)
    presence.look()
    assert stats.workers()[0]["seen_at"] == (start + timedelta(seconds=10)).isoformat()
    assert stats.workers()[0]["started_at"] == start.isoformat()
    env.advance(minutes=1)
    assert not stats.workers()[0]["alive"]
    env.advance(days=8)
    env.client.engine.parts.owner = "another:1"
    Presence(env.client.engine.parts).look()
    assert [worker["owner"] for worker in stats.workers()] == ["another:1"]
