"""The embedded engine: records triggers, runs them, and moves executions from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from typing_extensions import Unpack

from novu_core.aio import IO, Blocking, in_event_loop
from novu_core.definition.workflow import CommonTriggerOptions, Workflow
from novu_core.engine.checking import Checking
from novu_core.engine.fanouts import Fanouts
from novu_core.engine.hiding import hide_members
from novu_core.engine.lending import Lending
from novu_core.engine.neighbours import Neighbours
from novu_core.engine.parts import Parts
from novu_core.engine.reading import execution_of
from novu_core.engine.recording import MOST_INLINE, Recording
from novu_core.engine.runner import Runner
from novu_core.engine.upkeep import Upkeep
from novu_core.errors import AsyncContextError, ExecutionNotFoundError
from novu_core.records import ExecutionContext, TriggerResult
from novu_core.storage.changes import MoveExecution, ReopenExecution, cancel_steps
from novu_core.storage.digests import LeaveDigests
from novu_core.storage.masking import MaskRuns
from novu_core.storage.moves import WakeExecution
from novu_core.storage.rows import ExecutionRow, StepRow


class Engine:
    """Runs the workflows of one registry on one store."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.checking = Checking(parts)
        self.recording = Recording(parts)
        self.fanouts = Fanouts(parts)
        self.runner = Runner(parts)
        self.neighbours = Neighbours(parts)
        self.upkeep = Upkeep(parts)
        self.lending = Lending(parts, self.checking, self.recording)

    async def trigger(
        self,
        workflow: Workflow,
        io: IO,
        to: Any,
        payload: Any = None,
        **options: Unpack[CommonTriggerOptions],
    ) -> TriggerResult:
        """Record one execution for each recipient and run them (SEMANTICS; ARCHITECTURE, Triggering).

        Of a topic or a broadcast nothing is recorded here but that: a worker reads who is meant.
        """
        _check_loop(workflow, io)
        recipients, request, transaction = await io.call(self.checking.embedded, workflow, to, payload, options)
        inline = options.get("wait", True) and not recipients.fanouts and len(recipients.subscribers) <= MOST_INLINE
        recorded, fanned_out = await io.call(
            lambda: self.recording.record(workflow, request, recipients, transaction, options, inline=inline)
        )
        mine = [found.row for found in recorded if found.goes_on(inline) and found.opening is None]
        for row in mine:
            self.runner.active.add(row)  # their leases are kept while they wait for their turn here
        executions = []
        try:
            for found in recorded:
                row = found.row
                if found.goes_on(inline):
                    steps = await self.runner.run(row, io, found.known, found.opening)
                    self._due(row.due_at)
                else:
                    steps = [] if found.new else await io.call(self.parts.store.steps, row.execution_id)
                executions.append(self.shown(row, steps, read=not found.new))
        finally:
            for row in mine:
                self.runner.active.remove(row)
        started = fanned_out or any(found.new for found in recorded)
        if not inline and started:
            self._due(self.parts.clock.now())
        if self.neighbours.unseen:
            await io.call(self.neighbours.show)
        return TriggerResult(transaction, executions, repeated=not started)

    async def trigger_in(
        self, session: Any, workflow: Workflow, io: IO, to: Any, payload: Any, options: CommonTriggerOptions
    ) -> TriggerResult:
        """Record a trigger in a transaction of the user's own (see :class:`Lending`)."""
        transaction, runs, repeated = await self.lending.trigger(workflow, io, session, to, payload, options)
        return TriggerResult(transaction, [self.shown(row, steps) for row, steps in runs], repeated=repeated)

    async def retry(self, execution_id: str, io: IO) -> ExecutionContext:
        """Run a failed execution again from its first step that failed or did not run.

        Raises ExecutionNotFoundError, and InvalidTransitionError where it has not failed.
        """
        return await self._move(ReopenExecution, execution_id, io)

    async def wake(self, execution_id: str, io: IO) -> ExecutionContext:
        """Let a run that waits go on now, and run it; a digest closes with what it has collected.

        Raises ExecutionNotFoundError, and InvalidTransitionError where it does not wait.
        """
        return await self._move(WakeExecution, execution_id, io)

    async def _move(self, change: type[ReopenExecution | WakeExecution], execution_id: str, io: IO) -> ExecutionContext:
        """Move a run and run it here; where its workflow is another process's, that one's worker does."""
        now, parts = self.parts.clock.now(), self.parts
        workflows = frozenset(parts.registry)
        move = change(execution_id, now, now + parts.lease, parts.owner, workflows, parts.store.app)
        [row] = await io.call(parts.store.commit, move)
        if row is not None:
            await self.runner.run(row, io)
            self._due(row.due_at)
        return await io.call(self.get, execution_id)

    def cancel(self, execution_id: str) -> ExecutionContext:
        """End an execution that has not ended; a merged one leaves its digest while the window is open.

        Raises ExecutionNotFoundError and InvalidTransitionError.
        """
        now = self.parts.clock.now()
        fields = {
            "status": "completed",
            "outcome": "canceled",
            "waiting_for": None,
            "resume_at": None,
            "due_at": None,
            "current_step": None,
            "completed_at": now,
        }
        allowed = frozenset({"pending", "running"})
        if self.parts.store.is_collecting(execution_id):
            allowed |= {"completed"}
        move = MoveExecution(execution_id, allowed, "canceled", fields, self.parts.store.app)
        ended = (
            cancel_steps(execution_id, now),
            LeaveDigests(execution_id),
            MaskRuns(self.parts.mask, (execution_id,)),
        )
        self.parts.store.commit(move, *ended)
        hide_members(self.parts, execution_id)
        return self.get(execution_id)

    def get(self, execution_id: str) -> ExecutionContext:
        """Return an execution. Raises ExecutionNotFoundError."""
        found = self.parts.store.run(execution_id)
        if found is None:
            raise ExecutionNotFoundError(execution_id)
        row, steps = found
        self._at_present(row)
        return self.shown(row, steps)

    def views(self, rows: Sequence[ExecutionRow]) -> list[ExecutionContext]:
        """Return stored runs with their steps."""
        for row in rows:
            self._at_present(row)
        steps = self.parts.store.steps_of([row.execution_id for row in rows])
        return [self.shown(row, steps.get(row.execution_id, [])) for row in rows]

    def shown(self, row: ExecutionRow, steps: Sequence[StepRow], *, read: bool = True) -> ExecutionContext:
        """Return a run as callers see it, with the steps that it has not reached while it is open.

        ``read``: it comes from the store; one that was made here is not looked over for damage.
        """
        workflow = self.parts.registry.get(row.workflow_id)
        return execution_of(row, steps, workflow.steps_or_none() or () if workflow else (), read=read)

    def _at_present(self, row: ExecutionRow) -> None:
        running = self.runner.active.get(row.execution_id)
        if running is not None and row.status == "running":  # the step of this moment is not committed yet
            row.current_step = running.current_step

    def close(self) -> None:
        """Close what the engine opened."""
        self.runner.active.close()
        self.parts.router.close()
        self.parts.store.close()

    def _due(self, when: datetime | None) -> None:
        if when is not None:
            self.parts.due(when)


def _check_loop(workflow: Workflow, io: IO) -> None:
    if workflow.is_async and isinstance(io, Blocking) and in_event_loop():
        raise AsyncContextError(
            f"Workflow `{workflow.workflow_id}` is async and an event loop is running here; "
            f"use `await {workflow.handler.__name__}.atrigger(...)`."
        )
