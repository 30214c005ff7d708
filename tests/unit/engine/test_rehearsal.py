"""Open runs replayed against the present code: what ended already is no misfit, and orders to the thread pass."""

from __future__ import annotations

import pytest

from novu_core.aio import Blocking, drive
from novu_core.engine.rehearsal import Rehearsal
from novu_core.storage.changes import AddExecution, save_step
from novu_core.storage.rows import ExecutionRow, StepRow


@pytest.fixture
def misfit(env):
    """Record a run that was killed after its only step, and rehearse it."""
    engine = env.client.engine

    def misfit(status, error=None):
        now = env.clock.now()
        row = ExecutionRow(
            execution_id="e1", workflow_id="w", subscriber_id="ada", transaction_id="t", status="running", due_at=now,
            created_at=now, started_at=now, request={"payload": {}, "subscriber": {"subscriberId": "ada"}},
        )  # fmt: skip
        step = StepRow(
            execution_id="e1", step_id="only", position=0, type="custom", status=status, result={}, error=error
        )
        engine.parts.store.commit(AddExecution(row), save_step(step))
        rehearsal = Rehearsal(engine.parts, engine.runner)
        [open_run] = rehearsal.open_runs()
        return drive(rehearsal.misfit(open_run, Blocking()))

    return misfit


@pytest.mark.parametrize(
    ("status", "error"), [("completed", None), ("failed", {"type": "RuntimeError", "message": "no", "kind": "code"})]
)
def test_a_run_that_was_killed_before_its_end_was_recorded_fits(registry, misfit, status, error):
    registry.workflow("w")(lambda step: step.custom("only", dict))
    assert misfit(status, error) is None


def test_a_run_whose_step_is_gone_does_not_fit(registry, misfit):
    registry.workflow("w")(lambda step: step.custom("other", dict))
    assert "`only`" in str(misfit("completed"))


@pytest.mark.parametrize("order", [KeyboardInterrupt])
def test_an_order_to_the_main_thread_is_no_misfit(registry, misfit, order):
    def fail():
        raise order

    @registry.workflow("w")
    def w(step):
        step.custom("only", dict)
        if armed:
            fail()

    armed = []
    registry["w"].discover()
    armed.append(True)
    with pytest.raises(order):
        misfit("completed")
