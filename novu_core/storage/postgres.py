"""PostgreSQL through psycopg 3: many writers, which lock rows and tell each other what became due."""

from __future__ import annotations

import contextlib
import selectors
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, Text, cast, func, select, text
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.sql.expression import ClauseElement

from novu_core.storage.troubles import BUSY_SECONDS, Trouble

_CHANNEL = "novu_due"
"""The channel for rows that became due; the payload is the time in microseconds."""
_MIGRATION = 0x6E6F7675
"""The advisory lock of migrations: "novu"."""
_TCP = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""Seconds, but for the last, which is in milliseconds. What ``NOVU_STORE_URL`` says of them wins."""
_LIMITS = """
SELECT extract(epoch FROM current_setting('lock_timeout')::interval)::float8,
    extract(epoch FROM current_setting('statement_timeout')::interval)::float8
"""
_LIMIT = "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
_MARGIN = 2
"""Seconds that a statement has beyond its wait for a lock, and its answer to arrive beyond those."""
_LISTEN_SECONDS = 60.0
"""How long a listener trusts its line."""
_LONG = 3600
"""Seconds for a statement of a migration: a large table takes its time."""


class Postgres:
    """PostgreSQL at its default isolation (read committed)."""

    row_locks = True
    remote = True
    laterals = True
    begin = "BEGIN"
    begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    lock: ClauseElement | None = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
    notify: ClauseElement | None = text(f"SELECT pg_notify('{_CHANNEL}', CAST(:due AS text))")
    memory = False
    bytewise = "C"

    def __init__(self, url: URL) -> None:
        import psycopg  # imported only when used: it is an extra
        from sqlalchemy.dialects.postgresql import insert

        from novu_core.storage.bounded import BoundedConnection

        self.dialect: Dialect = url.set(drivername="postgresql+psycopg").get_dialect()()
        self.insert: Callable[[Any], Any] = insert
        self._psycopg = psycopg
        self._connection = BoundedConnection
        self._refusals = (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError)
        self._arguments, self._options = self.dialect.create_connect_args(url)

    def connect(self) -> Any:
        """Open a connection in autocommit mode. Neither it, nor a lock, nor an answer is waited for without end.

        What the URL, the role or the server says of ``lock_timeout`` and ``statement_timeout`` wins, and the URL's word
        on the connection itself.
        """
        connection: Any = self._connection.connect(*self._arguments, **{**_TCP, **self._options}, autocommit=True)
        try:
            lock, statement = connection.execute(_LIMITS).fetchone()
            lock = lock or BUSY_SECONDS
            statement = statement or lock + _MARGIN
            connection.execute(_LIMIT, [f"{seconds * 1000:.0f}" for seconds in (lock, statement)])
            connection.patience = connection.usual_patience = statement + _MARGIN
        except BaseException:
            connection.close()
            raise
        return connection

    def only_reads(self, connection: Any) -> None:
        """Do nothing."""

    def rereads(self, connection: Any, error: BaseException) -> bool:
        """Return False: the server keeps no text that is none."""
        return False

    def place(self) -> object:
        """Return None: the server looks after its files."""
        return None

    def begin_migration(self, cursor: Any) -> None:
        """Begin a transaction and wait for that of any other process that migrates the database, an hour at most."""
        cursor.connection.patience = _LONG + _MARGIN
        cursor.execute(self.begin)
        cursor.execute(f"SET LOCAL lock_timeout = '{_LONG}s'")
        cursor.execute(f"SET LOCAL statement_timeout = '{_LONG}s'")
        cursor.execute(f"SELECT pg_advisory_xact_lock({_MIGRATION})")

    def end_migration(self, cursor: Any) -> None:
        """Commit; from now on the usual limits hold."""
        cursor.execute("COMMIT")
        cursor.connection.patience = cursor.connection.usual_patience

    def roll_back(self, cursor: Any) -> None:
        """Undo the transaction; without one the server only warns."""
        cursor.execute("ROLLBACK")

    def give_back(self, cursor: Any) -> None:
        """Leave it to autovacuum."""

    def listen(self, heard: Callable[[int], None], stopped: Callable[[], bool]) -> None:
        """Call ``heard`` with what ``notify`` tells, until ``stopped``, on a connection of its own."""
        with contextlib.closing(self.connect()) as connection, selectors.DefaultSelector() as selector:
            connection.execute(f"LISTEN {_CHANNEL}")
            selector.register(connection, selectors.EVENT_READ)
            seen = time.monotonic()
            while not stopped():
                if time.monotonic() - seen > _LISTEN_SECONDS:
                    connection.execute("SELECT 1")  # a line that is dead tells nothing, and seems quiet
                    seen = time.monotonic()
                for notice in connection.notifies(timeout=0):
                    heard(int(notice.payload))
                selector.select(0.5)  # psycopg would wait in C, and stop every greenlet, if gevent patched after it

    def mark(self, connection: Any) -> object:
        """Return which transactions are done. Their commits tell nobody, which would cost each of them."""
        return connection.execute("SELECT pg_current_snapshot()::text").fetchone()[0]

    def hexadecimal(self, number: Any, digits: int) -> Any:
        """Return an expression: a number as so many hexadecimal digits."""
        return func.lpad(func.to_hex(number), digits, "0")

    def quoted(self, text: Any) -> Any:
        """Return an expression: a text as JSON."""
        return cast(func.to_json(text), Text)

    def elements(self, array: Any) -> Any:
        """Return a query: the texts of a JSON array of texts."""
        return select(func.json_array_elements_text(cast(array, JSON)).column_valued())

    def trouble(self, error: BaseException) -> Trouble | None:
        """Classify an error of the driver; None for any other."""
        if isinstance(error, UnicodeEncodeError):
            return Trouble.REFUSED
        if not isinstance(error, self._psycopg.Error):
            return None
        code = error.sqlstate or ""
        if code in ("40001", "40P01"):  # serialization failure, deadlock
            return Trouble.CONFLICT
        if code == "55P03":  # lock not available
            return Trouble.BUSY
        if code == "57014":  # the statement's time is over, or somebody canceled it
            return Trouble.SLOW
        if code.startswith(("22", "23", "54")) or isinstance(error, self._refusals):
            return Trouble.REFUSED
        lost = not code or code.startswith(("08", "57P"))  # no code: the connection broke; connection, shutdown
        return Trouble.LOST if lost and isinstance(error, self._psycopg.OperationalError) else Trouble.OTHER
