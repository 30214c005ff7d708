"""What a step that failed once asks, counts and remembers when it is tried again."""

from __future__ import annotations

import pytest

from novu_core import Retry
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Failing, Refusing

MAIL = {"subject": "s", "body": "b"}


def test_users_code_is_retried_only_where_asked(env, registry):
    calls = {"plain": 0, "asked": 0}

    def fail(name):
        calls[name] += 1
        raise RuntimeError("no")

    @registry.workflow("plain")
    def plain(step):
        step.custom("c", lambda: fail("plain"))

    @registry.workflow("asked")
    def asked(step):
        step.custom("c", lambda: fail("asked"), retry=Retry(attempts=3, base=1, cap=1))

    assert env.trigger(plain, to="ada").status == "failed"
    waiting = env.trigger(asked, to="ada")
    assert waiting.waiting_for == "retry"
    env.advance(minutes=1)
    assert calls == {"plain": 1, "asked": 3}
    assert env.client.executions.get(waiting.execution_id).status == "failed"


def test_a_function_that_raises_is_retried_as_a_whole_where_its_workflow_says_so(env, registry):
    broken = [True, True]

    @registry.workflow("w", retry=Retry(attempts=3, base=60, cap=60))
    def w(step):
        step.in_app("bell", {"body": "b"})
        if step.custom("c", lambda: {"n": 1}) == {"n": 1} and broken:
            broken.pop()
            raise RuntimeError("between steps")

    result = env.trigger(w, "ada")
    assert (result.status, result.waiting_for, result.error["message"]) == ("running", "retry", "between steps")
    env.advance(minutes=5)
    done = env.client.executions.get(result.execution_id)
    assert (done.status, done.error, env.client.inbox("ada").count()) == ("completed", None, 1)


@pytest.mark.parametrize("step_type", ["email", "delay"])
def test_a_skip_that_raised_is_asked_again(env, registry, steps_of, step_type):
    answers = iter([RuntimeError("flaky"), True])

    def skip():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @registry.workflow("w")
    def w(step):
        getattr(step, step_type)("s", lambda: {**MAIL, "amount": 1, "unit": "hours"}, skip=skip, retry=Retry(3, 1, 1))

    run = env.trigger(w, ADA)
    env.advance(minutes=1)
    assert steps_of(run)["s"] == ("completed", "skipped", "skip")
    assert list(env.outbox) == []


def test_a_retry_that_succeeded_does_not_excuse_a_changed_function(env_with, registry):
    changed = []

    @registry.workflow("w")
    def w(step):
        step.email("mail", MAIL)
        if not changed:
            step.in_app("a", {"body": "a"})
        step.delay("nap", {"amount": 1, "unit": "hours"})
        step.in_app("z", {"body": "z"})

    env = env_with(Failing(ConnectionError("refused")))
    run = env.trigger(w, ADA)
    env.advance(minutes=10)
    changed.append(True)
    env.advance(hours=1)
    ended = env.client.executions.get(run.execution_id)
    assert ended.status == "failed"
    assert ended.error["type"] == "NonDeterministicWorkflowError"


def test_failures_of_the_resolver_use_up_no_attempt_of_the_delivery(env_with, registry):
    calls = []

    def resolve():
        calls.append(1)
        if len(calls) < 3:
            raise RuntimeError("flaky")
        return MAIL

    @registry.workflow("w")
    def w(step):
        step.email("mail", resolve, retry=Retry(attempts=4, base=1, cap=1))

    provider = Refusing(ConnectionError("refused"))
    env = env_with(provider)
    env.trigger(w, ADA)
    env.advance(hours=1)
    assert (len(calls), len(provider.asked)) == (3, 4)


@pytest.mark.parametrize("redriven", [True, False])
def test_a_delay_counts_from_its_beginning(registry, redriven):
    broken = [True]

    def config():
        if broken.pop() if broken else False:
            raise RuntimeError("flaky")
        return {"amount": 1, "unit": "hours"}

    @registry.workflow("w")
    def w(step):
        step.delay("nap", config, retry=None if redriven else Retry(attempts=2, base=60, cap=60))

    with NovuEnvironment(registry) as env:
        run = env.trigger(w, ADA)
        if redriven:
            env.advance(days=3)
            env.client.executions.retry(run.execution_id)
        env.advance(hours=2)
        assert env.client.executions.get(run.execution_id).step_results["nap"] == {"duration": 3_600_000}
