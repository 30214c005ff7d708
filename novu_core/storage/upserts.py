"""INSERT ... ON CONFLICT for both databases: SQLAlchemy has it in each dialect's own ``insert``."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam
from sqlalchemy.sql.expression import ClauseElement


@dataclass(frozen=True, eq=False)
class PerDialect:
    """A statement that is built for a database when it is first used there: importing a dialect takes its time."""

    build: Callable[[Any], ClauseElement]
    """From a dialect's ``insert``."""

    def on(self, dialect: str) -> ClauseElement:
        """Return the statement for the dialect of this name."""
        return self.build(importlib.import_module(f"sqlalchemy.dialects.{dialect}").insert)


Statement = ClauseElement | PerDialect


def insert_or_ignore(table: Any, **values: Any) -> PerDialect:
    """Insert a row unless one of its unique keys is taken. Without ``values`` each column is a parameter."""

    def build(insert: Any) -> ClauseElement:
        statement = insert(table).on_conflict_do_nothing()
        return statement.values(values) if values else statement  # type: ignore[no-any-return]  # as the parameter

    return PerDialect(build)


def upsert(table: Any, guard: Select[Any] | None = None) -> PerDialect:
    """Insert a row, or write every other column of the row with its primary key.

    With ``guard``, a query without columns, only where that finds a row.
    """
    keys = list(table.primary_key)
    names = [column.key for column in table.columns if not column.primary_key]

    def build(insert: Any) -> ClauseElement:
        statement = insert(table)
        if guard is not None:
            values = [bindparam(column.key, type_=column.type) for column in table.columns]
            statement = statement.from_select([column.key for column in table.columns], guard.add_columns(*values))
        changed = {name: statement.excluded[name] for name in names}
        return statement.on_conflict_do_update(index_elements=keys, set_=changed)  # type: ignore[no-any-return]

    return PerDialect(build)
