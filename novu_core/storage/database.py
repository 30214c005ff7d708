"""Connections to SQLite and PostgreSQL, and the group commit: concurrent batches share one transaction and its fsync.

Statements are SQLAlchemy Core, compiled once for a dialect and run on the raw DBAPI connection.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.expression import ClauseElement

from novu_core.errors import ConfigurationError, StoreBusyError, StoreError
from novu_core.storage.migrate import migrate

T = TypeVar("T")
_BUSY_SECONDS = 20
_GROUP = 64


class Transaction:
    """Runs compiled statements on one cursor."""

    def __init__(self, database: Database, cursor: Any) -> None:
        self._database = database
        self._cursor = cursor

    def execute(self, statement: ClauseElement, params: Mapping[str, Any] | None = None) -> int:
        """Run a statement and return how many rows it changed."""
        sql, defaults = self._database.compiled(statement)
        self._cursor.execute(sql, {**defaults, **(params or {})})
        return int(self._cursor.rowcount)

    def rows(self, statement: ClauseElement, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        self.execute(statement, params)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def row(self, statement: ClauseElement, params: Mapping[str, Any] | None = None) -> tuple[Any, ...] | None:
        """Run a statement and return its first row, or None."""
        self.execute(statement, params)
        found: tuple[Any, ...] | None = self._cursor.fetchone()
        return found


class _Item(Generic[T]):
    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Callable[[Transaction], T]) -> None:
        self.work = work
        self.done = False
        self.result: T | None = None
        self.error: BaseException | None = None


class Database:
    """One database. Safe for threads; after a fork the child opens its own connections."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            self.postgres = parsed.get_backend_name() == "postgresql"
            self.memory = parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:")
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            if not self.postgres and parsed.get_backend_name() != "sqlite":
                raise ConfigurationError(
                    f"NOVU_STORE_URL: {parsed.drivername} is not supported; use sqlite or postgresql."
                )
            options: dict[str, Any] = (
                {} if self.postgres else {"paramstyle": "named", "connect_args": {"check_same_thread": False}}
            )
            self._engine: Engine = create_engine(parsed, poolclass=NullPool, **options)
        except ConfigurationError:
            raise
        except ImportError as error:
            raise ConfigurationError(
                f"NOVU_STORE_URL needs a driver that is not installed: pip install 'flask-novu[postgres]' ({error})"
            ) from error
        except Exception as error:
            raise ConfigurationError(f"NOVU_STORE_URL can not be used: {error}") from error
        self.dialect = self._engine.dialect
        event.listen(self._engine, "connect", self._prepare)
        self._compiled: dict[int, tuple[ClauseElement, str, dict[str, Any]]] = {}
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._queue: deque[_Item[Any]] = deque()
        self._writer: Any = None
        self._readers: deque[Any] = deque()
        self._ready = False

    def _prepare(self, connection: Any, record: Any) -> None:
        if self.postgres:
            connection.autocommit = True
            return
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_SECONDS * 1000}"):
            connection.execute(f"PRAGMA {pragma}")

    def compiled(self, statement: ClauseElement) -> tuple[str, dict[str, Any]]:
        """Return a statement's SQL for this database and the values bound in it."""
        found = self._compiled.get(id(statement))
        if found is None:
            made = statement.compile(dialect=self.dialect)
            if len(self._compiled) > 1000:
                self._compiled.clear()
            found = self._compiled[id(statement)] = (statement, str(made), dict(made.params))
        return found[1], found[2]

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction that is durable when this returns; others' work may share it.

        An error of ``work`` undoes its own changes only. Raises StoreBusyError where the database stays locked.
        """
        self._check_fork()
        item = _Item(work)
        self._queue.append(item)
        with self._lock:
            while not item.done:
                self._commit([self._queue.popleft() for _ in range(min(_GROUP, len(self._queue)))])
        if item.error is not None:
            raise item.error
        return item.result  # type: ignore[return-value]  # set together with done

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` outside a transaction, on committed data."""
        self._check_fork()
        if self.memory:
            with self._lock:
                return work(Transaction(self, self._write_connection().cursor()))
        if not self._ready:
            with self._lock:
                self._write_connection()
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = self._connect()
        try:
            found = work(Transaction(self, connection.cursor()))
        except BaseException as error:
            connection.close()
            raise _translated(error) from error
        self._readers.append(connection)
        return found

    def close(self) -> None:
        """Close every connection; a later call opens new ones (an in-memory database begins empty then)."""
        with self._lock:
            for connection in (self._writer, *self._readers):
                if connection is not None:
                    connection.close()
            self._reset()
        self._engine.dispose()

    def _check_fork(self) -> None:
        if self._pid != os.getpid():
            self._engine.dispose(close=False)
            self._reset()

    def _connect(self) -> Any:
        connection = self._engine.raw_connection()
        driver = connection.driver_connection
        connection.detach()
        return driver

    def _write_connection(self) -> Any:
        if self._writer is None:
            try:
                self._writer = self._connect()
                migrate(self._writer.cursor(), postgres=self.postgres)
            except StoreError:
                self._writer = None
                raise
            except Exception as error:
                self._writer = None
                raise _translated(error) from error
            self._ready = True
        return self._writer

    def _commit(self, items: Sequence[_Item[Any]]) -> None:
        try:
            self._run(items)
        except BaseException as error:
            failure = _translated(error)
            for item in items:
                item.error, item.done = failure, True
            if not isinstance(error, Exception):
                raise

    def _run(self, items: Sequence[_Item[Any]]) -> None:
        cursor = self._write_connection().cursor()
        transaction = Transaction(self, cursor)
        cursor.execute("BEGIN" if self.postgres else "BEGIN IMMEDIATE")
        try:
            for item in items:
                cursor.execute("SAVEPOINT novu")
                try:
                    item.result = item.work(transaction)
                except Exception as error:
                    item.error = error
                    cursor.execute("ROLLBACK TO SAVEPOINT novu")
                cursor.execute("RELEASE SAVEPOINT novu")
            cursor.execute("COMMIT")
        except BaseException:
            self._undo(cursor)
            raise
        for item in items:
            item.done = True

    def _undo(self, cursor: Any) -> None:
        try:
            cursor.execute("ROLLBACK")
        except Exception:  # the connection is gone, and its transaction with it
            if not self.memory:
                self._writer = None


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, sqlite3.OperationalError) and ("locked" in str(error) or "busy" in str(error)):
        return StoreBusyError(f"The database stayed locked for {_BUSY_SECONDS} seconds: {error}")
    if isinstance(error, sqlite3.Error) or type(error).__module__.startswith("psycopg"):
        return StoreError(f"The database refused: {error}")
    return error
