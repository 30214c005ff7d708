"""The engine's journal of one run: recalls steps, asks the gates, and performs what has not been done yet."""

from __future__ import annotations

from typing import Any

from novu_core.aio import is_failure
from novu_core.engine.delivering import Delivering
from novu_core.engine.gates import Gates
from novu_core.engine.halts import Failed
from novu_core.engine.ledger import Ledger
from novu_core.engine.waits import Waits
from novu_core.errors import ExecutionError, NonDeterministicWorkflowError, StepUnavailableError
from novu_core.execution.outcome import Stop
from novu_core.execution.rendering import StepRun
from novu_core.storage.rows import StepRow
from novu_core.types import Channel, SkipReason, StepType

_WAITS = (StepType.DIGEST, StepType.DELAY, StepType.THROTTLE)


class EngineJournal:
    """Implements the executor's Journal for one claimed run."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._run = ledger.run
        self._order = {row.position: row.step_id for row in ledger.records.values()}
        self._gates = Gates(ledger.parts, ledger.recipient)

    async def step(self, step: StepRun) -> Any:
        """Return a recorded step's result, or run the step."""
        record = self._recall(step)
        if record is not None and record.status in ("completed", "failed"):
            if record.status == "failed" and self._ledger.stops(step):  # killed before the run's own end was committed
                error = ExecutionError(str((record.error or {}).get("message")))
                raise Failed(error, record.step_id, record.error)
            ended = _ends_run(record)
            if ended is not None:
                await self._ledger.end_again(step, ended)
            return self._give(step, record)
        now = self._ledger.parts.clock.now()
        fresh = StepRow(
            execution_id=self._run.execution_id,
            step_id=step.call.step_id,
            position=step.position,
            type=step.call.type.value,
            status="executing",
        )
        row = fresh if record is None else record
        row.started_at = row.started_at or now
        self._ledger.records[row.step_id] = row
        self._run.current_step = row.step_id
        left, row.status = row.status == "pending", "executing"  # a digest that the run left when it failed
        if not left and row.resume_at is not None and row.resume_at > now:
            await self._ledger.wait_on(step, row, "retry" if row.type not in _WAITS or row.tries else row.type)
        try:
            reason = await self._skips(step, row)
            if reason is not None:
                await self._ledger.complete(step, row, outcome="skipped", reason=reason.value)
            else:
                await self._perform(step, row, left=left)
        except Stop:
            raise
        except BaseException as error:
            if not is_failure(error):
                raise
            await self._ledger.fail(step, row, error)
        return self._give(step, row)

    async def _perform(self, step: StepRun, row: StepRow, *, left: bool) -> None:
        step_type = step.call.type
        if step_type in _WAITS:
            await Waits(self._ledger).perform(step, row, left=left)
        elif step_type is StepType.CUSTOM:
            row.result = await step.output()
            await self._ledger.complete(step, row)
        elif step_type.is_channel:
            if row.result is None:
                output = step.validate(self._overridden(row, await step.resolve()))
                row.result = {**step.sanitize(output)}
                overrides = await step.overrides(output)
                if overrides:
                    row.result["_providers"] = overrides
                row.tries = 0  # the resolver's; the delivery has its own
            await Delivering(self._ledger).perform(step, row)
        else:
            raise StepUnavailableError(
                f"Step `{row.step_id}`: {step_type} steps are performed by Novu only; in embedded mode use step.custom."
            )

    def _overridden(self, row: StepRow, resolved: Any) -> Any:
        """What the step says, with what the trigger says of its channel laid over it."""
        given = (self._run.request.get("overrides") or {}).get(row.type)
        return {**resolved, **given} if isinstance(given, dict) and isinstance(resolved, dict) else resolved

    async def _skips(self, step: StepRun, row: StepRow) -> SkipReason | None:
        waits = row.resume_at is not None and not row.tries
        if row.result is not None or waits:
            return None  # the step passed its gates before its output was made, or before it began to wait
        reason = await step.skip()
        if reason is None and step.call.type.is_channel:
            reason = self._gates.closed(step.workflow, Channel(step.call.type.value))
        return reason

    def _recall(self, step: StepRun) -> StepRow | None:
        record = self._ledger.records.get(step.call.step_id)
        if self._ledger.redriven(step.position):
            return record
        expected = self._order.get(step.position)
        if expected is not None and expected != step.call.step_id:
            raise Failed(
                NonDeterministicWorkflowError(
                    f"Workflow `{self._run.workflow_id}` reached step `{step.call.step_id}` as its step number "
                    f"{step.position + 1}; this run recorded `{expected}` there. The function changed, or depends on "
                    "something that is not recorded (time, randomness, outside data): put that into a custom step, "
                    "or restore the order and retry the run."
                )
            )
        if record is not None and record.position != step.position:
            raise Failed(
                NonDeterministicWorkflowError(
                    f"Workflow `{self._run.workflow_id}` reached step `{record.step_id}` as its step number "
                    f"{step.position + 1}; this run recorded it as number {record.position + 1}."
                )
            )
        return record

    def _give(self, step: StepRun, row: StepRow) -> Any:
        ran = row.status == "completed" and row.outcome != "skipped"
        step.scope.steps[row.step_id] = row.result if ran else {}
        return step.result(row.result if ran else None, ran=ran)


def _ends_run(record: StepRow) -> str | None:
    """Return the outcome of a run that ended at this step, or None: it had merged into a digest or was throttled."""
    if record.reason == "merged":
        return "merged"
    throttled = record.type == StepType.THROTTLE and record.status == "completed" and (record.result or {})
    return "throttled" if throttled and throttled.get("throttled") else None
