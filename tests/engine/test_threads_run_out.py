"""Threads are bounded where a provider hangs, and one that cannot start is tried again."""

from __future__ import annotations

import math
import threading
from collections import Counter

import pytest

from novu_core import Client, Retry, Settings
from novu_core.delivery import senders
from novu_core.threads import PerProcess
from tests.conftest import until
from tests.engine.conftest import ADA
from tests.providers import Answering, Hanging, Recording

PEOPLE = [{"subscriberId": f"u{number}", "email": f"u{number}@example.org"} for number in range(100)]


@pytest.fixture
def letter(registry):
    @registry.workflow("letter")
    def letter(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return letter


@pytest.fixture
def no_thread(monkeypatch):
    """Return a function: so many threads whose names begin so cannot start."""
    start, left = threading.Thread.start, Counter()

    def refused(thread):
        for name in left:
            if thread.name.startswith(name) and left[name]:
                left[name] -= 1
                raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refused)
    return lambda name, often=1: left.update({name: often})


def sending():
    return sum(thread.name == "novu-send" for thread in threading.enumerate())


def messages_of(run):
    return [attempt["error"]["message"] for attempt in run.steps[0].attempts]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_provider_that_hangs_takes_so_many_threads_and_no_more(env_with, registry, is_async, monkeypatch):
    """100 messages, four attempts each: 407 threads otherwise."""
    monkeypatch.setattr("novu_core.delivery.lane.OPENS_AFTER", math.inf)  # which would ask it even less
    provider, before = Hanging(timeout=0.01), sending()
    env = env_with(provider)

    @registry.workflow("letter")
    def letter(step):
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("letter-async")
    async def letter_async(step):
        await step.email("mail", {"subject": "s", "body": "b"})

    try:
        if is_async:
            env.client.trigger(letter_async, PEOPLE, wait=False)
        else:
            env.trigger(letter, PEOPLE)
        env.advance(hours=1)
        assert sending() - before <= senders.MOST_HANGING == len(provider.asked)
        runs = env.client.executions.list(status="failed", limit=100).items
        assert [len(messages_of(run)) for run in runs] == [4] * 100
        told = "16 calls to Hanging are hanging; no other is started until one of them ends."
        assert sum(message == told for run in runs for message in messages_of(run)) == 400 - senders.MOST_HANGING
    finally:
        provider.go_on.set()
    until(lambda: senders.hanging(provider) == 0)
    provider.timeout = 30  # now it answers: on a busy machine that takes a while
    assert env.client.executions.retry(runs[0].execution_id).status == "completed"


def test_an_attempt_that_is_not_begun_is_retriable_and_the_next_one_passes(env_with, letter, monkeypatch):
    monkeypatch.setattr(senders, "MOST_HANGING", 2)
    provider = Hanging(timeout=0.01)
    env = env_with(provider)
    for name in ("ada", "ben"):
        assert env.trigger(letter, {**ADA, "subscriberId": name}).waiting_for == "retry"
    third = env.trigger(letter, {**ADA, "subscriberId": "cleo"})
    assert (third.waiting_for, messages_of(third)[0][:8]) == ("retry", "2 calls ")
    assert len(provider.asked) == 2
    provider.go_on.set()
    until(lambda: senders.hanging(provider) == 0)
    provider.timeout = 30
    env.advance(minutes=5)
    assert env.client.executions.get(third.execution_id).status == "completed"


def test_each_provider_has_a_bound_of_its_own(env_with, registry, monkeypatch):
    monkeypatch.setattr(senders, "MOST_HANGING", 1)
    first, second = Hanging(timeout=0.01), Recording()
    env = env_with(first, second)

    @registry.workflow("once", retry=Retry(attempts=1))
    def once(step):
        step.email("mail", {"subject": "s", "body": "b"})

    assert [env.trigger(once, {**ADA, "subscriberId": name}).status for name in "abc"] == ["completed"] * 3
    assert (len(first.asked), len(second.sent)) == (1, 3)
    first.go_on.set()


def test_a_slow_send_within_its_time_is_no_hanging_one(env_with, letter, monkeypatch):
    monkeypatch.setattr(senders, "MOST_HANGING", 1)
    seen = []
    provider = Answering(lambda: seen.append(senders.hanging(provider)), timeout=60)
    env = env_with(provider)
    env.trigger(letter, PEOPLE[:3])
    assert (seen, len(provider.sent)) == ([0, 0, 0], 3)


@pytest.mark.parametrize("often", [1, 3])
def test_a_sending_thread_that_cannot_start_is_tried_again_later(env_with, letter, no_thread, monkeypatch, often):
    monkeypatch.setattr(senders, "_idle", PerProcess(list))
    provider = Recording()
    env = env_with(provider)
    no_thread("novu-send", often)
    result = env.trigger(letter, ADA)
    assert (result.waiting_for, messages_of(result)) == ("retry", ["RuntimeError: can't start new thread"])
    env.advance(hours=1)
    assert env.client.executions.get(result.execution_id).status == "completed"
    assert len(provider.sent) == 1


def test_a_send_on_a_loop_without_a_thread_is_tried_again_and_not_sent_twice(
    env_with, registry, no_thread, monkeypatch
):
    monkeypatch.setattr("novu_core.aio._pools", PerProcess(dict))
    provider = Recording(timeout=None)
    env = env_with(provider)

    @registry.workflow("letter")
    async def letter(step):
        await step.email("mail", {"subject": "s", "body": "b"})

    no_thread("novu-slow")
    result = env.trigger(letter, ADA)
    assert (result.waiting_for, len(provider.sent)) == ("retry", 0)
    env.advance(hours=1)
    assert env.client.executions.get(result.execution_id).status == "completed"
    assert len(provider.sent) == 1


@pytest.mark.parametrize("often", [1, 2])
def test_a_heartbeat_that_cannot_start_is_started_with_the_next_run(registry, tmp_path, no_thread, caplog, often):
    renewed = threading.Event()

    @registry.workflow("w")
    def w(payload, step):
        step.custom("c", lambda: {"renewed": payload["last"] and renewed.wait(10)})

    with Client(
        Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none", lease_seconds=0.15), registry
    ) as novu:
        renew = novu.engine.parts.store.renew
        novu.engine.parts.store.renew = lambda *args: (renew(*args), renewed.set())
        no_thread("novu-heartbeat", often)
        for _ in range(often):
            assert novu.trigger("w", "ada", {"last": False}).status == "completed"
        assert novu.trigger("w", "ben", {"last": True}).step_results["c"] == {"renewed": True}
    assert caplog.text.count("The thread novu-heartbeat could not be started; it is tried again later") == often


@pytest.mark.parametrize("name", ["novu-worker", "novu-listen"])
def test_a_worker_without_a_thread_is_started_by_the_next_trigger(registry, tmp_path, no_thread, caplog, name):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"})

    no_thread(name)
    with Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", wait=False), registry) as novu:
        runs = [novu.trigger("w", "ada").execution_id for _ in range(2)]
        until(lambda: all(novu.executions.get(run).status == "completed" for run in runs))
    assert caplog.text.count(f"The thread {name} could not be started") == 1


def test_a_worker_goes_on_with_the_threads_that_it_has(registry, tmp_path, no_thread):
    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"thread": threading.current_thread().name})

    with Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none"), registry) as novu:
        novu.trigger("w", PEOPLE[:20], wait=False)
        no_thread("novu-run_1", 100)  # the pool has one from the start
        novu.start_worker(4)
        until(lambda: len(novu.executions.list(status="completed")) == 20)
        assert {run.step_results["c"]["thread"] for run in novu.executions.list()} == {"novu-run_0"}
