"""Runs whose worker dies in them: taken over a few times, then given up; what was claimed beside them is done."""

from __future__ import annotations

import logging

import pytest

from novu_core.testing import NovuEnvironment
from tests.conftest import until
from tests.engine.conftest import ADA
from tests.providers import Recording


def die():
    raise SystemExit(137)


@pytest.fixture
def worker_of():
    """Return what a supervisor does: start a worker, which dies in the run that kills, and one lease later again."""

    def restart(env, times, most=12):
        deaths = 0
        for _ in range(times):
            try:
                while env.client.worker.run_due(most):
                    pass
            except SystemExit:
                deaths += 1
            env.client.worker._active.clear()  # of the dead process
            env.clock.advance(env.client.engine.parts.lease)
        return deaths

    return restart


@pytest.fixture
def poison(registry):
    @registry.workflow("poison")
    def poison(step, payload):
        if payload.get("die"):
            die()
        step.in_app("bell", {"body": "ok"})

    return poison


def statuses(env):
    return [(run.payload.get("die", False), run.status.value) for run in env.client.executions.list(limit=100)]


def test_a_run_that_kills_its_worker_is_given_up_and_says_why(env, registry, poison, worker_of, caplog):
    run = env.trigger(poison, ADA, {"die": True}, wait=False)
    assert worker_of(env, 12) == 6
    stored = env.client.executions.get(run.execution_id)
    assert (stored.status, stored.error["type"]) == ("failed", "WorkerDiedError")
    assert "6 workers died" in stored.error["message"]
    assert [record.levelno for record in caplog.records if "failed in execution" in record.message] == [logging.ERROR]
    assert worker_of(env, 3) == 0


@pytest.mark.parametrize(("limit", "deaths"), [(1, 2), (2, 3), (9, 10)])
def test_how_often_is_a_setting(registry, poison, worker_of, limit, deaths):
    with NovuEnvironment(registry, {"NOVU_TAKEOVERS": limit}) as env:
        env.trigger(poison, ADA, {"die": True}, wait=False)
        assert worker_of(env, 12) == deaths
        assert statuses(env) == [(True, "failed")]


@pytest.mark.parametrize("place", [0, 7, 20])
@pytest.mark.parametrize("poisoned", [1, 2])
def test_runs_that_were_claimed_beside_it_are_done(env, registry, poison, worker_of, place, poisoned):
    for at in range(21):
        env.trigger(poison, f"u{at}", {"die": True} if place <= at < place + poisoned else {}, wait=False)
    worker_of(env, 16)
    found = statuses(env)
    assert {status for dies, status in found if not dies} == {"completed"}
    assert {status for dies, status in found if dies} == {"failed"}


def test_it_can_be_retried_with_as_many_lives_as_before(env, registry, poison, worker_of):
    run = env.trigger(poison, ADA, {"die": True}, wait=False)
    worker_of(env, 8)
    with pytest.raises(SystemExit):
        env.client.executions.retry(run.execution_id)
    env.client.worker._active.clear()
    env.clock.advance(env.client.engine.parts.lease)
    assert worker_of(env, 12) == 5
    assert env.client.executions.get(run.execution_id).status == "failed"


def test_a_death_that_does_not_come_again_is_forgiven(env, registry, worker_of):
    lives = [die, die, lambda: None]

    @registry.workflow("w")
    def w(step, payload):
        if payload.get("now"):
            step.custom("big", lambda: lives.pop(0)())
        step.email("mail", {"subject": "s", "body": "b"})

    run = env.trigger(w, ADA, {"now": True}, wait=False)
    assert worker_of(env, 4) == 2
    assert env.client.executions.get(run.execution_id).status == "completed"
    assert len(env.outbox) == 1


@pytest.mark.parametrize("waits", [False, True])
def test_deaths_after_progress_are_not_counted_together(env, registry, worker_of, waits):
    """Killed twice in each of eight steps: sixteen deaths, none of which repeats for long."""
    killed: dict[str, int] = {}

    def work(name):
        killed[name] = killed.get(name, 0) + 1
        if killed[name] <= 2:
            die()
        return {"name": name}

    @registry.workflow("w")
    def w(step, payload):
        for name in payload.get("names", ()):
            if waits:
                step.delay(f"nap-{name}", {"amount": 1, "unit": "seconds"})
            step.custom(name, lambda name=name: work(name))

    run = env.trigger(w, ADA, {"names": list("abcdefgh")}, wait=False)
    assert worker_of(env, 40) == 16
    assert env.client.executions.get(run.execution_id).status == "completed"


def test_a_message_that_was_sent_is_not_sent_again_by_later_lives(env_with, registry, worker_of):
    @registry.workflow("w")
    def w(step, payload):
        step.email("mail", {"subject": "s", "body": "b"})
        if payload.get("now"):
            die()

    provider = Recording()
    env = env_with(provider)
    env.trigger(w, ADA, {"now": True}, wait=False)
    worker_of(env, 12)
    assert len(provider.sent) == 1
    assert [run.status for run in env.client.executions.list()] == ["failed"]


def test_a_worker_in_threads_runs_what_killed_workers_when_nothing_else_is_under_way(env, registry, worker_of):
    lives = [die, die, dict]

    @registry.workflow("w")
    def w(step, payload):
        if payload.get("now"):
            step.custom("big", lambda: lives.pop(0)())

    run = env.trigger(w, ADA, {"now": True}, wait=False)
    assert worker_of(env, 2) == 2
    env.client.worker.start(2)
    try:
        until(lambda: env.client.executions.get(run.execution_id).status == "completed")
    finally:
        env.client.worker.stop()
