"""What becomes of a claim but its run's end: it is given back unbegun, or lost because the store was away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from novu_core.clock import micros
from novu_core.storage import lease_statements as statements
from novu_core.storage.lanes import BEGUN, NEW
from novu_core.storage.rows import ExecutionRow
from novu_core.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class GiveBack:
    """A run that was claimed and not begun is what it was before, and due now. ``row``: as it was claimed."""

    row: ExecutionRow
    now: datetime

    def apply(self, transaction: Transaction) -> None:
        """Undo the claim, unless the run was claimed or canceled meanwhile."""
        row = self.row
        waiting_for = None if row.takeovers else self._waited_for(transaction)
        started = None if row.started_at == row.resume_at else row.started_at  # both are the time of this claim
        fields = {
            "status": "running" if row.takeovers or waiting_for else "pending",
            "waiting_for": waiting_for,
            "resume_at": micros(self.now) if waiting_for else None,
            "due_at": micros(self.now),
            "lane": NEW if started is None and row.lane == BEGUN else row.lane,
            "takeovers": max(row.takeovers - 1, 0),
            "started_at": started and micros(started),
            "counted": row.takeovers,
            "left_for": "retry",
        }
        key = {"run_id": row.execution_id, "token": row.fence}
        if transaction.execute(statements.GIVE_BACK, {**fields, **key}) == 1:
            transaction.wakes(self.now)

    def _waited_for(self, transaction: Transaction) -> str | None:
        """What the run waited for until it was claimed, which made its row forget it; its steps know."""
        if self.row.fence == 1:  # its first claim: it was new
            return None
        step = transaction.row(statements.WAITING_STEP, {"execution_id": self.row.execution_id})
        if step is None:
            return "retry" if self.row.error else None  # of its function; one that was retried by hand has no error
        step_type, tries = step
        return str(step_type) if step_type in ("digest", "delay") and not tries else "retry"


@dataclass(frozen=True, slots=True)
class ForgiveLoss:
    """A run was left because the store was away, and not by a death: its take-over is not counted."""

    execution_id: str
    fence: int

    def apply(self, transaction: Transaction) -> None:
        """Let the run wait until its lease has passed; where it was taken over already, take that off the count."""
        run = {"run_id": self.execution_id}
        if transaction.execute(statements.WAIT_OUT_LEASE, {**run, "token": self.fence}) == 0:
            transaction.execute(statements.FORGIVE, {**run, "token": self.fence + 1})
