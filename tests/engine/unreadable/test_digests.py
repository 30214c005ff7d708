"""What a digest or a throttle keeps and cannot be read, event by event."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from tests.damage import EVER, damage


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
