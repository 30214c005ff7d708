"""Statements about one subscriber's in-app messages, those of one app (NOVU_APP)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, Update, and_, delete, func, select, update
from sqlalchemy.sql.expression import ClauseElement
from typing_extensions import TypedDict, Unpack

from novu_core.clock import micros
from novu_core.storage.tables import executions, messages


class InboxFilters(TypedDict, total=False):
    """Which messages are meant; what is None, or absent, is not asked. Times are inclusive."""

    read: bool | None
    seen: bool | None
    archived: bool | None
    workflow_ids: Sequence[str] | None
    since: datetime | None
    until: datetime | None


def rows(
    app: str,
    subscriber_id: str,
    *,
    limit: int,
    cursor: str | None = None,
    offset: int = 0,
    message_ids: Sequence[str] | None = None,
    **filters: Unpack[InboxFilters],
) -> Select[Any]:
    """Select messages, newest first, those before the message ``cursor``."""
    query = select(messages).where(_meant(app, subscriber_id, filters, message_ids))
    if cursor is not None:
        query = query.where(messages.c.message_id < cursor)
    return query.order_by(messages.c.message_id.desc()).limit(limit).offset(offset)


def count(app: str, subscriber_id: str, **filters: Unpack[InboxFilters]) -> Select[Any]:
    """Count messages."""
    return select(func.count()).select_from(messages).where(_meant(app, subscriber_id, filters))


def mark(
    app: str,
    subscriber_id: str,
    marks: Mapping[str, int | None],
    message_ids: Sequence[str] | None = None,
    **filters: Unpack[InboxFilters],
) -> Update:
    """Set ``seen_at``, ``read_at`` and ``archived_at``; a mark that is set already keeps its time."""
    values: dict[str, Any] = {"subscriber_id": subscriber_id}  # without a mark there would be nothing to set
    for name, at in marks.items():
        values[name] = None if at is None else func.coalesce(messages.c[name], at)
    return update(messages).where(_meant(app, subscriber_id, filters, message_ids)).values(values)


def remove(
    app: str, subscriber_id: str, message_ids: Sequence[str] | None = None, **filters: Unpack[InboxFilters]
) -> Delete:
    """Delete messages."""
    return delete(messages).where(_meant(app, subscriber_id, filters, message_ids))


def requests(app: str, execution_ids: Sequence[str]) -> ClauseElement:
    """Select what runs were triggered with, as (id, JSON text)."""
    return select(executions.c.execution_id, executions.c.request).where(
        executions.c.execution_id.in_(sorted(set(execution_ids))), executions.c.app == app
    )


def _meant(
    app: str, subscriber_id: str, filters: InboxFilters, message_ids: Sequence[str] | None = None
) -> ColumnElement[bool]:
    columns = messages.c
    conditions = [columns.channel == "in_app", columns.subscriber_id == subscriber_id, columns.app == app]
    for column, asked in (
        (columns.read_at, filters.get("read")),
        (columns.seen_at, filters.get("seen")),
        (columns.archived_at, filters.get("archived")),
    ):
        if asked is not None:
            conditions.append(column.is_not(None) if asked else column.is_(None))
    for column, among in ((columns.workflow_id, filters.get("workflow_ids")), (columns.message_id, message_ids)):
        if among is not None:
            conditions.append(column.in_(sorted(among)))
    since, until = filters.get("since"), filters.get("until")
    if since is not None:
        conditions.append(columns.created_at >= micros(since))
    if until is not None:
        conditions.append(columns.created_at <= micros(until))
    return and_(*conditions)
