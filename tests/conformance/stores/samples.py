"""Rows that the tests of the stores are about."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from novu_core.storage import statements
from novu_core.storage.changes import AddExecution, Write
from novu_core.storage.digests import JoinDigest
from novu_core.storage.rows import ExecutionRow, MessageRow, StepRow
from novu_core.storage.store import Store

NOW = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
LATER = NOW + timedelta(hours=1)
LEASE = NOW + timedelta(seconds=30)


def run(number: int, *, status="pending", due=NOW, fence=0, workflow="w", subscriber="s", payload=None) -> ExecutionRow:
    """A run that nobody has begun."""
    return ExecutionRow(
        execution_id=f"e{number:04}",
        workflow_id=workflow,
        subscriber_id=subscriber,
        transaction_id=f"t{number}",
        status=status,
        due_at=due,
        fence=fence,
        request={"payload": payload or {}},
        created_at=NOW,
    )


def running(store: Store, number: int, **fields) -> ExecutionRow:
    """A stored run whose owner has a lease."""
    row = run(number, status="running", due=LEASE, fence=1, **fields)
    store.commit(AddExecution(row))
    return row


def step_of(execution_id: str, step_id: str, step_type: str, *, status="executing", **fields) -> StepRow:
    """The first step of a run."""
    return StepRow(execution_id=execution_id, step_id=step_id, position=0, type=step_type, status=status, **fields)


def message(number: int, row: ExecutionRow, step="in") -> MessageRow:
    """An in-app message of a run."""
    return MessageRow(
        message_id=f"m{number:04}",
        execution_id=row.execution_id,
        step_id=step,
        workflow_id=row.workflow_id,
        subscriber_id=row.subscriber_id,
        transaction_id=row.transaction_id,
        channel="in_app",
        content={"body": "ü \x00 😀"},
        provider="novu",
        created_at=NOW,
    )


def add_message(row: MessageRow) -> Write:
    """Store a message without the step that sends it."""
    return Write(statements.INSERT_MESSAGE, row.placed().to_params())


def join(store: Store, row: ExecutionRow, window: str, *, look_back=None) -> None:
    """Let a run reach its digest."""
    step = step_of(row.execution_id, "d", "digest")
    store.commit(JoinDigest(row, step, "bucket", window, LATER, NOW, look_back))
