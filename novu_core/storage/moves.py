"""Moves of runs from outside: the end of a wait, and the retry of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from novu_core.clock import micros
from novu_core.errors import ConflictError, InvalidTransitionError, NotFoundError
from novu_core.storage import digest_statements, statements
from novu_core.storage.changes import GoOn, MoveExecution, ReopenExecution
from novu_core.storage.rows import ExecutionRow
from novu_core.storage.transaction import Transaction

_APART = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class WakeExecution(GoOn):
    """A run that waits is to go on now: it, its step and the window that it opened are due at once, or none of them.

    Raises ExecutionNotFoundError and InvalidTransitionError.
    """

    def apply(self, transaction: Transaction) -> ExecutionRow | None:
        """Return the claimed run."""
        fields = {"resume_at": self.now, "due_at": self.now}
        row = MoveExecution(self.execution_id, frozenset({"running"}), "woken", fields, self.app).apply(transaction)
        if row.waiting_for is None:
            raise InvalidTransitionError(f"Execution {self.execution_id} is running now and waits for nothing.")
        moment = micros(self.now)
        transaction.execute(statements.WAKE_STEPS, {"run_id": self.execution_id, "due": moment})
        transaction.execute(digest_statements.OPENED_DUE, {"opener": self.execution_id, "due": moment})
        return self.claimed(transaction, row)


@dataclass(frozen=True, slots=True)
class ReopenExecutions:
    """Failed runs are to run again, in this order, by whoever has their workflows."""

    execution_ids: Sequence[str]
    now: datetime
    app: str = ""

    def apply(self, transaction: Transaction) -> int:
        """Return how many there were: those that somebody else retried meanwhile are left alone."""
        reopened = 0
        for at, execution_id in enumerate(self.execution_ids):
            due = self.now + at * _APART
            try:
                ReopenExecution(execution_id, due, due, "", frozenset(), self.app).apply(transaction)
            except (ConflictError, NotFoundError):  # before anything was written
                continue
            reopened += 1
        return reopened
