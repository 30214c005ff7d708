"""Async workflows: from scripts and loops, with siblings in a group, and with an `await` forgotten."""

from __future__ import annotations

import asyncio
import sys

import pytest

from novu_core import Registry, Workflow
from novu_core.errors import AsyncContextError, DefinitionError
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA


@pytest.mark.mission("P-FR-005")
@pytest.mark.mission("P-FR-009")
def test_trigger_has_an_async_twin():
    def sync(step):
        step.in_app("a", {"body": "b"})

    async def asynchronous(step):
        await step.in_app("a", {"body": "b"})

    made = [Workflow("sync", sync), Workflow("async", asynchronous)]
    with NovuEnvironment(workflows=made) as env:
        assert [env.trigger(one, to="ada").status for one in made] == ["completed"] * 2

        async def main():
            return [(await one.atrigger(to="ada")).status for one in made]

        assert asyncio.run(main()) == ["completed"] * 2


@pytest.mark.mission("P-FR-009")
def test_async_workflows_in_a_script_in_a_loop_and_with_siblings(env, registry):
    @registry.workflow("w")
    async def w(step):
        async def body():
            await asyncio.sleep(0)
            return {"body": "b"}

        await asyncio.gather(
            step.in_app("a", body), step.delay("pause", {"amount": 1, "unit": "hours"}), step.in_app("c", body)
        )
        await step.in_app("last", body)

    async def inside():
        with pytest.raises(AsyncContextError, match="atrigger"):
            w.trigger(to="ada")
        return await w.atrigger(to="ada")

    for result in (w.trigger(to="ben"), asyncio.run(inside())):
        assert result.waiting_for == "delay"
        assert {step.step_id for step in result.steps if step.status != "pending"} == {"a", "pause", "c"}
        assert [step.step_id for step in result.steps if step.status == "pending"] == ["last"]
    env.advance(hours=1)
    assert {run.status for run in env.client.executions.list()} == {"completed"}
    assert len(env.outbox) == 6


def test_a_sibling_that_is_still_at_work_when_the_run_waits_finishes_and_does_not_run_again(env, registry):
    ran = []

    async def slow():
        while env.client.executions.list().items[0].waiting_for is None:
            await asyncio.sleep(0)
        for _ in range(20):  # turns of the loop, in which the function is left
            await asyncio.sleep(0)
        ran.append(1)
        return {"n": 1}

    @registry.workflow("w")
    async def w(step):
        await asyncio.gather(step.delay("pause", {"amount": 1, "unit": "hours"}), step.custom("slow", slow))

    result = env.trigger(w, "ada")
    assert (result.waiting_for, ran) == ("delay", [1])
    assert [(step.step_id, step.status) for step in result.steps] == [("pause", "executing"), ("slow", "completed")]
    env.advance(hours=1)
    assert (env.client.executions.get(result.execution_id).status, ran) == ("completed", [1])


@pytest.mark.parametrize("store", ["sqlite://", "postgres"])
def test_what_a_sibling_sends_while_another_waits_for_a_retry_is_sent_once(store, request):
    url = request.getfixturevalue("postgres_url") if store == "postgres" else store
    registry, sent = Registry(), []

    class Sms:
        channels = ("sms",)

        def send(self, message):
            sent.append(message.content["body"])
            if sent == ["a"]:
                raise ConnectionResetError("once")

    async def slow():
        while len(sent) < 2 and not any(run.waiting_for for run in env.client.executions.list().items):
            await asyncio.sleep(0.01)
        return {"body": "b"}

    @registry.workflow("w")
    async def w(step):
        await asyncio.gather(step.sms("a", {"body": "a"}), step.sms("b", slow))

    with NovuEnvironment(registry, {"NOVU_STORE_URL": url, "NOVU_DELIVERY": {"sms": Sms()}}) as env:
        run = env.trigger(w, {"subscriberId": "ada", "phone": "+4915112345678"})
        env.advance(hours=1)
        assert env.client.executions.get(run.execution_id).status == "completed"
    assert sorted(sent) == ["a", "a", "b"]


def test_what_a_sibling_stores_while_another_ends_the_run_is_stored(env, registry):
    async def slow():
        await asyncio.sleep(0.05)
        return {"body": "m"}

    @registry.workflow("w")
    async def w(step):
        await asyncio.gather(step.throttle("t", {"amount": 1, "unit": "hours", "threshold": 1}), step.in_app("m", slow))

    for _ in range(2):
        env.trigger(w, ADA)
    assert env.client.inbox("ada").count() == 2


@pytest.mark.skipif(sys.version_info < (3, 11), reason="task groups came with Python 3.11")
def test_a_task_group_around_a_wait_is_a_wait(env, registry):
    @registry.workflow("w")
    async def w(step):
        async with asyncio.TaskGroup() as group:
            group.create_task(step.delay("d", {"amount": 1, "unit": "hours"}))
            group.create_task(step.in_app("m", {"body": "x"}))

    result = env.trigger(w, ADA)
    assert result.waiting_for == "delay"
    env.advance(hours=1)
    assert env.client.executions.get(result.execution_id).status == "completed"
    assert env.client.inbox("ada").count() == 1


def test_a_forgotten_await_fails_the_run_and_names_the_step(env, registry):
    @registry.workflow("always")
    async def always(step):
        await step.custom("first", lambda: {"n": 1})
        step.email("forgotten", {"subject": "s", "body": "b"})

    @registry.workflow("sometimes")
    async def sometimes(payload, step):
        await step.custom("first", lambda: {"n": 1})
        if payload["n"] == 1:
            step.email("forgotten", {"subject": "s", "body": "b"})

    with pytest.raises(DefinitionError, match=r"write `await step.email\(...\)`"):
        env.trigger(always, ADA)
    result = env.trigger(sometimes, ADA, {"n": 1})
    assert (result.status, result.error["type"]) == ("failed", "StepNotAwaitedError")
    assert "write `await step.email(...)`" in result.error["message"]
