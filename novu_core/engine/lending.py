"""Triggers in a transaction of the user's own: what they start is there with the rest of it, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from novu_core.aio import IO, Blocking
from novu_core.definition.workflow import CommonTriggerOptions, Workflow
from novu_core.engine.checking import Checking
from novu_core.engine.parts import Parts
from novu_core.engine.recording import Recording
from novu_core.errors import AsyncContextError, FieldError, ValidationError
from novu_core.storage import statements
from novu_core.storage.lent import Lender
from novu_core.storage.rows import ExecutionRow, StepRow
from novu_core.storage.sessions import is_async, lendable
from novu_core.storage.transaction import Transaction

_SOON = timedelta(milliseconds=20)
"""After a commit that is about to be sent, it is most likely over; who looks too early looks again within a second."""


class Lent(NamedTuple):
    """What was recorded: the transaction id, the runs with their steps, and whether the id had been used."""

    transaction_id: str
    runs: list[tuple[ExecutionRow, list[StepRow]]]
    repeated: bool


class Lending:
    """Records triggers in sessions of the users of one client."""

    def __init__(self, parts: Parts, checking: Checking, recording: Recording) -> None:
        self._parts = parts
        self._checking = checking
        self._recording = recording
        self._lender = Lender(parts.store.database)

    async def trigger(
        self, workflow: Workflow, io: IO, session: Any, to: Any, payload: Any, options: CommonTriggerOptions
    ) -> Lent:
        """Record a trigger, whose runs begin after the session's commit.

        All is checked before anything is written, and what is refused leaves the session usable. Raises what a trigger
        raises, ValidationError for ``wait=True``, TypeError for what is no session, ConfigurationError for one of
        another database, AsyncContextError for an AsyncSession in blocking code, and what SQLAlchemy raises.
        """
        lent = lendable(session)
        if is_async(lent) and isinstance(io, Blocking):
            name = workflow.handler.__name__
            raise AsyncContextError(f"session= is an {type(lent).__name__}; use `await {name}.atrigger(...)`.")
        recipients, request, transaction = await io.call(self._checking.embedded, workflow, to, payload, options)
        if options.get("wait"):
            told = "must not be true with session=: nothing runs before your transaction is committed"
            raise ValidationError("The trigger is invalid.", [FieldError("/wait", told)])
        await io.call(self._lender.prepare)

        def record(opened: Any) -> Lent:
            with self._lender.lent(opened, self._committed) as commit:
                started = self._recording.record(
                    workflow, request, recipients, transaction, options, inline=False, commit=commit
                )
                runs = [
                    (run.row, [] if run.new else commit(_ReadSteps(run.row.execution_id))[0]) for run in started.runs
                ]
            return Lent(transaction, runs, repeated=not (started.fanned_out or any(run.new for run in started.runs)))

        if is_async(lent):
            found: Lent = await lent.run_sync(record)
            return found
        return record(lent)

    def _committed(self, over: bool) -> None:
        now = self._parts.clock.now()
        self._parts.due(now if over else now + _SOON)


@dataclass(frozen=True, slots=True)
class _ReadSteps:
    """The steps of an earlier run of the same transaction id."""

    execution_id: str

    def apply(self, transaction: Transaction) -> list[StepRow]:
        rows = transaction.rows(statements.STEPS, {"execution_id": self.execution_id})
        return [StepRow.read(row) for row in rows]
