"""Statements about one subscriber's in-app messages, those of one app (NOVU_APP). Each is compiled once for its form.

All of them take ``app`` and ``subscriber``; times are microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, TextClause, bindparam, column, func, literal_column, select, text, union_all
from sqlalchemy.sql.expression import ClauseElement

from novu_core.storage.backends import Backend
from novu_core.storage.folders import Marking
from novu_core.storage.tables import executions, messages
from novu_core.storage.upserts import PerBackend
from novu_core.types import JsonObject

_c: Any = messages.c
_MINE = "app = :app AND subscriber_id = :subscriber"
_IN_APP = _c.channel == "in_app"
"""Of a row that is whole, as its folder says."""
_BEFORE: Any = text("(sorted_at, message_id) < (:at, :cursor)")


@lru_cache(maxsize=16)
def page(folders: int) -> PerBackend:
    """Select whole rows in order: ``most`` after ``skip``, of so many folders, each with its earliest time.

    The rows come before (``at``, ``cursor``), and not after ``until``. Each folder is an index in order, of which no
    more than ``reach`` entries are read. The parameters of the folders are :func:`searched`.
    """

    def build(backend: Backend) -> ClauseElement:
        found = _entries(backend, folders)
        chosen = _in_order(select(found.c.message_id), found.c).limit(bindparam("most")).offset(bindparam("skip"))
        return _in_order(select(messages).where(_c.message_id.in_(chosen), _IN_APP), _c)

    return PerBackend(build)


@lru_cache(maxsize=16)
def count(folders: int) -> PerBackend:
    """Count what :func:`page` would select of these folders, ``reach`` at most."""

    def build(backend: Backend) -> ClauseElement:
        found: Any = select(literal_column("1")).select_from(_entries(backend, folders)).limit(bindparam("reach"))
        return select(func.count()).select_from(found.subquery())

    return PerBackend(build)


def searched(folders: Sequence[tuple[str, int]]) -> JsonObject:
    """Return the parameters of folders, each with its earliest time."""
    params: JsonObject = {"names": [name for name, _ in folders], "times": [since for _, since in folders]}
    for number, (name, since) in enumerate(folders):
        params |= {f"folder_{number}": name, f"since_{number}": since}
    return params


_ENTRIES = """
SELECT entries.sorted_at, entries.message_id
FROM unnest(CAST(:names AS text[]), CAST(:times AS bigint[])) AS chosen (name, since) CROSS JOIN LATERAL (
    SELECT sorted_at, message_id FROM novu_messages
    WHERE app = :app AND subscriber_id = :subscriber AND folder = chosen.name
        AND sorted_at >= chosen.since AND sorted_at <= :until AND (sorted_at, message_id) < (:at, :cursor)
    ORDER BY sorted_at DESC, message_id DESC LIMIT :reach
) AS entries
"""
"""PostgreSQL would plan each part of a union anew, which takes longer than to carry it out."""


def _entries(backend: Backend, folders: int) -> Any:
    if backend.laterals:
        return text(_ENTRIES).columns(column("sorted_at"), column("message_id")).subquery("found")
    parts = []
    for number in range(folders):
        part = select(_c.sorted_at, _c.message_id).where(
            _mine(),
            _c.folder == bindparam(f"folder_{number}"),
            _c.sorted_at >= bindparam(f"since_{number}"),
            _c.sorted_at <= bindparam("until"),
            _BEFORE,
        )
        parts.append(select(_in_order(part, _c).limit(bindparam("reach")).subquery()))
    return (union_all(*parts) if folders > 1 else parts[0]).subquery()


@lru_cache(maxsize=16)
def by_ids(count: int) -> Select[Any]:
    """Select the in-app messages with these ids, ``id_0`` and so on."""
    ids: list[Any] = [bindparam(f"id_{number}") for number in range(count)]
    return select(messages).where(_mine(), _c.folder > "", _IN_APP, _c.message_id.in_(ids))


@lru_cache(maxsize=256)
def mark(marking: Marking, column: str, count: int) -> TextClause:
    """Set marks, at ``now``, of the messages whose ``column``, ``message_id`` or ``folder``, is among so many values.

    A mark that is set already keeps its time; ``snooze_end`` is when a snooze that is set ends.
    """
    marks = "||".join(
        f"substr(folder, {place}, 1)" if value is None else f"'{int(value)}'"
        for place, value in enumerate(marking, start=1)
    )
    changes = [f"folder = {marks}||substr(folder, 5)"]
    if marking.seen:
        changes.append("seen_at = coalesce(seen_at, :now)")
    for name, value in (("read_at", marking.read), ("archived_at", marking.archived)):
        if value is not None:
            changes.append(f"{name} = coalesce({name}, :now)" if value else f"{name} = NULL")
    if marking.snoozed is not None:
        changes.append("snoozed_until = " + (":snooze_end" if marking.snoozed else "NULL"))
    return text(f"UPDATE novu_messages SET {', '.join(changes)} WHERE {_among(column, count)}")  # noqa: S608  # words of ours


@lru_cache(maxsize=32)
def remove(column: str, count: int) -> TextClause:
    """Delete the messages whose ``column`` is among so many values (see :func:`mark`), of ``before``."""
    return text(f"DELETE FROM novu_messages WHERE {_among(column, count)} AND sorted_at < :before")  # noqa: S608  # words of ours


MEND = text(f"UPDATE novu_messages SET folder = :whole WHERE {_MINE} AND folder = :damaged")  # noqa: S608  # as above
SET_ACTIONS = text(f"UPDATE novu_messages SET actions = :actions_now WHERE {_MINE} AND message_id = :id_0")  # noqa: S608  # as above
WAKE = text(
    f"""
UPDATE novu_messages SET
    folder = substr(folder, 1, 1) || '0' || substr(folder, 3, 1) || '0' || substr(folder, 5),
    read_at = NULL, snoozed_until = NULL, sorted_at = :now,
    redelivered = CASE
        WHEN redelivered IS NULL THEN '[' || :now_text || ']'
        ELSE substr(redelivered, 1, length(redelivered) - 1) || ',' || :now_text || ']'
    END
WHERE {_MINE} AND snoozed_until <= :now
"""  # noqa: S608  # as above
)
TELL = text("""
INSERT INTO novu_inbox_changes (app, subscriber_id, version) VALUES (:app, :subscriber, 1)
ON CONFLICT (app, subscriber_id) DO UPDATE SET version = novu_inbox_changes.version + 1
""")
"""That something changed in the inbox but for a new message, for whoever watches it (:func:`changed`)."""


@lru_cache(maxsize=16)
def changed(count: int) -> TextClause:
    """Select (subscriber, version) of so many subscribers of ``app``, ``subscriber_0`` and so on.

    A version grows with every change that is committed, but for new messages; who has none never had a change.
    """
    ids = ", ".join(f":subscriber_{number}" for number in range(count))
    statement = "SELECT subscriber_id, version FROM novu_inbox_changes WHERE app = :app AND subscriber_id IN"
    return text(f"{statement} ({ids})")


def requests(app: str, execution_ids: Sequence[str]) -> ClauseElement:
    """Select what runs were triggered with, as (id, JSON text)."""
    return select(executions.c.execution_id, executions.c.request).where(
        executions.c.execution_id.in_(sorted(set(execution_ids))), executions.c.app == app
    )


def _in_order(query: Any, columns: Any) -> Select[Any]:
    ordered: Select[Any] = query.order_by(columns.sorted_at.desc(), columns.message_id.desc())
    return ordered


def _mine() -> Any:
    return (_c.app == bindparam("app")) & (_c.subscriber_id == bindparam("subscriber"))


def _among(column: str, count: int) -> str:
    name = {"message_id": "id", "folder": "folder"}[column]
    values = ", ".join(f":{name}_{number}" for number in range(count))
    return f"{_MINE} AND folder > '' AND {column} IN ({values})"
