"""A run that fails says why, and takes no other run with it."""

from __future__ import annotations

import threading

import pytest
from pydantic import BaseModel, Field

from novu_core import Workflow
from novu_core.errors import StepAlreadyExistsError
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA


def test_a_step_that_only_novu_performs_fails_with_the_fix(env, registry):
    @registry.workflow("w")
    def w(step):
        step.http_request("ask", {"method": "GET", "url": "https://example.org"})

    assert "use step.custom" in env.trigger(w, "ada").error["message"]


def test_the_fields_of_an_invalid_output_are_in_the_history(env, registry):
    class Output(BaseModel):
        count: int = Field(gt=0)

    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"count": 0}, output_schema=Output)

    [fault] = env.trigger(w, "ada").error["errors"]
    assert fault["path"] == "/count"


def test_the_fields_of_an_invalid_output_are_in_the_log(env, registry, caplog):
    @registry.workflow("w")
    def w(step):
        step.email("mail", lambda: {"body": "b"})

    env.trigger(w, ADA)
    assert "must have required property 'subject'" in caplog.text


@pytest.mark.parametrize("swallow", [False, True])
def test_a_step_id_that_comes_twice_at_run_time_fails_the_run(env, registry, swallow):
    @registry.workflow("w")
    def w(payload, step):
        for number in range(payload["times"] if isinstance(payload["times"], int) else 1):
            try:
                step.custom("same", lambda number=number: {"n": number})
            except StepAlreadyExistsError:
                if not swallow:
                    raise

    result = env.trigger(w, "ada", {"times": 2})
    assert (result.status, result.error and result.error["type"]) == (
        ("completed", None) if swallow else ("failed", "StepAlreadyExistsError")
    )


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def test_an_error_of_the_function_that_can_not_be_printed_is_in_the_history(env, registry):
    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"n": 1})
        if env.client.executions.list().items:
            raise Unprintable

    assert "cannot be printed" in env.trigger(w, "ada").error["message"]


def test_a_function_that_exits_fails_its_run_but_a_signal_in_the_main_thread_leaves_it_to_its_lease(env, registry):
    exits = []

    @registry.workflow("w")
    def w(step):
        step.custom("c", lambda: {"n": 1})
        if exits:
            raise SystemExit(3)

    env.trigger(w, "bob")
    exits.append(True)
    with pytest.raises(SystemExit):
        env.trigger(w, "ada")
    [run] = env.client.executions.list(subscriber_id="ada")
    assert run.status == "running"
    env.clock.advance(env.client.engine.parts.lease)
    thread = threading.Thread(target=env.client.worker.run_due)
    thread.start()
    thread.join()
    failed = env.client.executions.get(run.execution_id)
    assert (failed.status, failed.error["type"]) == ("failed", "SystemExit")


@pytest.mark.mission("D3-Z4")
def test_one_crash_stops_no_other_run():
    def body(step, subscriber):
        if subscriber.subscriber_id == "bad":
            raise RuntimeError("crash")
        step.in_app("a", {"body": "a"})

    with NovuEnvironment(workflows=[Workflow("w", body)]) as env:
        runs = env.trigger("w", to=["ada", "bad", "bo"]).executions
        assert [run.status for run in runs] == ["completed", "failed", "completed"]
