"""What a digest collects, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from novu_core.storage.digest_events import event_of
from novu_core.storage.tables import events, windows
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_object, read_time
from novu_core.types import JsonObject

_OF_RUN = (
    select(
        events.c.step_id,
        events.c.bucket,
        windows.c.window_id,
        windows.c.opener_id,
        windows.c.opened_at,
        windows.c.due_at,
        windows.c.open,
    )
    .outerjoin(windows, windows.c.window_id == events.c.window_id)
    .where(events.c.execution_id == bindparam("execution_id"))
    .order_by(events.c.at.desc())
    .limit(1)
)
"""The digest that a run reached last; all but the step and the bucket is NULL where it passed through."""
_COUNT = select(func.count()).where(events.c.window_id == bindparam("window_id"))
_PAGE = (
    select(events.c.execution_id, events.c.at, events.c.payload)
    .where(events.c.window_id == bindparam("window_id"))
    .order_by(events.c.at, events.c.execution_id)
    .limit(bindparam("most"))
)
_at = select(events.c.at).where(
    events.c.execution_id == bindparam("cursor"), events.c.window_id == bindparam("window_id")
)
_NEXT = _PAGE.where(
    or_(
        events.c.at > _at.scalar_subquery(),
        and_(events.c.at == _at.scalar_subquery(), events.c.execution_id > bindparam("cursor")),
    )
)


@dataclass(frozen=True, slots=True)
class Collected:
    """A digest's window as stored, and a page of its events; ``more``: whether others follow."""

    step_id: str
    bucket: str
    window_id: str | None
    opener_id: str | None
    opened_at: int | None
    due_at: int | None
    open: bool
    count: int
    events: list[JsonObject]
    more: bool


def collected(transaction: Transaction, execution_id: str, limit: int, cursor: str | None) -> Collected | None:
    """Read what the digest of a run collects, or None where it reached no digest. ``cursor``: an event's id.

    An event that cannot be read has its id, and no payload.
    """
    found = transaction.row(_OF_RUN, {"execution_id": execution_id})
    if found is None:
        return None
    step_id, bucket, window_id, opener_id, opened_at, due_at, is_open = found
    params = {"window_id": window_id, "most": limit + 1}
    count = transaction.one(_COUNT, params)[0]
    rows = transaction.rows(_PAGE, params) if cursor is None else transaction.rows(_NEXT, {**params, "cursor": cursor})
    shown = [_event(row) for row in rows[:limit]]
    opened = (opener_id, opened_at, due_at, bool(is_open))
    return Collected(step_id, bucket, window_id, *opened, count, shown, len(rows) > limit)


def _event(row: tuple[Any, ...]) -> JsonObject:
    execution_id, at, payload = row
    try:
        return event_of(execution_id, read_time(at), read_object(payload))
    except UnreadableValueError as error:
        return {"id": execution_id, "time": None, "payload": None, "unreadable": str(error)}
