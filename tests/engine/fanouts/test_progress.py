"""How far topics and broadcasts are, who records them, and their end by a cancel."""

from __future__ import annotations

import logging

import pytest

from novu_core.errors import ValidationError
from novu_core.storage import fanouts
from tests.engine.fanouts.conftest import READERS, told


def test_a_cancel_reaches_whom_a_fan_out_has_not(env, registry):
    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": "b"})

    env.client.topics.subscribe("readers", [f"u{number}" for number in range(10)])
    env.trigger(later, [{**READERS, "exclude": ["u9"]}, "named"], transaction_id="t")
    env.client.engine.fanouts.advance()
    env.client.worker.run_due(2)
    # Two wait in their delay, two have not begun, six are not recorded: one of them excluded.
    assert env.client.cancel("t") == 4 + 6
    assert {run.outcome for run in env.client.executions.list()} == {"canceled"}
    [fanout] = env.client.executions.fanouts()
    assert (fanout.status, fanout.recorded, fanout.completed_at) == ("canceled", 3, env.clock.now())
    assert env.client.cancel("t") == 0
    assert env.trigger(later, READERS, transaction_id="t").repeated
    env.advance(hours=2)
    assert len(env.client.executions.list(limit=100).items) == 4
    assert told(env) == []


def test_a_cancel_before_a_worker_came_counts_everybody(env, news):
    env.client.topics.subscribe("readers", ["ada", "bob"])
    env.trigger(news, READERS, transaction_id="t")
    assert env.client.cancel("t") == 2
    env.run_due()
    assert env.client.executions.list().items == []
    env.trigger(news, {"topicKey": "others"}, transaction_id="t")  # of the same transaction
    assert [fanout.status for fanout in env.client.executions.fanouts()] == ["canceled", "canceled"]


def test_a_cancel_leaves_a_fan_out_that_is_over_alone(env, news):
    env.client.topics.subscribe("readers", ["ada"])
    env.trigger(news, READERS, transaction_id="t")
    env.run_due()
    assert env.client.cancel("t") == 0
    assert env.client.executions.fanouts().items[0].status == "completed"


def test_the_history_of_fan_outs_is_a_list_with_filters(env, news, registry):
    for number in range(3):
        env.trigger(news, {"topicKey": f"t{number}"}, transaction_id=f"x{number}")
    env.client.cancel("x0")
    listed = env.client.executions.fanouts
    assert [fanout.topic for fanout in listed()] == ["t2", "t1", "t0"]
    first = listed(limit=2)
    assert [fanout.topic for fanout in listed(cursor=first.next_cursor)] == ["t0"]
    assert [fanout.topic for fanout in listed(status="canceled")] == ["t0"]
    assert [fanout.topic for fanout in listed(transaction_id="x1", workflow_id="news")] == ["t1"]
    assert listed(workflow_id="other").items == []
    assert "to topic t1 is still being recorded: 0 runs so far" in str(listed(transaction_id="x1").items[0])
    assert "is canceled" in str(listed(transaction_id="x0").items[0])
    assert listed(transaction_id="x1").to_json()["items"][0]["status"] == "open"
    for wrong in ({"status": "pending"}, {"limit": 0}, {"cursor": "x"}, {"workflow_id": None}):
        with pytest.raises(ValidationError):
            listed(**wrong)


def test_a_fan_out_that_another_process_took_meanwhile_is_left_to_it(env, news):
    env.client.topics.subscribe("readers", ["ada"])
    env.trigger(news, READERS)
    store = env.client.engine.parts.store
    store.commit(fanouts.RecordMembers("", ("news",), env.clock.now()))
    assert not env.client.engine.fanouts.advance()
    assert len(env.client.executions.list()) == 1


def test_a_worker_tells_its_log_of_a_fan_out_that_ends(env, news, caplog):
    env.client.subscribers.upsert("ada")
    with caplog.at_level(logging.INFO):
        env.client.broadcast(news)
        env.run_due()
    [line] = [record.getMessage() for record in caplog.records if record.name == "novu_core.engine.fanouts"]
    assert line.endswith("of news to everybody is recorded: 1 runs")
