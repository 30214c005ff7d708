"""Canceling ends what waits, and takes merged events out of their digests."""

from __future__ import annotations

from tests.engine.conftest import ADA


def test_cancel_ends_what_waits_by_transaction(env, registry):
    @registry.workflow("w")
    def w(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("a", {"body": "b"})

    env.trigger(w, to="a", transaction_id="t")
    env.trigger(w, to="b", transaction_id="t")
    assert env.client.cancel("t") == 2
    env.advance(hours=2)
    assert len(env.outbox) == 0
    assert {run.outcome for run in env.client.executions.list()} == {"canceled"}


def test_a_canceled_run_leaves_no_step_under_way(env, registry, steps_of):
    @registry.workflow("w")
    def w(step):
        step.delay("nap", {"amount": 1, "unit": "hours"})

    run = env.trigger(w, ADA)
    ended = env.client.executions.cancel(run.execution_id)
    assert steps_of(run) == {"nap": ("completed", "skipped", "canceled")}
    assert ended.steps[0].completed_at == ended.completed_at


def test_cancel_of_a_transaction_takes_a_merged_event_out_of_its_digest(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        batch = step.digest("d", {"amount": 1, "unit": "hours"})
        step.in_app("m", lambda: {"body": ",".join(event["payload"]["n"] for event in batch.events)})

    env.trigger(w, ADA, {"n": "A"})
    env.trigger(w, ADA, {"n": "B"}, transaction_id="tb")
    assert env.client.cancel("tb") == 1
    env.advance(hours=1)
    assert [message.content["body"] for message in env.outbox] == ["A"]
    assert env.client.cancel("tb") == 0


def test_the_end_of_a_run_whose_lease_was_lost_is_not_recorded(env, registry, caplog):
    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"n": 1})
        if env.client.executions.list().items:  # not at discovery
            [row] = env.client.engine.parts.store.list_executions(limit=1)
            env.client.executions.cancel(row.execution_id)

    result = env.trigger(w, "ada")
    assert env.client.executions.get(result.execution_id).outcome == "canceled"
    assert "owned by another worker now" in caplog.text
