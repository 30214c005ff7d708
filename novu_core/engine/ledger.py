"""Commits what became of a run's steps: their ends, their waits, their failures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from novu_core.aio import IO
from novu_core.engine.faults import cause_of, describe
from novu_core.engine.halts import Aborted, Failed, Settled
from novu_core.engine.parts import Parts
from novu_core.engine.recipient import Recipient
from novu_core.engine.recording import Opening
from novu_core.errors import LeaseLostError, NovuError, StoreError, StoreRefusedError, UnreadableRowError
from novu_core.execution.rendering import StepRun
from novu_core.storage.changes import Change, SaveExecution, SaveOwnStep, save_step
from novu_core.storage.digests import Decision
from novu_core.storage.rows import ExecutionRow, MessageRow, StepRow
from novu_core.types import JsonObject, OnError

_OF_RUN = (Opening, SaveExecution, Decision)
"""What stores the run's row, and with it the lease."""


class Ledger:
    """The steps of one claimed run. Every method that commits leaves the run where the store or the lease refuses."""

    def __init__(
        self,
        parts: Parts,
        run: ExecutionRow,
        steps: Sequence[StepRow],
        recipient: Recipient,
        opening: Opening | None = None,
        opened: Callable[[], object] = lambda: None,
    ) -> None:
        """``opening``: what stores the run as it is then, if it is not stored yet; ``opened`` is called when it is."""
        self.parts = parts
        self.run = run
        self.recipient = recipient
        self.records = {row.step_id: row for row in steps}
        self._opening = opening
        self._opened = opened

    async def open(self, io: IO) -> None:
        """Store the run, if it is not stored yet: before anything is done that is not in the store."""
        if self._opening is not None:
            await self.save(io)

    async def save(self, io: IO, *changes: Change) -> None:
        """Commit changes. Raises Aborted where this worker may not go on.

        Raises StoreRefusedError and UnreadableRowError where nobody ever may.
        """
        opening, run = self._opening, self.run
        if opening is not None:
            changes = _opened_by(opening, changes)
        if run.waiting_for is None and run.completed_at is None and any(isinstance(it, _OF_RUN) for it in changes):
            # whatever came before may have taken longer than the lease that the row was read with
            run.due_at = self.parts.clock.now() + self.parts.lease
        try:
            await io.call(partial(self.parts.store.commit, *changes, starts=opening is not None, begun=True))
        except (StoreRefusedError, UnreadableRowError):
            raise
        except (StoreError, LeaseLostError) as error:
            raise Aborted(error) from error
        if opening is not None:
            self._opening = None
            self._opened()

    async def commit(self, step: StepRun, *changes: Change) -> None:
        """Commit a step's changes as :meth:`save` does; what is refused leaves the step and the run as they were."""
        try:
            await self.save(step.io, *changes)
        except (StoreRefusedError, UnreadableRowError):
            self._undo(step)
            raise

    async def complete(
        self,
        step: StepRun,
        row: StepRow,
        *more: Change,
        message: MessageRow | None = None,
        outcome: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Commit the step's end and the message that it sent, with ``more`` changes in the same batch."""
        row.status, row.outcome, row.reason = "completed", outcome, reason
        row.resume_at, row.error, row.completed_at = None, None, self.parts.clock.now()
        await self.commit(step, SaveOwnStep.of(self.run, row, message), *more)
        self.announce("step_skipped" if outcome == "skipped" else "step_completed", row)

    async def wait(self, step: StepRun, row: StepRow, waiting_for: str, pause: timedelta) -> None:
        """Commit that the step and the run wait for ``pause`` from now, and leave the run."""
        row.resume_at = self.parts.clock.now() + pause
        await self.wait_on(step, row, waiting_for)

    async def wait_on(self, step: StepRun, row: StepRow, waiting_for: str) -> None:
        """Commit that the step and the run wait until the step's ``resume_at``, and leave the run."""
        self.run.waiting_for, self.run.resume_at, self.run.due_at = waiting_for, row.resume_at, row.resume_at
        await self.commit(step, SaveExecution(self.run), save_step(row))
        raise Settled

    def _undo(self, step: StepRun) -> None:
        """Take back what a refused commit would have said of the step and the run."""
        run, row, now = self.run, self.records[step.call.step_id], self.parts.clock.now()
        row.status, row.outcome, row.reason, row.resume_at, row.completed_at = "executing", None, None, None, None
        if not step.call.type.is_channel:  # a message's content stays: a redrive sends the same
            row.result = None
        run.status, run.outcome, run.error, run.completed_at = "running", None, None, None
        run.waiting_for, run.resume_at, run.merged_into = None, None, None
        run.due_at = now  # nothing was renewed: the next heartbeat does it

    def failed_attempt(self, row: StepRow, fault: JsonObject) -> None:
        """Note an attempt that failed; what follows is the caller's to decide and commit."""
        row.attempts = [*row.attempts, {"at": self.parts.clock.now().isoformat(), "error": fault}]
        row.error = fault
        row.tries += 1

    async def fail(self, step: StepRun, row: StepRow, error: BaseException) -> None:
        """Record that the user's code, or what it returned, failed: retried where asked for, else failed for good."""
        self.failed_attempt(row, describe(error, row.step_id))
        retry = step.call.retry or step.workflow.retry
        if retry is not None and not isinstance(cause_of(error), NovuError):
            pause = retry.pause(row.tries, self.parts.random)
            if pause is not None:
                await self.wait(step, row, "retry", pause)
        await self.give_up(step, row, error)

    async def give_up(self, step: StepRun, row: StepRow, error: BaseException) -> None:
        """Commit the step's failure; the run goes on where the policy lets it."""
        now = self.parts.clock.now()
        last = row.attempts[-1] if row.attempts else {"at": now.isoformat(), "error": row.error}
        row.attempts = [*row.attempts[:-1], {**last, "final": True}]
        row.status, row.resume_at, row.completed_at = "failed", None, now
        try:
            await self.commit(step, SaveOwnStep.of(self.run, row))
        except StoreRefusedError:  # nor can its failure be kept: the run's end names it
            raise Failed(error, row.step_id, row.error) from None
        self.announce("step_failed", row)
        if self.stops(step):
            raise Failed(error, row.step_id, row.error)

    @staticmethod
    def stops(step: StepRun) -> bool:
        """Whether the run ends where this step fails for good (SEMANTICS, Failure)."""
        default = step.workflow.on_error if step.call.type.is_channel else OnError.STOP
        return OnError(step.call.on_error or default) is OnError.STOP

    async def end_again(self, step: StepRun, outcome: str, hides: Sequence[Change]) -> None:
        """Commit that the run ends at a step that ended it before: it was retried for an earlier step. Leaves it."""
        self.run.end(outcome, self.fault(), self.parts.clock.now())
        await self.commit(step, SaveExecution(self.run), *hides)
        raise Settled

    def fault(self) -> JsonObject | None:
        """Return the error of a step that failed for good, or None."""
        return next((row.error for row in self.records.values() if row.status == "failed"), None)

    def redriven(self, position: int) -> bool:
        """Whether a step before ``position`` is retried after it failed for good; the function may differ now."""
        earlier = (row for row in self.records.values() if row.position < position and row.status != "failed")
        return any(attempt.get("final") for row in earlier for attempt in row.attempts or ())

    def announce(self, name: str, row: StepRow) -> None:
        """Tell the listeners."""
        self.parts.events.emit(
            name,
            execution_id=row.execution_id,
            workflow_id=self.run.workflow_id,
            step_id=row.step_id,
            type=row.type,
            reason=row.reason,
            error=row.error,
        )


def _opened_by(opening: Opening, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes with what stores their run, which is inserted as it is after them, or as it is decided."""
    decision = next((change for change in changes if isinstance(change, Decision)), None)
    if decision is None:
        return (opening, *(change for change in changes if not isinstance(change, SaveExecution)))
    decision.opens = True
    return (*opening.introduction, *changes)
