"""Celery's soft time limit, which a signal raises amid any line, comes amid what the store does."""

from __future__ import annotations

import pytest

from novu_core.errors import StoreError
from novu_core.storage.changes import AddExecution
from tests.conformance.stores.samples import run


class SoftTimeLimitExceeded(Exception):
    pass


def interrupted(*_):
    raise SoftTimeLimitExceeded


@pytest.mark.parametrize("ask", ["read", "write"])
def test_the_store_says_so_and_goes_on(store, ask):
    store.commit(AddExecution(run(1)))
    with pytest.raises(StoreError, match="soft time limit") as raised:
        getattr(store.database, ask)(interrupted)
    assert not raised.value.away
    store.commit(AddExecution(run(2)))
    assert store.execution("e0001") is not None
    assert store.execution("e0002") is not None


def test_a_step_whose_commit_it_met_has_not_failed(env):
    @env.client.registry.workflow("w")
    def w(step):
        step.custom("one", lambda: ran.append("one") or {})
        step.custom("two", lambda: ran.append("two") or {})

    ran, store = [], env.client.engine.parts.store
    found = env.client.trigger("w", "ada", wait=False)
    write, left = store.database.write, [2]

    def once(work, **options):
        left[0] -= "two" in ran
        return write(work if left[0] != 1 else interrupted, **options)

    store.database.write = once
    assert env.client.run_due([found.execution_id]) == 1
    del store.database.write
    run = env.client.executions.get(found.execution_id)
    assert (run.status, {step.step_id: step.status for step in run.steps}) == (
        "running",
        {"one": "completed", "two": "pending"},
    )
    env.clock.advance(env.client.engine.parts.lease)
    env.client.worker.run_due()
    assert env.client.executions.get(found.execution_id).status == "completed"
    assert ran == ["one", "two", "two"]
