"""What a bad disk, a hand in the database, or a later version leaves in it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from novu_core import Client

EVER = 10**18
"""Microseconds: a time in the year 33658."""


def damage(client: Client, table: str, column: str, value: object, **where: Any) -> None:
    """Put ``value`` into a column of the rows that ``where`` names; bytes become a text that is not UTF-8."""
    shown = f"CAST(X'{value.hex()}' AS TEXT)" if isinstance(value, bytes) else ":damage"
    condition = " AND ".join(f"{name} = :{name}" for name in where)
    statement = text(f"UPDATE novu_{table} SET {column} = {shown} WHERE {condition}")
    given = where if isinstance(value, bytes) else {**where, "damage": value}
    changed = client.engine.parts.store.database.write(lambda transaction: transaction.execute(statement, given))
    assert changed, "no row is there"


def due(env, count=10):
    return [env.trigger("bell", f"u{number}", wait=False).execution_id for number in range(count)]


def statuses(env, ids):
    return [str(env.client.executions.get(execution_id).status) for execution_id in ids]
