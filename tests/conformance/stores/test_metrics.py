"""Metrics: counted by each database, and never falling where they are counters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from novu_core.delivery import Router
from novu_core.engine.presence import Presence
from novu_core.managers.metrics import Metrics
from novu_core.storage import metrics as storage
from novu_core.testing import NovuEnvironment
from tests.providers import Refusing

HOUR = {"amount": 1, "unit": "hours"}


@pytest.fixture
def metrics(env):
    """What a scrape finds, by name and labels."""

    def scrape():
        return {
            (metric.name + sample.suffix, *sample.labels.values()): sample.value
            for metric in env.client.metrics.collect()
            for sample in metric.samples
        }

    return scrape


@pytest.fixture
def go(env, registry):
    @registry.workflow("bell")
    def bell(step):
        step.in_app("told", {"body": "b"})

    @registry.workflow("later")
    def later(step):
        step.delay("pause", HOUR)
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("broken")
    def broken(step):
        step.in_app("told", lambda: 1 / 0)

    def trigger(workflow, **options):
        to = {"subscriberId": "ada", "email": "ada@example.org"}
        return env.client.workflows[workflow].trigger(to=to, **options)

    return trigger


def of(found, *names):
    return {key: value for key, value in found.items() if key[0] in names}


def test_an_empty_store_has_its_metrics(metrics):
    assert metrics() == {
        ("novu_waiting", "digest"): 0,
        ("novu_waiting", "delay"): 0,
        ("novu_waiting", "retry"): 0,
        ("novu_due",): 0,
        ("novu_oldest_due_seconds",): 0,
        ("novu_workers",): 0,
    }


def test_runs_and_what_waits(env, metrics, go):
    go("bell")
    go("bell")
    go("later")
    go("broken")
    go("bell", wait=False)
    env.clock.advance(timedelta(seconds=90))
    Presence(env.client.engine.parts).look()
    found = metrics()
    assert of(found, "novu_runs") == {
        ("novu_runs", "completed", "bell"): 2,
        ("novu_runs", "failed", "broken"): 1,
        ("novu_runs", "pending", "bell"): 1,
        ("novu_runs", "running", "later"): 1,
    }
    assert found["novu_waiting", "delay"] == 1
    assert (found["novu_due",], found["novu_oldest_due_seconds",], found["novu_workers",]) == (1, 90, 1)


def test_deliveries_by_provider_and_outcome(env, metrics, go):
    go("bell")
    go("later")
    env.advance(minutes=59, seconds=59)
    assert of(metrics(), "novu_deliveries_total") == {("novu_deliveries_total", "in_app", "novu", "delivered"): 1}
    env.client.engine.parts.router = Router({"email": Refusing(ValueError("no"), name="acme")})
    env.advance(seconds=1)  # into the next hour
    assert of(metrics(), "novu_deliveries_total") == {("novu_deliveries_total", "email", "acme", "failed"): 1}
    go("broken")  # no delivery: the workflow's own code failed
    assert of(metrics(), "novu_deliveries_total") == {("novu_deliveries_total", "email", "acme", "failed"): 1}


def test_a_channel_without_a_provider(env, metrics, go):
    env.client.engine.parts.router = Router({})
    go("later")
    env.advance(hours=1)
    assert of(metrics(), "novu_deliveries_total") == {("novu_deliveries_total", "email", "", "failed"): 1}


def test_an_error_that_cannot_be_read_is_left_out(env, metrics, go):
    env.client.engine.parts.router = Router({"email": Refusing(ValueError("no"))})
    go("later")
    env.advance(hours=1)
    env.client.engine.parts.store.database.write(lambda each: each.execute(text("UPDATE novu_steps SET error = '{'")))
    assert of(metrics(), "novu_deliveries_total") == {}


def test_counters_never_fall(env, metrics, go):
    go("bell")
    go("later")
    env.client.engine.parts.router = Router({"email": Refusing(ValueError("no"), name="acme")})
    env.advance(hours=1)
    [run] = env.client.executions.list(workflow_id="later").items
    go("bell")
    before = of(metrics(), "novu_deliveries_total", "novu_duration_seconds_sum", "novu_duration_seconds_count")
    assert before["novu_deliveries_total", "email", "acme", "failed"] == 1
    env.client.engine.parts.router = Router({"email": env.outbox})
    env.client.executions.retry(run.execution_id)
    env.advance(seconds=1)
    env.client.subscribers.erase("ada")
    after = metrics()
    assert {key: after[key] for key in before} == before


def test_what_is_settled_is_not_counted_again(env, metrics, go):
    def deliveries():
        return metrics()["novu_deliveries_total", "in_app", "novu", "delivered"]

    go("bell")
    env.advance(minutes=1)
    go("bell")
    assert deliveries() == 2
    env.advance(minutes=5)  # the first one is older than five minutes now
    go("bell")
    assert deliveries() == 3
    env.advance(minutes=20)
    assert deliveries() == 3
    env.client.messages.delete_all(env.client.executions.list().items[0].transaction_id)
    go("bell")
    assert deliveries() == 4
    other = Metrics(env.client.engine.parts)  # another process counts what is there
    [found] = [metric for metric in other.collect() if metric.name == "novu_deliveries_total"]
    assert [sample.value for sample in found.samples] == [3]
    env.advance(hours=1)
    assert of(metrics(), "novu_deliveries_total") == {}


def test_how_late_and_how_long(env, metrics, go):
    go("bell")
    go("bell", wait=False)
    go("later")
    env.clock.advance(timedelta(seconds=20))
    env.advance()
    found = metrics()

    def buckets(name, channel):
        return [value for key, value in found.items() if key[:2] == (f"{name}_bucket", channel)]

    assert buckets("novu_lateness_seconds", "in_app") == [1, 1, 1, 1, 2, 2, 2, 2, 2]
    assert found["novu_lateness_seconds_sum", "in_app"] == 20
    assert found["novu_lateness_seconds_count", "in_app"] == 2
    env.advance(hours=1)
    found = metrics()
    assert buckets("novu_duration_seconds", "email") == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert found["novu_duration_seconds_bucket", "email", "3600"] == 1
    assert found["novu_duration_seconds_sum", "email"] == 3600


def test_clocks_that_differ_give_no_negative_time(env, metrics, go):
    go("bell")
    sooner = text("UPDATE novu_executions SET created_at = created_at + 5000000")
    env.client.engine.parts.store.database.write(lambda each: each.execute(sooner))
    found = metrics()
    assert found["novu_duration_seconds_sum", "in_app"] == found["novu_lateness_seconds_sum", "in_app"] == 0


def test_each_app_has_its_own(env, url, registry, metrics, go):
    go("bell")
    if url == "sqlite://":
        return
    settings = {"NOVU_STORE_URL": url, "NOVU_APP": "other"}
    with NovuEnvironment(workflows=registry, settings=settings) as other:
        other.client.workflows["bell"].trigger(to="bob")
        other.client.workflows["bell"].trigger(to="bob")
        [found] = [each for each in other.client.metrics.collect() if each.name == "novu_deliveries_total"]
        assert [sample.value for sample in found.samples] == [2]
    assert metrics()["novu_runs", "completed", "bell"] == 1
    assert metrics()["novu_deliveries_total", "in_app", "novu", "delivered"] == 1


def test_what_is_looked_at_is_bounded(env, go):
    """Each of the statements goes by an index, in both databases, and none sorts the whole table."""
    go("bell")
    if env.client.engine.parts.store.database.backend.row_locks:
        return  # its planner reads a small table as a whole

    def plan(statement, **values):
        def look(transaction):
            asked = transaction._compiled(statement)
            transaction._cursor.execute(f"EXPLAIN QUERY PLAN {asked.sql}", asked.values(values))
            return " ".join(row[3] for row in transaction._cursor.fetchall())

        return env.client.engine.parts.store.database.read(look)

    assert "SEARCH novu_executions USING INDEX sqlite_autoindex_novu_executions_1" in plan(
        storage._RUNS, app="", first=""
    )
    assert "novu_executions_status" in plan(storage._FAILED, app="", since=0)
    assert plan(storage._WAITING, app="").count("novu_executions_waiting") == 3
    assert "SEARCH novu_messages USING INDEX sqlite_autoindex_novu_messages_1" in plan(
        storage._sent(), app="", first="", end="z"
    )
