"""SQLite: one file, or memory; one writer at a time."""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, select
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.sql.expression import ClauseElement

from novu_core.storage.troubles import BUSY_SECONDS, Trouble

_REFUSALS = (
    sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError, OverflowError,
    UnicodeEncodeError,
)  # fmt: skip
"""A value of a type, a size or a text that SQLite does not keep; the last two are raised before SQLite sees it."""

_INCREMENTAL = 2
_PAGES = 2000
"""How many pages one transaction returns: other writers wait for it, about 10 us a page."""


class _Schema:
    """What the first in-memory database of this process was migrated to. To migrate each takes thirty times as long."""

    def __init__(self) -> None:
        self._using = threading.Lock()
        self._kept: sqlite3.Connection | None = None

    def keep(self, connection: sqlite3.Connection) -> None:
        """Copy a database that has nothing but the schema."""
        kept = sqlite3.connect(":memory:", check_same_thread=False)
        connection.backup(kept)
        atexit.register(kept.close)
        with self._using:
            self._kept = kept

    def copy(self, connection: sqlite3.Connection) -> None:
        """Give a new database the schema, if it is known."""
        with self._using:
            if self._kept is not None:
                self._kept.backup(connection)


_schema = _Schema()


class SQLite:
    """SQLite in WAL mode, durable on every commit. It tells other processes nothing: they look once a second."""

    row_locks = False
    remote = False
    laterals = False
    begin = "BEGIN IMMEDIATE"
    """Takes the write lock at once; a transaction that asked for it later could be refused halfway."""
    begin_reading = "BEGIN"
    lock: ClauseElement | None = None
    """A transaction that writes is the only one."""
    notify: ClauseElement | None = None
    bytewise = "BINARY"

    def __init__(self, url: URL) -> None:
        from sqlalchemy.dialects.sqlite import insert, pysqlite  # imported only when used: it takes its time

        self.dialect: Dialect = pysqlite.dialect()
        self.insert: Callable[[Any], Any] = insert
        self.memory = url.database in (None, "", ":memory:")
        self._file = None if self.memory else _file_of(url)
        arguments, options = self.dialect.create_connect_args(url.set(drivername="sqlite"))
        self._arguments: Any = arguments
        self._options: Any = {**options, "check_same_thread": False, "isolation_level": None}

    def connect(self) -> Any:
        """Open a connection in autocommit mode. A file that is made here is its owner's only: payloads are private."""
        fresh = False
        if self._file is not None:
            try:
                os.close(os.open(self._file, os.O_CREAT | os.O_EXCL, 0o600))
                fresh = True
            except FileNotFoundError as error:
                folder = os.path.dirname(os.path.abspath(self._file))
                told = f"unable to open database file: make the folder {folder}, which does not exist"
                raise sqlite3.OperationalError(told) from error
            except OSError:  # it is there; or cannot be made, which SQLite says better
                pass
        connection = sqlite3.connect(*self._arguments, **self._options)
        connection.text_factory = _text
        try:
            if self.memory:
                _schema.copy(connection)
            connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
            connection.execute("PRAGMA synchronous=FULL")
            if fresh:  # later, only a VACUUM of the whole file would let it shrink
                connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            _write_ahead(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def only_reads(self, connection: Any) -> None:
        """Have a connection take all texts for text, each of which then costs no call of ours."""
        connection.text_factory = str

    def rereads(self, connection: Any, error: BaseException) -> bool:
        """Have it leave what is no text as bytes, if that was its error; return whether it is to read again."""
        if not isinstance(error, sqlite3.OperationalError) or "decode" not in str(error):
            return False
        connection.text_factory = _text
        return True

    def place(self) -> object:
        """Return the file's device and number: connections go on with a file that was deleted, for nobody to see."""
        if self._file is None:
            return None
        try:
            found = os.stat(self._file)
        except OSError:
            return "deleted"
        return found.st_dev, found.st_ino

    def begin_migration(self, cursor: Any) -> None:
        """Begin a transaction; there is one writer at a time."""
        cursor.execute(self.begin)

    def end_migration(self, cursor: Any) -> None:
        """Commit."""
        cursor.execute("COMMIT")
        if self.memory:
            _schema.keep(cursor.connection)

    def roll_back(self, cursor: Any) -> None:
        """Undo the transaction, unless SQLite has done so by itself, as it does when the disk is full."""
        if cursor.connection.in_transaction:
            cursor.execute("ROLLBACK")

    def give_back(self, cursor: Any) -> None:
        """Shorten the file by its empty pages, where it was made so that it can be."""
        if cursor.execute("PRAGMA auto_vacuum").fetchone()[0] != _INCREMENTAL:
            return
        free = cursor.execute("PRAGMA freelist_count").fetchone()[0]
        for _ in range(min(free, _PAGES)):
            cursor.execute("PRAGMA incremental_vacuum(1)")  # frees one a step, and the driver takes one step

    def listen(self, heard: Callable[[int], None], stopped: Callable[[], bool]) -> None:
        """Return: nothing is told."""

    def mark(self, connection: Any) -> object:
        """Return a number that other connections' commits change, also those of other processes; it takes 3 us."""
        return connection.execute("PRAGMA data_version").fetchone()[0]

    def hexadecimal(self, number: Any, digits: int) -> Any:
        """Return an expression: a number as so many hexadecimal digits."""
        return func.printf(f"%0{digits}x", number)

    def quoted(self, text: Any) -> Any:
        """Return an expression: a text as JSON."""
        return func.json_quote(text)

    def elements(self, array: Any) -> Any:
        """Return a query: the texts of a JSON array of texts."""
        return select(func.json_each(array).table_valued("value").c.value)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Classify an error of the driver; None for any other."""
        if isinstance(error, _REFUSALS):
            return Trouble.REFUSED
        if not isinstance(error, sqlite3.Error):
            return None
        text = str(error)
        if isinstance(error, sqlite3.OperationalError) and ("locked" in text or "busy" in text):
            return Trouble.BUSY
        return Trouble.OTHER


def _file_of(url: URL) -> str | None:
    """Return the path that a URL names, also as a URI of SQLite's own; None where it may not be made."""
    database = str(url.database)
    if not database.startswith("file:"):
        return database
    path = unquote(urlsplit(database).path)
    return None if path == ":memory:" or url.query.get("mode", "rwc") != "rwc" else path


def _text(stored: bytes) -> str | bytes:
    """Read a text, and leave what is none as bytes: SQLite checks nothing, and one such would fail a whole read."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL. The busy timeout does not apply to this switch, so another process's is waited for here."""
    end = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)
