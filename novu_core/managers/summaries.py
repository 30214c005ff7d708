"""What lists of runs and digests' windows show, made of the rows that the store holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from novu_core.codec import loads
from novu_core.records.pages import Page
from novu_core.records.summaries import RunSummary, Window
from novu_core.storage.listings import Listing, parameters
from novu_core.storage.open_windows import collected
from novu_core.storage.run_listings import brief_steps
from novu_core.storage.slices import PageRequest, Slice, padded
from novu_core.storage.store import Store
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_time
from novu_core.version import VERSION

Row = tuple[Any, ...]


class Brief:
    """A page of runs in brief, as it was read: whoever has the same page already needs no other form of it.

    Of runs that have ended the steps are read only for the page: they change only with the run's row.
    """

    def __init__(self, store: Store, listing: Listing, page: PageRequest) -> None:
        self._store = store
        self._rows: Sequence[Row] = ()
        self._moving: Sequence[Row] = ()
        self._more = False
        store.sliced(listing, page, self._read)

    def _read(self, transaction: Transaction, found: Slice) -> None:
        self._rows, self._more = found.rows, found.after
        self._moving = _steps(transaction, [row[0] for row in found.rows if row[-1] is None])

    def told(self) -> bytes:
        """Return what is different for every other page."""
        return repr((VERSION, self._rows, self._moving, self._more)).encode(errors="backslashreplace")

    def page(self) -> Page[RunSummary]:
        """Return the page; a time that cannot be read is None."""
        ended = [row[0] for row in self._rows if row[-1] is not None]
        rest = self._store.database.read(lambda transaction: _steps(transaction, ended)) if ended else ()
        steps: dict[str, list[str]] = {row[0]: [] for row in self._rows}
        for execution_id, status, outcome in (*self._moving, *rest):
            steps[execution_id].append(outcome or status)
        return Page([_summary(row, steps[row[0]]) for row in self._rows], self._rows[-1][0] if self._more else None)


def _steps(transaction: Transaction, execution_ids: Sequence[str]) -> Sequence[Row]:
    if not execution_ids:
        return ()
    ids = padded(execution_ids)
    return transaction.rows(brief_steps(len(ids)), parameters({"execution_id": ids}))


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
