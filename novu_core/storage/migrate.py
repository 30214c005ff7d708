"""Brings a database to this version's schema; of several processes, one does it and the others wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from importlib.resources import files
from operator import itemgetter
from typing import Any

from novu_core.clock import SystemClock
from novu_core.errors import StoreVersionError
from novu_core.storage.backends import Backend
from novu_core.storage.transaction import Compiler, Transaction

Step = str | Callable[[Transaction, datetime], None]
"""A statement, or a function for what SQL says differently on each database; it is given the present time."""
_ROOM = "novu_core.storage.migrations"


def migrations() -> list[tuple[int, Sequence[Step]]]:
    """Return the numbered migrations, each as its steps: ``0001_name.sql``, or STEPS of ``m0001_name.py``."""
    found: list[tuple[int, Sequence[Step]]] = []
    for entry in files(_ROOM).iterdir():
        stem, _, suffix = entry.name.rpartition(".")
        number = stem.removeprefix("m").partition("_")[0]
        if suffix == "sql":
            statements = [text.strip() for text in entry.read_text("utf-8").split(";\n") if text.strip()]
            found.append((int(number), statements))
        elif suffix == "py" and number.isdigit():
            found.append((int(number), import_module(f"{_ROOM}.{stem}").STEPS))
    return sorted(found, key=itemgetter(0))


def migrate(cursor: Any, backend: Backend) -> None:
    """Apply what is missing, in one transaction. Raises StoreVersionError for a database of a newer version.

    After an error the caller closes the connection, which undoes the rest.
    """
    if _version(cursor, backend) == migrations()[-1][0]:  # whoever has nothing to write waits for no writer
        return
    backend.begin_migration(cursor)
    upgrade(cursor, backend)
    backend.end_migration(cursor)


def _version(cursor: Any, backend: Backend) -> int | None:
    """Return the schema's version; None where there is none yet, or where what is wrong shows when that is made."""
    try:
        cursor.execute("SELECT max(version) FROM novu_schema")
    except Exception as error:
        if backend.trouble(error) is None:
            raise
        return None
    found: int | None = cursor.fetchone()[0]
    return found


def upgrade(cursor: Any, backend: Backend) -> bool:
    """Apply what is missing in the transaction that is open; return whether anything was. Raises StoreVersionError."""
    cursor.execute("CREATE TABLE IF NOT EXISTS novu_schema (version INTEGER NOT NULL PRIMARY KEY)")
    cursor.execute("SELECT max(version) FROM novu_schema")
    current = cursor.fetchone()[0] or 0
    known = migrations()
    if current > known[-1][0]:
        raise StoreVersionError(
            f"The database has schema version {current}, this flask-novu knows {known[-1][0]}. "
            "Upgrade flask-novu, or use another NOVU_STORE_URL."
        )
    for version, steps in known:
        if version > current:
            for step in steps:
                if isinstance(step, str):
                    cursor.execute(step)
                else:
                    step(Transaction(Compiler(backend), cursor), SystemClock().now())
            cursor.execute(f"INSERT INTO novu_schema (version) VALUES ({version})")  # noqa: S608  # an integer of ours
    return current < known[-1][0]
