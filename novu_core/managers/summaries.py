"""What lists of runs and digests' windows show, made of the rows that the store holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from novu_core.codec import loads
from novu_core.records.summaries import RunSummary, Window
from novu_core.storage.listings import parameters
from novu_core.storage.open_windows import collected
from novu_core.storage.run_listings import brief_steps
from novu_core.storage.slices import padded
from novu_core.storage.store import Store
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_time


def summaries_of(transaction: Transaction, rows: Sequence[tuple[Any, ...]]) -> list[RunSummary]:
    """Return runs in brief, from rows of a brief listing; a time that cannot be read is None."""
    steps: dict[str, list[str]] = {row[0]: [] for row in rows}
    if rows:
        ids = padded(list(steps))
        for execution_id, status, outcome in transaction.rows(brief_steps(len(ids)), parameters({"execution_id": ids})):
            steps[execution_id].append(outcome or status)
    return [_summary(row, steps[row[0]]) for row in rows]


def _summary(row: tuple[Any, ...], steps: list[str]) -> RunSummary:
    execution_id, workflow_id, subscriber_id, status, outcome, waiting_for, resume_at, merged_into, error, *times = row
    return RunSummary(
        execution_id,
        workflow_id,
        subscriber_id,
        status,
        outcome,
        waiting_for,
        _time(resume_at) if waiting_for is not None else None,
        merged_into,
        error if status == "failed" else None,
        created_at=_time(times[0]),
        completed_at=_time(times[1]),
        steps=steps,
    )


def _time(value: Any) -> datetime | None:
    try:
        return None if value is None else read_time(value)
    except UnreadableValueError:
        return None


def window_of(store: Store, execution_id: str, limit: int, cursor: str | None) -> Window:
    """Return what the digest of a run collects."""
    found = store.database.read(lambda transaction: collected(transaction, execution_id, limit, cursor))
    if found is None:
        return Window(None, None, None, None, None, open=False, count=0, items=[], next_cursor=None)
    following = found.events[-1]["id"] if found.more else None
    return Window(
        found.step_id,
        _key(found.bucket),
        found.opener_id,
        _time(found.opened_at),
        _time(found.due_at),
        found.open,
        found.count,
        found.events,
        following,
    )


def _key(bucket: str) -> str | None:
    """Return what groups a digest's events; None for nothing, and where the bucket is so long that it is a hash."""
    try:
        parts = loads(bucket)
    except ValueError:
        return None
    return str(parts[-1]) or None if isinstance(parts, list) and parts else None
