"""What lists of runs and digests' windows show, made of the rows that the store holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from novu_core.codec import loads
from novu_core.records.pages import Page
from novu_core.records.summaries import RunSummary, Window
from novu_core.storage.listings import parameters
from novu_core.storage.open_windows import collected
from novu_core.storage.run_listings import brief_steps
from novu_core.storage.slices import Slice, padded
from novu_core.storage.store import Store
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_time
from novu_core.version import VERSION


@dataclass(frozen=True)
class Brief:
    """A page of runs in brief, as it was read: whoever has the same page already needs no other form of it."""

    rows: Sequence[tuple[Any, ...]]
    steps: Sequence[tuple[Any, ...]]
    more: bool

    @classmethod
    def read(cls, transaction: Transaction, found: Slice) -> Brief:
        """Read the steps of the rows of a brief listing."""
        if not found.rows:
            return cls([], [], more=False)
        ids = padded([row[0] for row in found.rows])
        steps = transaction.rows(brief_steps(len(ids)), parameters({"execution_id": ids}))
        return cls(found.rows, steps, found.after)

    def told(self) -> bytes:
        """Return what is different for every other page."""
        return repr((VERSION, self.rows, self.steps, self.more)).encode(errors="backslashreplace")

    def page(self) -> Page[RunSummary]:
        """Return the page; a time that cannot be read is None."""
        steps: dict[str, list[str]] = {row[0]: [] for row in self.rows}
        for execution_id, status, outcome in self.steps:
            steps[execution_id].append(outcome or status)
        return Page([_summary(row, steps[row[0]]) for row in self.rows], self.rows[-1][0] if self.more else None)


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
