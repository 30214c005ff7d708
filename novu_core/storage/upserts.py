"""INSERT ... ON CONFLICT for both databases: SQLAlchemy has it in each dialect's own ``insert``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


def upsert(table: Any) -> PerDialect:
    """Insert a row, or write every other column of the row with its primary key."""
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns if column.name not in keys]
    found = []
    for module in (sqlite, postgresql):
        statement = module.insert(table)
        changed = {name: statement.excluded[name] for name in names}
        found.append(statement.on_conflict_do_update(index_elements=keys, set_=changed))
    return PerDialect(*found)
