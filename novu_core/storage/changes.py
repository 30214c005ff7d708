"""Changes as data: what a batch may hold. Each applies itself inside the store's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from novu_core.clock import micros
from novu_core.errors import ExecutionNotFoundError, InvalidTransitionError, LeaseLostError
from novu_core.storage import lease_statements, statements
from novu_core.storage.rows import ExecutionRow, MessageRow, StepRow
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import Statement


class Change(Protocol):
    """One part of an atomic batch.

    A property ``locks`` names what it locks that others may lock, too (:meth:`Database.write`). ``single``: it is one
    statement, where each is sent to a server, and does no harm when it comes twice, also if the first comes last.
    """

    def apply(self, transaction: Transaction) -> Any:
        """Make the change and return what the caller may want to know; an error undoes the whole batch."""
        ...


@dataclass(frozen=True, slots=True)
class Write:
    """A plain statement."""

    statement: Statement
    params: Mapping[str, Any]

    def apply(self, transaction: Transaction) -> int:
        """Return how many rows changed."""
        return transaction.execute(self.statement, self.params)


@dataclass(frozen=True, slots=True)
class AddExecution:
    """A new run, unless this workflow, subscriber and transaction id have one already."""

    row: ExecutionRow

    def apply(self, transaction: Transaction) -> ExecutionRow:
        """Return the stored row: this one or the earlier."""
        params = self.row.to_params()
        if transaction.execute(statements.INSERT_EXECUTION, params) == 1:
            if self.row.status == "pending" or self.row.waiting_for is not None:
                transaction.wakes(self.row.due_at)
            return self.row
        found = transaction.row(statements.EXECUTION_OF_TRIGGER, params)
        if found is None:
            raise ExecutionNotFoundError(self.row.execution_id)
        return ExecutionRow.read(found)


@dataclass(frozen=True, slots=True)
class SaveExecution:
    """The owner's view of its run. Raises LeaseLostError where another worker claimed the run since."""

    row: ExecutionRow

    @property
    def single(self) -> bool:
        """An end stands; a wait is told to other processes, too, and what keeps a lease must not come late."""
        return self.row.completed_at is not None

    def apply(self, transaction: Transaction) -> None:
        """Write every field that a run may change."""
        params = self.row.to_params(statements.RUN_FIELDS)
        params |= {"run_id": self.row.execution_id, "token": self.row.fence}
        if transaction.execute(statements.SAVE_EXECUTION, params) != 1 and not self._saved(transaction):
            raise _lost(self.row.execution_id)
        if self.row.waiting_for is not None:
            transaction.wakes(self.row.due_at)

    def _saved(self, transaction: Transaction) -> bool:
        """Whether the run is stored as this owner ended it: the answer to that was lost on its way."""
        row = self.row
        found = transaction.row(statements.EXECUTION, {"execution_id": row.execution_id, "app": row.app})
        stored = None if found is None else ExecutionRow.read(found)
        return stored is not None and (stored.fence, stored.status, stored.completed_at) == (
            row.fence,
            row.status,
            row.completed_at,
        )


@dataclass(frozen=True, slots=True)
class SaveOwnStep:
    """A step's state while its run goes on as it was, and the message that it sent.

    Raises LeaseLostError where another worker claimed the run.
    """

    params: Mapping[str, Any]
    message: Mapping[str, Any] | None = None
    single: ClassVar[bool] = True

    @classmethod
    def of(cls, run: ExecutionRow, step: StepRow, message: MessageRow | None = None) -> SaveOwnStep:
        """Build from the rows as they are now: outside the transaction, which others may wait for."""
        sent = None if message is None else message.placed().to_params()
        return cls(step.to_params() | {"run_id": run.execution_id, "token": run.fence}, sent)

    def apply(self, transaction: Transaction) -> None:
        """Insert or update the step, if the run is still its owner's; a second message of the step is ignored."""
        params, message = self.params, self.message
        if message is not None and transaction.backend.remote:
            both = {**params, **{f"message_{name}": value for name, value in message.items()}}
            [saved] = transaction.one(statements.SAVE_OWN_STEP_AND_MESSAGE, both)
        else:
            saved = transaction.execute(statements.SAVE_OWN_STEP, params)
        if saved != 1:
            raise _lost(params["run_id"])
        if message is not None and not transaction.backend.remote:
            transaction.execute(statements.INSERT_MESSAGE, message)


def _lost(execution_id: str) -> LeaseLostError:
    return LeaseLostError(
        f"Execution {execution_id} is owned by another worker now; this worker's changes were not saved."
    )


@dataclass(frozen=True, slots=True)
class MoveExecution:
    """A move from outside the run: retry or cancel. It takes the run away from whoever owns it.

    Raises InvalidTransitionError unless the run's status is one of ``allowed``.
    """

    execution_id: str
    allowed: frozenset[str]
    action: str
    fields: Mapping[str, Any]
    app: str = ""

    def apply(self, transaction: Transaction) -> ExecutionRow:
        """Check and write the new state; return it."""
        found = transaction.row(statements.EXECUTION_TO_MOVE, {"execution_id": self.execution_id, "app": self.app})
        if found is None:
            raise ExecutionNotFoundError(self.execution_id)
        row = ExecutionRow.read(found)
        if row.status not in self.allowed:
            raise InvalidTransitionError(
                f"Execution {self.execution_id} is {row.status}; only one that is "
                f"{' or '.join(sorted(self.allowed))} can be {self.action}."
            )
        for name, value in self.fields.items():
            setattr(row, name, value)
        params = {**row.to_params(statements.RUN_FIELDS), "run_id": self.execution_id}
        transaction.execute(statements.MOVE_EXECUTION, params)
        transaction.wakes(row.due_at)
        return row


@dataclass(frozen=True, slots=True)
class GoOn:
    """A run is moved, and goes on here.

    It is claimed at once for ``owner`` if its workflow is one of ``workflow_ids``, else left to a worker that has it.
    """

    execution_id: str
    now: datetime
    lease_until: datetime
    owner: str
    workflow_ids: frozenset[str]
    app: str = ""

    def claimed(self, transaction: Transaction, row: ExecutionRow) -> ExecutionRow | None:
        """Return the moved run as it was claimed."""
        if row.workflow_id not in self.workflow_ids:
            return None
        claim = {"run_id": self.execution_id, "lease": micros(self.lease_until), "moment": micros(self.now)}
        claimed = transaction.row(lease_statements.CLAIM_ONE, {**claim, "by": self.owner})
        return None if claimed is None else ExecutionRow.read(claimed)


@dataclass(frozen=True, slots=True)
class ReopenExecution(GoOn):
    """A failed run is to run again, from its first step that failed or did not run.

    Raises ExecutionNotFoundError and InvalidTransitionError.
    """

    def apply(self, transaction: Transaction) -> ExecutionRow | None:
        """Return the claimed run."""
        fields = {
            "status": "pending",
            "outcome": None,
            "waiting_for": None,
            "resume_at": None,
            "due_at": self.now,
            "tries": 0,
            "takeovers": 0,
            "current_step": None,
            "error": None,
            "completed_at": None,
        }
        row = MoveExecution(self.execution_id, frozenset({"failed"}), "retried", fields, self.app).apply(transaction)
        transaction.execute(statements.REOPEN_STEPS, {"run_id": self.execution_id})
        return self.claimed(transaction, row)


def save_step(row: StepRow) -> Write:
    """Store a step's state."""
    return Write(statements.SAVE_STEP, row.to_params())


def leave_waiting(execution_id: str) -> Write:
    """Let the digest that a run was waiting in when it failed be joined anew by a retry, with its due time."""
    return Write(statements.LEAVE_WAITING_STEPS, {"run_id": execution_id})


def cancel_steps(execution_id: str, now: datetime) -> Write:
    """End the step at which a canceled run waits."""
    return Write(statements.CANCEL_STEPS, {"run_id": execution_id, "now": micros(now)})
