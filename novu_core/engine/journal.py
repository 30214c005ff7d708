"""The engine's journal of one run: recalls steps, asks the gates, commits each outcome before the next step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from novu_core.delivery import GiveUp, RetryLater
from novu_core.engine.delivering import Delivering
from novu_core.engine.faults import cause_of, describe
from novu_core.engine.gates import Gates
from novu_core.engine.halts import Aborted, Failed, Settled
from novu_core.engine.waits import Waits
from novu_core.errors import (
    ExecutionError,
    LeaseLostError,
    NonDeterministicWorkflowError,
    NovuError,
    StepUnavailableError,
    StoreError,
)
from novu_core.execution.rendering import StepRun
from novu_core.storage.changes import Change, SaveExecution, SaveOwnStep, save_step
from novu_core.storage.known import Known
from novu_core.storage.records import ExecutionRow, StepRow
from novu_core.types import Channel, JsonObject, OnError, SkipReason, StepType

if TYPE_CHECKING:
    from novu_core.engine.runner import Parts

_WAITS = (StepType.DIGEST, StepType.DELAY, StepType.THROTTLE)


class EngineJournal:
    """Implements the executor's Journal for one claimed run."""

    def __init__(self, parts: Parts, run: ExecutionRow, steps: Sequence[StepRow], known: Known) -> None:
        self.parts = parts
        self.run = run
        self.records = {row.step_id: row for row in steps}
        self._order = {row.position: row.step_id for row in steps}
        self._gates = Gates(parts, run, known.preferences)

    async def step(self, call: StepRun) -> Any:
        """Return a recorded step's result, or run the step."""
        record = self._recall(call)
        if record is not None and record.status in ("completed", "failed"):
            if record.status == "failed" and self._stops(call):  # killed before the run's own end was committed
                error = ExecutionError(str((record.error or {}).get("message")))
                raise Failed(error, record.step_id, record.error)
            return self._give(call, record)
        now = self.parts.clock.now()
        fresh = StepRow(self.run.execution_id, call.call.step_id, call.position, call.call.type.value, "executing")
        row = fresh if record is None else record
        row.started_at = row.started_at or now
        self.records[row.step_id] = row
        self.run.current_step = row.step_id
        await self._not_yet_due(call, row, now)
        try:
            reason = await self._skips(call, row)
            if reason is not None:
                await self.complete(call, row, outcome="skipped", reason=reason.value)
            else:
                await self._perform(call, row)
        except Exception as error:
            await self._fail(call, row, error)
        return self._give(call, row)

    async def _perform(self, call: StepRun, row: StepRow) -> None:
        step_type = call.call.type
        if step_type in _WAITS:
            await Waits(self).perform(call, row)
        elif step_type is StepType.CUSTOM:
            row.result = await call.output()
            await self.complete(call, row)
        elif step_type.is_channel:
            if row.result is None:
                output = await call.output()
                row.result = {**call.sanitize(output)}
                overrides = await call.overrides(output)
                if overrides:
                    row.result["_providers"] = overrides
                row.tries = 0  # the resolver's; the delivery has its own
            await Delivering(self).perform(call, row)
        else:
            raise StepUnavailableError(
                f"Step `{row.step_id}`: {step_type} steps are performed by Novu only; in embedded mode use step.custom."
            )

    async def _skips(self, call: StepRun, row: StepRow) -> SkipReason | None:
        waits = row.resume_at is not None and not row.tries
        if row.result is not None or waits:
            return None  # the step passed its gates before its output was made, or before it began to wait
        reason = await call.skip()
        if reason is None and call.call.type.is_channel:
            channel = Channel(call.call.type.value)
            reason = self._gates.closed(call.workflow, channel)
        return reason

    def _recall(self, call: StepRun) -> StepRow | None:
        record = self.records.get(call.call.step_id)
        if self.redriven(call.position):
            return record
        expected = self._order.get(call.position)
        if expected is not None and expected != call.call.step_id:
            raise Failed(
                NonDeterministicWorkflowError(
                    f"Workflow `{self.run.workflow_id}` reached step `{call.call.step_id}` as its step number "
                    f"{call.position + 1}; this run recorded `{expected}` there. The function changed, or depends on "
                    "something that is not recorded (time, randomness, outside data): put that into a custom step, "
                    "or restore the order and retry the run."
                )
            )
        if record is not None and record.position != call.position:
            raise Failed(
                NonDeterministicWorkflowError(
                    f"Workflow `{self.run.workflow_id}` reached step `{record.step_id}` as its step number "
                    f"{call.position + 1}; this run recorded it as number {record.position + 1}."
                )
            )
        return record

    def redriven(self, position: int) -> bool:
        """Whether a step before ``position`` is being made good, so that the function may rightly take another way."""
        earlier = (row for row in self.records.values() if row.position < position and row.status != "failed")
        return any(attempt.get("final") for row in earlier for attempt in row.attempts or ())

    def _give(self, call: StepRun, row: StepRow) -> Any:
        ran = row.status == "completed" and row.outcome != "skipped"
        call.scope.steps[row.step_id] = row.result if ran else {}
        return call.result(row.result if ran else None, ran=ran)

    async def _not_yet_due(self, call: StepRun, row: StepRow, now: datetime) -> None:
        if row.resume_at is not None and row.resume_at > now:
            waiting = "retry" if row.type not in _WAITS or row.tries else row.type
            await self.wait(call, row, waiting, row.resume_at)

    async def wait(self, call: StepRun, row: StepRow, waiting_for: str, until: datetime) -> None:
        """Commit the step and the run's wait, and leave the run."""
        row.resume_at = until
        self.run.waiting_for, self.run.resume_at, self.run.due_at = waiting_for, until, until
        await self.commit(call, SaveExecution(self.run), save_step(row))
        raise Settled

    async def complete(
        self, call: StepRun, row: StepRow, *more: Change, outcome: str | None = None, reason: str | None = None
    ) -> None:
        """Commit the step's end, with ``more`` changes in the same batch."""
        row.status, row.outcome, row.reason = "completed", outcome, reason
        row.resume_at, row.error, row.completed_at = None, None, self.parts.clock.now()
        await self.commit(call, SaveOwnStep.of(self.run, row), *more)
        self.announce("step_skipped" if outcome == "skipped" else "step_completed", row)

    async def commit(self, call: StepRun, *changes: Change) -> None:
        """Commit, or leave the run where the store or the lease does not let this worker go on."""
        try:
            await call.io.call(self.parts.store.commit, *changes)
        except (StoreError, LeaseLostError) as error:
            raise Aborted(error) from error

    async def _fail(self, call: StepRun, row: StepRow, error: Exception) -> None:
        """A user's code, or what it returned, failed: retry where asked for, else the step failed for good."""
        retry = call.call.retry or call.workflow.retry
        row.tries += 1
        fault = describe(error, row.step_id)
        row.attempts = [*row.attempts, {"at": self.parts.clock.now().isoformat(), "error": fault}]
        row.error = fault
        if retry is not None and row.tries < retry.attempts and not isinstance(cause_of(error), NovuError):
            pause = timedelta(seconds=retry.delay(row.tries, self.parts.random))
            await self.wait(call, row, "retry", self.parts.clock.now() + pause)
        await self.give_up(call, row, error)

    async def give_up(self, call: StepRun, row: StepRow, error: BaseException) -> None:
        """Commit the step's failure; the run goes on where the policy lets it."""
        now = self.parts.clock.now()
        last = row.attempts[-1] if row.attempts else {"at": now.isoformat(), "error": row.error}
        row.attempts = [*row.attempts[:-1], {**last, "final": True}]
        row.status, row.resume_at, row.completed_at = "failed", None, now
        await self.commit(call, SaveOwnStep.of(self.run, row))
        self.announce("step_failed", row)
        if self._stops(call):
            raise Failed(error, row.step_id, row.error)

    @staticmethod
    def _stops(call: StepRun) -> bool:
        """Whether the run ends where this step fails for good (SEMANTICS, Failure)."""
        default = call.workflow.on_error if call.call.type.is_channel else OnError.STOP
        return OnError(call.call.on_error or default) is OnError.STOP

    async def after_attempt(
        self, call: StepRun, row: StepRow, decision: Callable[[], object], fault: JsonObject
    ) -> object:
        """Record a failed delivery and return what follows; a retry later leaves the run."""
        now = self.parts.clock.now()
        row.attempts = [*row.attempts, {"at": now.isoformat(), "error": fault}]
        row.error = fault
        row.tries += 1
        following = decision()
        if isinstance(following, RetryLater):
            await self.wait(call, row, "retry", now + timedelta(seconds=following.seconds))
        if not isinstance(following, GiveUp):
            row.tries = 0
        return following

    def announce(self, name: str, row: StepRow) -> None:
        """Tell the listeners."""
        self.parts.events.emit(
            name, execution_id=row.execution_id, workflow_id=self.run.workflow_id, step_id=row.step_id, type=row.type,
            reason=row.reason, error=row.error,
        )  # fmt: skip
