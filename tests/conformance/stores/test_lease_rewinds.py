"""What a run stores of itself never takes back the lease that its worker has renewed meanwhile, in each database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.engine.conftest import ADA

HOUR = {"amount": 1, "unit": "hours"}
STEPS = {
    "throttle": {**HOUR, "threshold": 9},
    "digest": {**HOUR, "lookBackWindow": {"amount": 1, "unit": "minutes"}},
}


@pytest.fixture
def lease(env):
    return env.client.engine.parts.lease


@pytest.fixture
def long_pause(env, lease):
    """Return a function that lets more than a lease pass, in which the heartbeat does its work."""

    def pause():
        env.clock.advance(lease + timedelta(seconds=1))
        env.client.engine.runner.active.renew()

    return pause


@pytest.fixture
def left(env):
    """Return a function: how long the only run's lease lasts, as the store has it."""

    def look():
        [row] = env.client.engine.parts.store.list_executions(limit=1)
        return row.due_at - env.clock.now()

    return look


@pytest.mark.parametrize("claimed", [False, True])
@pytest.mark.parametrize("kind", STEPS)
def test_a_step_that_is_decided_after_a_slow_resolver(env, registry, lease, long_pause, left, kind, claimed):
    @registry.workflow("w")
    def w(step):
        getattr(step, kind)("slow", lambda: long_pause() or STEPS[kind])
        seen.append(left())
        step.sms("text", {"body": "b"})

    seen = []
    env.trigger(w, ADA, wait=not claimed)
    env.client.worker.run_due()
    assert seen == [lease]
    assert len(env.outbox.sms) == 1


def test_a_digest_that_closes_after_a_slow_start(env, registry, lease, long_pause, left):
    @registry.workflow("w")
    def w(step):
        long_pause()
        step.digest("window", HOUR)
        step.custom("look", lambda: {"in_time": left() == lease})

    run = env.trigger(w, ADA)
    env.advance(hours=1)
    assert env.client.executions.get(run.execution_id).step_results["look"] == {"in_time": True}


def test_a_take_over_that_reads_for_long(env, registry, lease, long_pause, left, monkeypatch):
    @registry.workflow("w")
    def w(step):
        step.custom("first", dict)
        step.custom("second", second)

    def second():
        if alive:
            return {"in_time": left() == lease}
        raise KeyboardInterrupt

    alive = []
    with pytest.raises(KeyboardInterrupt):
        env.trigger(w, ADA)
    alive.append(True)
    store = env.client.engine.parts.store
    known = store.known
    monkeypatch.setattr(store, "known", lambda *who: (long_pause(), known(*who))[1])
    env.clock.advance(lease)
    assert env.client.worker.run_due() == 1
    [run] = env.client.executions.list()
    assert run.step_results["second"] == {"in_time": True}
