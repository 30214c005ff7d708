"""Drives one claimed run until it ends or must wait."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any

from novu_core.aio import IO, is_failure
from novu_core.codec import jsonable
from novu_core.definition.workflow import Workflow
from novu_core.engine.faults import describe, summary
from novu_core.engine.halts import Aborted, Failed
from novu_core.engine.heartbeat import Heartbeat
from novu_core.engine.hiding import hidden
from novu_core.engine.journal import EngineJournal
from novu_core.engine.ledger import Ledger
from novu_core.engine.parts import Parts
from novu_core.engine.reading import unreadable_run
from novu_core.engine.recipient import Recipient
from novu_core.engine.recording import Opening
from novu_core.engine.rules import rules_of
from novu_core.errors import (
    NonDeterministicWorkflowError,
    StoreError,
    UnreadableRowError,
    WorkerDiedError,
)
from novu_core.execution.controls import laid_over
from novu_core.execution.executor import Executor, Journal
from novu_core.execution.outcome import Stop
from novu_core.execution.scope import Scope
from novu_core.lines import about, logger_of
from novu_core.storage.changes import Change, SaveExecution, leave_waiting
from novu_core.storage.digests import LeaveDigests
from novu_core.storage.known import Known
from novu_core.storage.rows import ExecutionRow, StepRow
from novu_core.types import JsonObject

logger = logger_of(__name__)


class Runner:
    """Runs claimed executions; each row is updated to what was committed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.active = Heartbeat(parts)
        self._rules = rules_of(parts)

    async def run(
        self, row: ExecutionRow, io: IO, known: Known | None = None, opening: Opening | None = None
    ) -> list[StepRow]:
        """Run a claimed execution; return its steps. ``known``: what a trigger has just read for its new run.

        ``opening``: what stores that run, with what it commits first.

        Raises StoreError where the store is gone, and ReferenceError where the client or its app is; the run is then
        taken over when its lease has passed.
        """
        named = about(row.execution_id, row.workflow_id)
        with self._parts.alive(), named, self._parts.events.watch.run(row):
            self.active.begin(row, stored=opening is None)
            try:
                return await self._run(row, io, known, opening)
            except StoreError as error:
                self.active.abandon(row, error)
                raise
            finally:
                self.active.remove(row)

    async def _run(self, row: ExecutionRow, io: IO, known: Known | None, opening: Opening | None) -> list[StepRow]:
        steps: list[StepRow] = []
        fresh = known is not None
        if known is None:
            steps = await io.call(self._parts.store.steps, row.execution_id)
            known = await io.call(self._parts.store.known, row.workflow_id, row.subscriber_id)
        unreadable = (None if fresh else unreadable_run(row, steps)) or known.fault()
        if unreadable is not None:
            await self._refuse(row, io, unreadable, opening)
            return steps
        recipient = Recipient.of(row, known, self._parts.timezone, fresh=fresh)
        ledger = Ledger(self._parts, row, steps, recipient, opening, partial(self._opened, row))
        if row.takeovers:
            text = "Execution %s of %s is taken over: its worker stopped renewing its lease"
            logger.warning(text, row.execution_id, row.workflow_id)
        if row.tries == 0 and not steps and opening is None:
            self._tell_start(row)
        try:
            await self._execute(ledger, io, known)
        except Aborted as stop:
            self._left(row, stop)
        else:
            _log_state(row)
        return sorted(ledger.records.values(), key=lambda step: step.position)

    def _opened(self, row: ExecutionRow) -> None:
        self.active.stored(row)
        self._tell_start(row)

    def _tell_start(self, row: ExecutionRow) -> None:
        if not row.takeovers:
            logger.info("Execution %s of %s for %s starts", row.execution_id, row.workflow_id, row.subscriber_id)
        self._announce("execution_started", row)

    async def _refuse(self, row: ExecutionRow, io: IO, error: UnreadableRowError, opening: Opening | None) -> None:
        """End a run of which something that it needs cannot be read."""
        ledger = Ledger(self._parts, row, (), Recipient({}, False, (None, None), self._parts.timezone), opening)
        try:
            await self._end(ledger, io, describe(error, None, "configuration"), error)
        except Aborted as stop:
            self._left(row, stop)

    def _left(self, row: ExecutionRow, stop: Aborted) -> None:
        """Say that the run goes on elsewhere. Raises StoreError where the store is why."""
        if isinstance(stop.error, StoreError):
            raise stop.error from None
        self.active.abandon(row, stop.error)
        logger.warning("%s", stop.error)

    async def _execute(self, ledger: Ledger, io: IO, known: Known) -> None:
        row = ledger.run
        workflow = self._parts.registry[row.workflow_id]
        if row.takeovers and await self._given_up(ledger, io):
            return
        try:
            await self.replay(ledger, io, known, EngineJournal(ledger))
        except Failed as stop:
            await self._end(ledger, io, stop.fault or describe(stop.error, stop.step_id), stop.error)
        except Aborted:
            raise
        except Stop:
            if row.completed_at is not None:  # merged or throttled: what comes later is skipped for the same reason
                self._announce("execution_failed" if row.error else "execution_completed", row)
        except BaseException as error:
            if not is_failure(error):
                with contextlib.suppress(Exception, Aborted):  # what the store says must not replace the interrupt
                    await ledger.open(io)
                raise  # another worker takes the run over
            await self._body_failed(workflow, ledger, io, error)
        else:
            await self._end(ledger, io, None, None)

    async def replay(self, ledger: Ledger, io: IO, known: Known, journal: Journal) -> None:
        """Run the function from the top. Raises the journal's Stop, Failed, and whatever the function raises."""
        workflow = self._parts.registry[ledger.run.workflow_id]
        executor = Executor(
            workflow,
            self._scope(workflow, ledger, known.controls),
            journal,
            self._rules,
        )
        await self._call(executor, io)
        self._check_complete(ledger, executor)

    async def _given_up(self, ledger: Ledger, io: IO) -> bool:
        """Look at a take-over, which the claim counted; whether the run ended since it killed too many workers."""
        row = ledger.run
        steps = ledger.records.values()
        progress = sum(1 + (step.status != "executing") + len(step.attempts or ()) for step in steps)
        if progress != row.progress:
            row.takeovers, row.progress = 1, progress
            await ledger.save(io, SaveExecution(row))
        if row.takeovers <= self._parts.takeovers:
            row.takeovers = 0  # once anything of the run is saved, it has come further
            return False
        error = WorkerDiedError(
            f"{row.takeovers} workers died in this run, or lost it, without any progress; it is not taken over "
            "again. See the workers' logs for why, and retry the run."
        )
        await self._end(ledger, io, describe(error, None, "configuration"), error)
        return True

    async def _call(self, executor: Executor, io: IO) -> None:
        """Run the function; a stop is committed, and wins over what a ``finally``, a sibling or a group made of it."""
        try:
            with self._parts.context():
                await executor.run(io)
        except BaseException:
            if executor.stop is None:
                raise
            raise executor.stop from None

    def _scope(self, workflow: Workflow, ledger: Ledger, stored: Mapping[str, JsonObject]) -> Scope:
        request = ledger.run.request
        payload = request["payload"]
        source, schema = request.get("source", payload), workflow.payload_schema
        typed = jsonable(payload) if schema is None else schema.load(source)[0]
        given = request.get("controls") or {}
        own = {key: value for key, value in given.items() if key != "steps"}
        controls: Any = laid_over(stored.get("", {}), own)
        if workflow.control_schema is not None:
            controls = workflow.control_schema.load(controls)[0]
        sent = given.get("steps") or {}
        by_step = {step: laid_over(stored.get(step, {}), sent.get(step, {})) for step in {*stored, *sent}}
        return Scope(
            workflow=workflow,
            payload=typed,
            plain_payload=payload,
            subscriber=request["subscriber"],
            plain_subscriber=ledger.recipient.data,
            controls=controls,
            actor=request.get("actor"),
            context=request.get("context") or {},
            step_controls=by_step,
            links=lambda: self._parts.links.variables(ledger.run.subscriber_id, workflow, ledger.run.created_at),
        )

    def _check_complete(self, ledger: Ledger, executor: Executor) -> None:
        missing = [
            row.step_id
            for row in ledger.records.values()
            if row.step_id not in executor.called and not ledger.redriven(row.position)
        ]
        if missing:
            raise Failed(
                NonDeterministicWorkflowError(
                    f"Workflow `{executor.workflow.workflow_id}` ended without step `{missing[0]}`, which this run "
                    "recorded. The function changed, or depends on something that is not recorded; restore the step "
                    "and retry the run."
                )
            )

    async def _body_failed(self, workflow: Workflow, ledger: Ledger, io: IO, error: BaseException) -> None:
        row = ledger.run
        row.tries += 1
        fault = describe(error, None)
        pause = workflow.retry.pause(row.tries, self._parts.random) if workflow.retry is not None else None
        if pause is not None:
            row.error = fault
            row.waiting_for, row.resume_at = "retry", self._parts.clock.now() + pause
            row.due_at = row.resume_at
            await ledger.save(io, SaveExecution(row))
            return
        await self._end(ledger, io, fault, error)

    async def _end(self, ledger: Ledger, io: IO, fault: JsonObject | None, error: BaseException | None) -> None:
        row = ledger.run
        failed = [step for step in ledger.records.values() if step.status == "failed"]
        partial = fault is None and bool(failed)
        if partial:
            fault = next((step.error for step in failed if (step.error or {}).get("kind") == "code"), failed[0].error)
        row.status = "failed" if fault else "completed"
        row.outcome = "partial" if partial else None
        row.error = fault
        row.due_at = row.current_step = row.waiting_for = row.resume_at = None
        row.completed_at = self._parts.clock.now()
        left: list[Change] = []
        if fault and not partial:  # an opener that failed must not keep its window, where later events would be lost
            left = [LeaveDigests(row.execution_id), leave_waiting(row.execution_id)]
        if not fault:
            left += await hidden(self._parts, ledger, io)
        await ledger.save(io, SaveExecution(row), *left)
        if fault:
            logger.error(
                "Workflow %s failed in execution %s: %s",
                row.workflow_id, row.execution_id, summary(fault),
                exc_info=error if fault.get("kind") == "code" else None,
            )  # fmt: skip
        self._announce("execution_failed" if fault else "execution_completed", row)

    def _announce(self, name: str, row: ExecutionRow) -> None:
        self._parts.events.emit(
            name, execution_id=row.execution_id, workflow_id=row.workflow_id, subscriber_id=row.subscriber_id,
            status=row.status, outcome=row.outcome, error=row.error,
        )  # fmt: skip


def _log_state(row: ExecutionRow) -> None:
    if row.waiting_for and row.resume_at:
        until = row.resume_at.isoformat(timespec="seconds")
        logger.info("Execution %s waits for %s until %s", row.execution_id, row.waiting_for, until)
    else:
        logger.info("Execution %s ended: %s", row.execution_id, row.outcome or row.status)
