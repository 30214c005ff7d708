"""What users' code raises and is no Exception: a failure of the run, the step or the attempt, once and visibly."""

from __future__ import annotations

import asyncio
import logging
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from novu_core import Registry
from novu_core.errors import DiscoveryError
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Answering, Failing, Recording


class Timeout(BaseException):
    """As gevent's: no Exception, so that an ``except Exception`` does not swallow it."""


def raise_(error):
    raise error


KINDS = [Timeout("5 seconds"), asyncio.CancelledError("inner"), GeneratorExit(), KeyboardInterrupt(), SystemExit(3)]
MAIL = {"subject": "s", "body": "b"}


@pytest.fixture
def in_a_thread():
    """Run the rest as a worker does: Ctrl-C and sys.exit() of the main thread are orders, and pass."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda function, *args, **options: pool.submit(function, *args, **options).result(30)


def ended(env, run):
    env.advance(hours=2)
    return env.client.executions.get(run.execution_id)


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("is_async", [False, True])
def test_a_function_that_raises_it_has_failed(env, registry, in_a_thread, caplog, error, is_async):
    if is_async and isinstance(error, (KeyboardInterrupt, SystemExit)):
        pytest.skip("asyncio lets those end its loop")
    calls = []

    def fail(payload):
        calls.append(1)
        if payload.get("now"):
            raise error

    if is_async:

        @registry.workflow("w")
        async def w(step, payload):
            fail(payload)
    else:

        @registry.workflow("w")
        def w(step, payload):
            fail(payload)

    run = in_a_thread(env.trigger, w, ADA, {"now": True})
    calls_then = len(calls)
    stored = in_a_thread(ended, env, run)
    assert (stored.status, stored.error["type"]) == ("failed", type(error).__name__)
    assert len(calls) == calls_then
    assert [record.levelno for record in caplog.records if "failed in execution" in record.message] == [logging.ERROR]


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["resolver", "skip", "override"])
def test_a_step_that_raises_it_has_failed(env, registry, in_a_thread, error, where):
    options = {
        "resolver": {"resolver": lambda: raise_(error)},
        "skip": {"resolver": MAIL, "skip": lambda: raise_(error)},
        "override": {"resolver": MAIL, "providers": {"sendgrid": lambda: raise_(error)}},
    }[where]

    @registry.workflow("w")
    def w(step):
        step.email("mail", **options)
        step.in_app("later", {"body": "b"})

    run = in_a_thread(env.trigger, w, ADA)
    stored = in_a_thread(ended, env, run)
    assert (stored.status, stored.outcome, stored.error["type"]) == ("failed", "partial", type(error).__name__)
    assert [(step.step_id, step.status) for step in stored.steps] == [("mail", "failed"), ("later", "completed")]


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("timeout", [None, 5])
def test_an_attempt_that_raises_it_has_failed_and_the_next_provider_is_asked(
    env_with, registry, in_a_thread, error, timeout
):
    registry.workflow("w")(lambda step: step.email("mail", MAIL))
    failing, second = Failing(error, timeout=timeout), Recording()
    env = env_with(failing, second)
    stored = in_a_thread(ended, env, in_a_thread(env.trigger, "w", ADA))
    assert (stored.status, len(failing.asked), len(second.sent)) == ("completed", 1, 1)
    assert type(error).__name__ in stored.steps[0].attempts[0]["error"]["message"]


@pytest.mark.parametrize("error", [Timeout(), asyncio.CancelledError(), GeneratorExit(), SystemExit()])
def test_a_discovery_that_meets_it_says_so(registry, error):
    registry.workflow("w")(lambda step: raise_(error))
    with pytest.raises(DiscoveryError, match=type(error).__name__):
        registry["w"].discover()


@pytest.mark.parametrize("error", [Timeout(), asyncio.CancelledError(), GeneratorExit()])
def test_a_listener_that_raises_it_harms_nobody(env, registry, error):
    registry.workflow("w")(lambda step: step.in_app("bell", {"body": "b"}))
    env.client.events.listeners.append(lambda name, **data: raise_(error))
    assert env.trigger("w", ADA).status == "completed"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(0)], ids=["ctrl-c", "exit"])
@pytest.mark.parametrize("where", ["function", "resolver", "skip", "override", "provider", "listener"])
def test_orders_to_the_main_thread_pass_and_another_worker_takes_the_run_over(env_with, registry, error, where):
    armed: list[str] = []

    def order(place):
        if place in armed:
            armed.remove(place)
            raise error

    @registry.workflow("w")
    def w(step):
        order("function")
        step.email("mail", lambda: order("resolver") or MAIL, skip=lambda: order("skip"), providers=overrides)

    overrides = {"sendgrid": lambda: order("override") or {}}
    env = env_with(Answering(lambda: order("provider"), timeout=None))
    env.client.events.listeners.append(lambda name, **data: order("listener") if name == "step_completed" else None)
    registry["w"].discover()
    armed.append(where)
    with pytest.raises(type(error)):
        env.trigger(w, ADA)
    env.advance(minutes=5)
    [run] = env.client.executions.list()
    assert (run.status, armed) == ("completed", [])


def test_the_callers_own_cancellation_passes_and_the_run_is_finished_by_a_worker(registry):
    begun, hold = asyncio.Event(), [True]

    @registry.workflow("w")
    async def w(step, payload):
        if payload.get("now") and hold:
            begun.set()
            await asyncio.sleep(30)
        await step.in_app("bell", {"body": "b"})

    async def cancel(env):
        task = asyncio.create_task(env.client.atrigger("w", to="ada", payload={"now": True}))
        await asyncio.wait_for(begun.wait(), 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with NovuEnvironment(registry) as env:
        asyncio.run(cancel(env))
        hold.clear()
        env.advance(minutes=5)
        [run] = env.client.executions.list()
        assert (run.status, run.steps[0].step_id) == ("completed", "bell")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a task of Python 3.10 does not tell whether it is canceled")
def test_an_inner_task_that_was_canceled_is_the_runs_failure():
    registry = Registry()

    @registry.workflow("w")
    async def w(step, payload):
        if payload.get("now"):
            inner = asyncio.ensure_future(asyncio.sleep(30))
            inner.cancel()
            await inner

    with NovuEnvironment(registry) as env:
        run = asyncio.run(env.client.atrigger("w", to="ada", payload={"now": True}))
        assert (run.status, run.error["type"]) == ("failed", "CancelledError")


class Silent(BaseException):
    """Has no text: what its class does instead is another thing each time."""

    def __init__(self, instead):
        super().__init__()
        self.instead = instead

    def __str__(self):
        return self.instead()


@pytest.mark.parametrize(
    "instead",
    [
        lambda: raise_(Timeout("inner")),
        lambda: raise_(ValueError("inner")),
        lambda: raise_(SystemExit(3)),
        lambda: None,
    ],
    ids=["Timeout", "ValueError", "SystemExit", "None"],
)
@pytest.mark.parametrize("where", ["function", "step"])
def test_an_exception_without_a_text_fails_the_run_once(env, registry, in_a_thread, where, instead):
    calls = []

    def fail(place):
        if place == where:
            calls.append(1)
            raise Silent(instead)

    @registry.workflow("w")
    def w(step, payload):
        if payload.get("now") is True:
            fail("function")
        step.custom("c", lambda: fail("step") or {})

    run = in_a_thread(env.trigger, w, ADA, {"now": True})
    stored = in_a_thread(ended, env, run)
    assert (stored.status, stored.error["message"]) == ("failed", "a Silent that cannot be printed")
    assert calls == [1]
