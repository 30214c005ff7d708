"""INSERT ... ON CONFLICT for both databases: SQLAlchemy has it in each dialect's own ``insert``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, or_
from sqlalchemy.sql.expression import ClauseElement

from novu_core.storage.backends import Backend


@dataclass(frozen=True, eq=False)
class PerBackend:
    """A statement that is built for a database when it is first used there."""

    build: Callable[[Backend], ClauseElement]


Statement = ClauseElement | PerBackend


def is_among(backend: Backend, column: Any) -> ColumnElement[bool]:
    """Return the condition that a column is one of the texts in the JSON array ``ids``."""
    found: ColumnElement[bool] = column.in_(backend.elements(bindparam("ids", type_=Text)))
    return found


def insert_or_ignore(table: Any, **values: Any) -> PerBackend:
    """Insert a row unless one of its unique keys is taken. Without ``values`` each column is a parameter."""

    def build(backend: Backend) -> ClauseElement:
        statement = backend.insert(table).on_conflict_do_nothing()
        built: ClauseElement = statement.values(values) if values else statement
        return built

    return PerBackend(build)


def ensure(table: Any) -> PerBackend:
    """Insert a row, or lock the one with its primary key; return the row that is stored then."""
    keys = list(table.primary_key)

    def build(backend: Backend) -> ClauseElement:
        statement = backend.insert(table)
        unchanged = {keys[0].key: statement.excluded[keys[0].key]}
        built: ClauseElement = statement.on_conflict_do_update(index_elements=keys, set_=unchanged).returning(table)
        return built

    return PerBackend(build)


def upsert(table: Any, guard: Select[Any] | None = None, ends: Collection[str] = ()) -> PerBackend:
    """Insert a row, or write every other column of the row with its primary key.

    With ``guard``, a query without columns, only where that finds a row. A row whose ``status`` is one of ``ends``
    keeps that, and is written by what says the same only.
    """
    keys = list(table.primary_key)
    names = [column.key for column in table.columns if not column.primary_key]

    def build(backend: Backend) -> ClauseElement:
        statement = backend.insert(table)
        if guard is not None:
            values = [bindparam(column.key, type_=column.type) for column in table.columns]
            statement = statement.from_select([column.key for column in table.columns], guard.add_columns(*values))
        changed = {name: statement.excluded[name] for name in names}
        kept = or_(table.c.status.not_in(ends), table.c.status == statement.excluded.status) if ends else None
        built: ClauseElement = statement.on_conflict_do_update(index_elements=keys, set_=changed, where=kept)
        return built

    return PerBackend(build)
