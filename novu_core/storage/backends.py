"""What differs between SQLite and PostgreSQL: connecting, beginning, waking others, and what an error means."""

from __future__ import annotations

import sqlite3
import time
from enum import Enum
from typing import Any, Protocol

from sqlalchemy.engine import URL, Dialect

from novu_core.errors import StoreBusyError, StoreError

BUSY_SECONDS = 20
CHANNEL = "novu_due"
"""PostgreSQL's channel for rows that became due; the payload is the time in microseconds."""


class Trouble(Enum):
    """What may help after an error."""

    BUSY = "somebody holds the lock"
    LOST = "a new connection"
    CONFLICT = "another try"
    OTHER = "nothing"


class Backend(Protocol):
    """One kind of database."""

    dialect: Dialect
    begin: str

    def connect(self) -> Any:
        """Open a connection in autocommit mode."""
        ...

    def trouble(self, error: BaseException) -> Trouble | None:
        """Classify an error of the driver; None for any other."""
        ...


class SQLite:
    """SQLite in WAL mode, durable on every commit."""

    begin = "BEGIN IMMEDIATE"

    def __init__(self, dialect: Dialect, url: URL) -> None:
        self.dialect = dialect
        arguments, options = dialect.create_connect_args(url)
        self._arguments: Any = arguments
        self._options: Any = {**options, "check_same_thread": False, "isolation_level": None}

    def connect(self) -> Any:
        """Open a connection in autocommit mode."""
        connection = sqlite3.connect(*self._arguments, **self._options)
        try:
            connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
            connection.execute("PRAGMA synchronous=FULL")
            self._write_ahead(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def trouble(self, error: BaseException) -> Trouble | None:
        """Classify an error of the driver; None for any other."""
        if not isinstance(error, sqlite3.Error):
            return None
        text = str(error)
        if isinstance(error, sqlite3.OperationalError) and ("locked" in text or "busy" in text):
            return Trouble.BUSY
        return Trouble.OTHER

    @staticmethod
    def _write_ahead(connection: sqlite3.Connection) -> None:
        """Switch to WAL; SQLite does not wait for another process that is just doing the same."""
        end = time.monotonic() + BUSY_SECONDS
        while connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.01)


class Postgres:
    """PostgreSQL through psycopg 3, at its default isolation (read committed)."""

    begin = "BEGIN"

    def __init__(self, dialect: Dialect, url: URL) -> None:
        import psycopg

        self.dialect = dialect
        self._psycopg = psycopg
        self._arguments, self._options = dialect.create_connect_args(url)

    def connect(self) -> Any:
        """Open a connection in autocommit mode."""
        return self._psycopg.connect(*self._arguments, **self._options, autocommit=True)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Classify an error of the driver; None for any other."""
        if not isinstance(error, self._psycopg.Error):
            return None
        code = error.sqlstate or ""
        if code in ("40001", "40P01"):  # serialization failure, deadlock
            return Trouble.CONFLICT
        if code == "55P03":
            return Trouble.BUSY
        lost = not code or code.startswith(("08", "57P"))
        return Trouble.LOST if lost and isinstance(error, self._psycopg.OperationalError) else Trouble.OTHER


def translated(error: BaseException, trouble: Trouble | None) -> BaseException:
    """Return the error that callers of the store know; what is not the driver's stays as it is."""
    if trouble is None:
        return error
    if trouble is Trouble.BUSY:
        return StoreBusyError(f"The database stayed locked for {BUSY_SECONDS} seconds: {error}")
    if trouble is Trouble.LOST:
        return StoreError(f"The database can not be reached: {error}")
    return StoreError(f"The database refused: {error}")
