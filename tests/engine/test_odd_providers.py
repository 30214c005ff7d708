"""Providers that hang, exit, are canceled, or raise what cannot be printed: each costs an attempt, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from novu_core import Client, Retry, Settings
from tests.conftest import until
from tests.engine.conftest import ADA
from tests.providers import Asynchronous, Failing, Hanging, Recording, Refusing


@pytest.fixture
def letter(registry):
    @registry.workflow("letter")
    def letter(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return letter


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def test_a_provider_that_hangs_costs_an_attempt_and_no_thread_of_the_worker(registry, tmp_path):
    hanging = Hanging(often=1, timeout=1)  # the others answer in less, on a busy machine, too

    @registry.workflow("mail", retry=Retry(attempts=3, base=0.01, cap=0.01))
    def mail(step):
        step.email("letter", {"subject": "s", "body": "b"})

    settings = Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none", delivery={"email": hanging})
    with Client(settings, registry) as novu:
        novu.start_worker(1)
        results = [novu.trigger("mail", {"subscriberId": "ada", "email": "a@b.c"}, wait=False) for _ in range(3)]
        runs = [result.execution_id for result in results]
        until(lambda: all(novu.executions.get(run).status == "completed" for run in runs))
        attempts = [attempt for run in runs for attempt in novu.executions.get(run).steps[0].attempts]
        assert ["did not answer within 1 seconds" in attempt["error"]["message"] for attempt in attempts] == [True]
        hanging.go_on.set()


def test_an_async_provider_that_is_canceled_or_exits_has_failed(env_with, letter):
    async def canceled():
        raise asyncio.CancelledError

    env = env_with(Asynchronous(canceled))
    result = env.trigger(letter, ADA)
    assert (result.status, result.outcome) == ("failed", "partial")
    assert "raised CancelledError" in result.steps[0].error["message"]


def test_a_provider_that_raises_stop_iteration_does_not_hang_an_async_workflow(env_with, registry):
    @registry.workflow("w")
    async def w(step):
        await step.email("m", {"subject": "s", "body": "b"})

    env = env_with(Refusing(StopIteration))
    assert env.trigger(w, ADA).outcome == "partial"


def test_a_provider_that_exits_ends_its_attempt_only(env_with, letter):
    env = env_with(Failing(SystemExit(3), name="flaky"), Recording(name="second"))
    result = env.trigger(letter, ADA)
    assert (result.status, result.steps[0].attempts[0]["error"]["message"]) == (
        "completed",
        "flaky raised SystemExit: 3",
    )


def test_an_error_that_can_not_be_printed_is_still_a_failed_delivery(env_with, letter):
    env = env_with(Failing(Unprintable()), Recording(name="second"))
    result = env.trigger(letter, ADA)
    assert result.status == "completed"
    assert "a Unprintable that cannot be printed" in result.steps[0].attempts[0]["error"]["message"]
