"""Replays open runs against the present code, without performing anything: which of them would fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from novu_core.aio import IO, is_failure
from novu_core.engine.faults import describe, summary
from novu_core.engine.halts import Failed, Settled
from novu_core.engine.ledger import Ledger
from novu_core.engine.parts import Parts
from novu_core.engine.reading import unreadable_run
from novu_core.engine.recipient import Recipient
from novu_core.engine.recorded import Recorded, ends_run
from novu_core.engine.runner import Runner
from novu_core.execution.outcome import Stop
from novu_core.execution.rendering import StepRun
from novu_core.storage.rows import ExecutionRow, StepRow
from novu_core.storage.store import Store

_PAGE = 100


@dataclass(frozen=True)
class Misfit:
    """An open run that would fail: why, and at which step it stands, if it has reached one."""

    execution_id: str
    workflow_id: str
    step_id: str | None
    error: str

    def __str__(self) -> str:
        where = f"at step `{self.step_id}`" if self.step_id else "before its first step"
        return f"would fail: this run of `{self.workflow_id}`, {where}, no longer fits the code: {self.error}"


class _Reader(Recorded):
    """Gives recorded results, and ends the run at the first step that has none."""

    async def step(self, step: StepRun) -> Any:
        """Recall; nothing is resolved or performed."""
        record = self.recall(step)
        if record is None or record.status not in ("completed", "failed") or ends_run(record):
            raise Settled
        if record.status == "failed" and self._ledger.stops(step):
            raise Settled  # it ends here, whatever the code is
        return self.give(step, record)


class Rehearsal:
    """Replays the open runs of one client's store."""

    def __init__(self, parts: Parts, runner: Runner) -> None:
        self._parts = parts
        self._runner = runner

    def open_runs(self) -> Iterator[ExecutionRow]:
        """Yield the runs that wait or are due, not those that a worker has in hand, newest first."""
        now = self._parts.clock.now()
        for status in ("running", "pending"):
            for row in _all(self._parts.store, status):
                if row.waiting_for is not None or (row.due_at is not None and row.due_at <= now):
                    yield row

    async def misfit(self, row: ExecutionRow, io: IO) -> Misfit | None:
        """Return why a run would fail, or None; its workflow must be known here. Raises StoreError."""
        store = self._parts.store
        steps = await io.call(store.steps, row.execution_id)
        known = await io.call(store.known, row.workflow_id, row.subscriber_id)
        unreadable = unreadable_run(row, steps) or known.fault()
        if unreadable is not None:
            return _misfit(row, steps, unreadable)
        ledger = Ledger(self._parts, row, steps, Recipient.of(row, known, self._parts.timezone, fresh=False))
        try:
            await self._runner.replay(ledger, io, known, _Reader(ledger))
        except Failed as stop:
            error: BaseException = stop.error
        except Stop:
            return None
        except BaseException as raised:
            if not isinstance(raised, SystemExit) and not is_failure(raised):
                raise
            error = raised
        else:
            return None
        return _misfit(row, steps, error)


def _misfit(row: ExecutionRow, steps: Sequence[StepRow], error: BaseException) -> Misfit:
    latest = max(steps, key=lambda step: step.position, default=None)
    step_id = latest.step_id if latest else None
    return Misfit(row.execution_id, row.workflow_id, step_id, summary(describe(error, step_id)))


def _all(store: Store, status: str) -> Iterator[ExecutionRow]:
    cursor = None
    while rows := store.list_executions(limit=_PAGE, cursor=cursor, status=status):
        yield from rows
        cursor = rows[-1].execution_id
