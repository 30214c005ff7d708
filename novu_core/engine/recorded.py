"""What a run recorded of its steps, as its function meets it when it runs again."""

from __future__ import annotations

from typing import Any

from novu_core.engine.halts import Failed
from novu_core.engine.ledger import Ledger
from novu_core.errors import NonDeterministicWorkflowError
from novu_core.execution.rendering import StepRun
from novu_core.storage.rows import StepRow
from novu_core.types import StepType


class Recorded:
    """The part of a journal that only reads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._run = ledger.run
        self._order = {row.position: row.step_id for row in ledger.records.values()}

    def recall(self, step: StepRun) -> StepRow | None:
        """Return a step's record, or None. Raises Failed where the run recorded another order."""
        step_id = step.call.step_id
        record = self._ledger.records.get(step_id)
        expected = self._order.get(step.position, step_id)
        position = step.position if record is None else record.position
        if (expected == step_id and position == step.position) or self._ledger.redriven(step.position):
            return record
        told = f"this run recorded it as number {position + 1}."
        if expected != step_id:
            told = (
                f"this run recorded `{expected}` there. The function changed, or depends on something that is not "
                "recorded (time, randomness, outside data): put that into a custom step, or restore the order and "
                "retry the run."
            )
        raise Failed(
            NonDeterministicWorkflowError(
                f"Workflow `{self._run.workflow_id}` reached step `{step_id}` as its step number {step.position + 1}; "
                f"{told}"
            )
        )

    def give(self, step: StepRun, row: StepRow) -> Any:
        """Return what the step call gives back to the function."""
        ran = row.status == "completed" and row.outcome != "skipped"
        step.scope.steps[row.step_id] = row.result if ran else {}
        return step.result(row.result if ran else None, ran=ran)


def ends_run(record: StepRow) -> str | None:
    """Return the outcome of a run that ended at this step, or None: it had merged into a digest or was throttled."""
    if record.reason == "merged":
        return "merged"
    throttled = record.type == StepType.THROTTLE and record.status == "completed" and (record.result or {})
    return "throttled" if throttled and throttled.get("throttled") else None
