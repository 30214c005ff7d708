"""Brings a database to this version's schema; of several processes, one does it and the others wait."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from novu_core.errors import StoreVersionError
from novu_core.storage.backends import Backend


def migrations() -> list[tuple[int, list[str]]]:
    """Return the numbered migrations, each as its statements."""
    found = []
    for entry in files("novu_core.storage.migrations").iterdir():
        if entry.name.endswith(".sql"):
            statements = [text.strip() for text in entry.read_text("utf-8").split(";\n") if text.strip()]
            found.append((int(entry.name.split("_")[0]), statements))
    return sorted(found)


def migrate(cursor: Any, backend: Backend) -> None:
    """Apply what is missing, in one transaction. Raises StoreVersionError for a database of a newer version.

    After an error the caller closes the connection, which undoes the rest.
    """
    backend.begin_migration(cursor)
    cursor.execute("CREATE TABLE IF NOT EXISTS novu_schema (version INTEGER NOT NULL PRIMARY KEY)")
    cursor.execute("SELECT max(version) FROM novu_schema")
    current = cursor.fetchone()[0] or 0
    known = migrations()
    if current > known[-1][0]:
        raise StoreVersionError(
            f"The database has schema version {current}, this flask-novu knows {known[-1][0]}. "
            "Upgrade flask-novu, or use another NOVU_STORE_URL."
        )
    for version, statements in known:
        if version > current:
            for statement in statements:
                cursor.execute(statement)
            cursor.execute(f"INSERT INTO novu_schema (version) VALUES ({version})")  # noqa: S608  # an integer of ours
    cursor.execute("COMMIT")
