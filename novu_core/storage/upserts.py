"""INSERT ... ON CONFLICT for both databases: SQLAlchemy has it in each dialect's own ``insert``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import ClauseElement


@dataclass(frozen=True, eq=False)
class PerDialect:
    """A statement that is built differently for each database."""

    sqlite: ClauseElement
    postgresql: ClauseElement

    def on(self, dialect: str) -> ClauseElement:
        """Return the statement for the dialect of this name."""
        return self.postgresql if dialect == "postgresql" else self.sqlite


Statement = ClauseElement | PerDialect


def insert_or_ignore(table: Any, **values: Any) -> PerDialect:
    """Insert a row unless one of its unique keys is taken. Without ``values`` each column is a parameter."""
    both = [module.insert(table).on_conflict_do_nothing() for module in (sqlite, postgresql)]
    return PerDialect(*(statement.values(values) if values else statement for statement in both))


def upsert(table: Any, guard: Select[Any] | None = None) -> PerDialect:
    """Insert a row, or write every other column of the row with its primary key.

    With ``guard``, a query without columns, only where that finds a row.
    """
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns if column.name not in keys]
    found = []
    for module in (sqlite, postgresql):
        statement = module.insert(table)
        if guard is not None:
            values = [bindparam(column.name, type_=column.type) for column in table.columns]
            statement = statement.from_select([column.name for column in table.columns], guard.add_columns(*values))
        changed = {name: statement.excluded[name] for name in names}
        found.append(statement.on_conflict_do_update(index_elements=keys, set_=changed))
    return PerDialect(*found)
