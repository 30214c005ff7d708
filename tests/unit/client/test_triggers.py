"""Broadcasts and bulk triggers, blocking and on a loop: one algorithm under both."""

from __future__ import annotations

import asyncio

import pytest

from novu_core import Client, ExecutionStatus, Registry, TriggerResult
from novu_core.errors import (
    AsyncContextError,
    ConfigurationError,
    PayloadInvalidError,
    RecipientInvalidError,
    StoreError,
    ValidationError,
    WorkflowNotActiveError,
    WorkflowNotFoundError,
)

SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


@pytest.fixture
def news(registry):
    @registry.workflow("draft", status="draft")
    def draft(step):
        step.in_app("bell", {"body": "b"})

    @registry.workflow("waits")
    async def waits(step):
        await step.in_app("bell", {"body": "b"})

    @registry.workflow("news", payload_schema=SCHEMA)
    def news(payload, step):
        step.in_app("bell", {"body": payload["text"]})

    return news


def blocking(env, call, *arguments, **options):
    return getattr(env.client, call)(*arguments, **options)


def looped(env, call, *arguments, **options):
    return asyncio.run(getattr(env.client, f"a{call}")(*arguments, **options))


@pytest.fixture(params=[blocking, looped])
def ask(request, env):
    return lambda call, *arguments, **options: request.param(env, call, *arguments, **options)


def test_a_broadcast_by_workflow_or_by_id(env, news, ask):
    env.client.subscribers.upsert("ada")
    env.client.subscribers.upsert("bob")
    first = ask("broadcast", news, {"text": "one"}, transaction_id="t", exclude=["bob"])
    again = ask("broadcast", "news", {"text": "two"}, transaction_id="t")
    assert (first.repeated, again.repeated) == (False, True)
    env.run_due()
    assert [(message.subscriber_id, message.content["body"]) for message in env.outbox] == [("ada", "one")]


def test_a_broadcast_is_checked_before_anything_is_recorded(env, news, ask):
    with pytest.raises(PayloadInvalidError):
        ask("broadcast", news, {})
    with pytest.raises(WorkflowNotFoundError):
        ask("broadcast", "unknown")
    with pytest.raises(WorkflowNotActiveError):
        ask("broadcast", "draft")
    with pytest.raises(TypeError, match="has no option `to_all`"):
        ask("broadcast", news, {"text": "t"}, to_all=True)
    assert env.client.executions.fanouts().items == []


def test_bulk_goes_on_after_bad_items_and_keeps_the_order(env, news, ask):
    text = {"text": "t"}
    items = [
        {"workflow": "news", "to": "ada", "payload": text, "transaction_id": "a"},
        {"workflow": "unknown", "to": "ada"},
        {"workflow": news, "to": "", "payload": text},
        {"workflow": news, "to": ["bob", {"subscriberId": "cy"}], "payload": text, "metadata": {"n": 1}},
        {"workflow": news, "to": "ada", "payload": {"text": 5}},
        {"workflow": "draft", "to": "ada"},
        {"to": "ada"},
        {"workflow": news, "to": "ada", "payload": text, "typo": 1},
        "news",
        {"workflow": 5, "to": "ada"},
        {"workflow": Registry().workflow("news")(lambda step: None), "to": "ada"},
        {"workflow": news, "to": {"topicKey": "readers"}, "payload": text},
        {"workflow": "news", "to": "ada", "payload": text, "transaction_id": "a"},
        {"workflow": "waits", "to": "di"},
        {"workflow": news, "to": "eve", "payload": text, "wait": True},
    ]
    results = ask("trigger_many", iter(items))
    assert [type(result) for result in results] == [
        TriggerResult, WorkflowNotFoundError, RecipientInvalidError, TriggerResult, PayloadInvalidError,
        WorkflowNotActiveError, ValidationError, TypeError, ValidationError, TypeError, ConfigurationError,
        TriggerResult, TriggerResult, TriggerResult, TriggerResult,
    ]  # fmt: skip
    assert list(results[6].errors) == [("/workflow", "is missing")]
    assert results[0].status is ExecutionStatus.PENDING
    assert [run.payload.recipient for run in results[3].executions] == ["bob", "cy"]
    assert (results[12].execution_id, results[12].repeated) == (results[0].execution_id, True)
    assert results[14].status is ExecutionStatus.COMPLETED
    env.client.topics.subscribe("readers", ["fay"])
    env.run_due()
    assert sorted(message.subscriber_id for message in env.outbox) == ["ada", "bob", "cy", "di", "eve", "fay"]


@pytest.mark.parametrize("items", [[], (), iter(())])
def test_a_bulk_of_nothing_is_nothing(ask, items):
    assert ask("trigger_many", items) == []


def test_a_store_that_is_away_fails_its_item_and_a_blocking_call_in_a_loop_fails(env, news, ask, monkeypatch):
    commit, failing = env.client.engine.parts.store.commit, [True, False]

    def gone(*changes, **options):
        if failing.pop(0):
            raise StoreError("gone")
        return commit(*changes, **options)

    item = {"workflow": news, "to": "ada", "payload": {"text": "t"}}
    with monkeypatch.context() as patched:
        patched.setattr(env.client.engine.parts.store, "commit", gone)
        assert [type(result) for result in ask("trigger_many", [item, item])] == [StoreError, TriggerResult]

    async def within():
        env.client.trigger_many([item, {"workflow": "waits", "to": "ada"}])

    with pytest.raises(AsyncContextError):
        asyncio.run(within())


def test_a_plain_client_with_a_worker_reaches_everybody_by_itself(news, registry, tmp_path):
    with Client({"store_url": f"sqlite:///{tmp_path}/novu.db", "worker": "none"}, registry) as client:
        client.topics.subscribe("readers", [f"u{number:04}" for number in range(1200)])
        client.trigger(news, {"topicKey": "readers"}, {"text": "t"})
        seen = []

        def report(worker):
            seen.append(worker.finished)
            if worker.finished >= 1200:
                worker.request_stop()

        client.worker.work(2, report)
        assert seen[-1] == 1200
        assert client.executions.fanouts().items[0].status == "completed"


def test_while_a_workflow_is_only_looked_at_nothing_is_triggered(env, registry, news):
    @registry.workflow("outer")
    def outer(step):
        env.client.broadcast(news)
        env.client.trigger_many([{"workflow": news, "to": "ada"}])
        step.in_app("bell", {"body": "b"})

    assert [step.step_id for step in outer.steps] == ["bell"]
    assert env.client.executions.fanouts().items == []
    assert env.client.executions.list().items == []
