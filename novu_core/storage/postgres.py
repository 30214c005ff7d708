"""PostgreSQL through psycopg 3: many writers, which lock rows and tell each other what became due."""

from __future__ import annotations

import contextlib
import selectors
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import URL, Dialect

from novu_core.storage.troubles import BUSY_SECONDS, Trouble

_CHANNEL = "novu_due"
"""The channel for rows that became due; the payload is the time in microseconds."""
_MIGRATION = 0x6E6F7675
"""The advisory lock of migrations: "novu"."""
_CONNECT_SECONDS = 10
_LOCK_TIMEOUT = (
    f"SELECT set_config('lock_timeout', '{BUSY_SECONDS}s', false) WHERE current_setting('lock_timeout') = '0'"
)


class Postgres:
    """PostgreSQL at its default isolation (read committed)."""

    begin = "BEGIN"
    memory = False

    def __init__(self, url: URL) -> None:
        import psycopg  # imported only when used: it is an extra
        from sqlalchemy.dialects.postgresql import insert

        self.dialect: Dialect = url.set(drivername="postgresql+psycopg").get_dialect()()
        self.insert: Callable[[Any], Any] = insert
        self._psycopg = psycopg
        self._refusals = (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError)
        self._arguments, self._options = self.dialect.create_connect_args(url)

    def connect(self) -> Any:
        """Open a connection in autocommit mode. Neither it nor a lock is waited for without end.

        What the URL, the role or the server says of ``connect_timeout`` and ``lock_timeout`` wins.
        """
        options = {"connect_timeout": _CONNECT_SECONDS, **self._options}
        connection: Any = self._psycopg.connect(*self._arguments, **options, autocommit=True)
        try:
            connection.execute(_LOCK_TIMEOUT)
        except BaseException:
            connection.close()
            raise
        return connection

    def place(self) -> object:
        """Return None: the server looks after its files."""
        return None

    def begin_migration(self, cursor: Any) -> None:
        """Begin a transaction and wait for that of any other process that migrates the database."""
        cursor.execute(self.begin)
        cursor.execute("SET LOCAL lock_timeout = 0")  # a large table takes its time
        cursor.execute(f"SELECT pg_advisory_xact_lock({_MIGRATION})")

    def roll_back(self, cursor: Any) -> None:
        """Undo the transaction; without one the server only warns."""
        cursor.execute("ROLLBACK")

    def lock(self, cursor: Any, name: str) -> None:
        """Wait until no other transaction holds the lock of this name, and hold it until this one ends."""
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": name})

    def notify(self, cursor: Any, due: int) -> None:
        """Tell listeners, upon commit, that a run becomes due."""
        cursor.execute(f"SELECT pg_notify('{_CHANNEL}', '{due}')")

    def listen(self, heard: Callable[[int], None], stopped: Callable[[], bool]) -> None:
        """Call ``heard`` with what :meth:`notify` tells, until ``stopped``, on a connection of its own."""
        with contextlib.closing(self.connect()) as connection, selectors.DefaultSelector() as selector:
            connection.execute(f"LISTEN {_CHANNEL}")
            selector.register(connection, selectors.EVENT_READ)
            while not stopped():
                for notice in connection.notifies(timeout=0):
                    heard(int(notice.payload))
                selector.select(0.5)  # psycopg would wait in C, and stop every greenlet, if gevent patched after it

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
        if code.startswith(("22", "23", "54")) or isinstance(error, self._refusals):
            return Trouble.REFUSED
        lost = not code or code.startswith(("08", "57P"))  # no code: the connection broke; connection, shutdown
        return Trouble.LOST if lost and isinstance(error, self._psycopg.OperationalError) else Trouble.OTHER
