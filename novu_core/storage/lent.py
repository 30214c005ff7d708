"""A trigger is recorded in a transaction of the user's own: by the store's statements, on the user's connection."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, TwoPhaseTransaction, text

from novu_core.errors import ConfigurationError
from novu_core.storage.afterwards import Afterwards
from novu_core.storage.changes import Change
from novu_core.storage.database import Database
from novu_core.storage.holding import Holding, hold
from novu_core.storage.migrate import upgrade
from novu_core.storage.sessions import connection_of
from novu_core.storage.transaction import Compiler, Transaction
from novu_core.storage.upserts import PerBackend, Statement

_SERVER = text("""
SELECT CAST(extract(epoch FROM pg_postmaster_start_time()) AS text), current_database(),
    CAST(CAST(to_regclass('novu_executions') AS oid) AS text)
""")
"""Which server, database and schema a connection speaks to, by whatever address."""
_FILE = text("SELECT file FROM pragma_database_list WHERE seq = 0")

_OPTIONS: dict[str, Any] = {
    "preserve_rowcount": True,  # psycopg 3 would not tell whether an INSERT wrote, and every trigger seem a repeat
    "schema_translate_map": None,  # a tenant's, which means the user's tables
}


class Commit(Protocol):
    """Applies changes as :meth:`Store.commit` does."""

    def __call__(self, *changes: Change) -> list[Any]:
        """Return what each reports."""
        ...


class LentTransaction(Transaction):
    """A transaction on a connection of SQLAlchemy's, whatever its driver."""

    def __init__(self, compiler: Compiler, connection: Connection) -> None:
        super().__init__(compiler, None)
        self._connection = connection

    def execute(self, statement: Statement, params: Mapping[str, Any] | None = None) -> int:
        """Run a statement and return how many rows it changed."""
        self._cursor = self._run(statement, dict(params or {}))
        return int(self._cursor.rowcount)

    def execute_many(self, statement: Statement, params: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that returns nothing, once for each of the parameters."""
        if params:
            self._run(statement, [dict(each) for each in params])

    def rows(self, statement: Statement, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        return [tuple(row) for row in super().rows(statement, params)]

    def _run(self, statement: Statement, params: Any) -> Any:
        chosen: Any = statement.build(self.backend) if isinstance(statement, PerBackend) else statement
        return self._connection.execute(chosen, params, execution_options=_OPTIONS)


class Lender:
    """Records triggers of one store in transactions of its users'."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._backend = database.backend
        self._server: tuple[Any, ...] | None = None
        self._afterwards = Afterwards()

    def prepare(self) -> None:
        """Open the store where that waits for nobody's transaction. Raises StoreError."""
        if self._backend.row_locks and self._server is None:
            self._server = self._own_server()

    @contextmanager
    def lent(self, given: Any, told: Callable[[bool], object]) -> Generator[Commit]:
        """Give what records in the transaction of a Session or a Connection: all that it does in the block, or nothing.

        ``told``: called at the commit where the database tells nothing, with whether it is over: a Connection says only
        that it is about to be sent.

        Raises ConfigurationError where it is no transaction of the store's database, and what SQLAlchemy raises.
        """
        connection = connection_of(given)
        if self._database.memory:
            with self._staged(given, connection, told) as commit:
                yield commit
            return
        self._check(connection)
        transaction = LentTransaction(self._database.compiler, connection)
        with connection.begin_nested():  # what fails here undoes our part only
            if not self._backend.row_locks:
                self._hold(connection)
            yield lambda *changes: [change.apply(transaction) for change in changes]
            if not isinstance(connection.get_transaction(), TwoPhaseTransaction):  # which may not notify
                transaction.tell()
        if not self._backend.row_locks:
            self._afterwards.follow(given, connection, lambda _, over: told(over))

    def _hold(self, connection: Connection) -> None:
        """Make the tables of an SQLite file, where there are none: whoever holds its only writer can."""
        holding = Holding(connection, self._backend.place())
        hold(holding)
        if not self._database.opened:
            holding.fresh = upgrade(connection.connection.cursor(), self._backend)

    @contextmanager
    def _staged(self, given: Any, connection: Connection, told: Callable[[bool], object]) -> Generator[Commit]:
        """Record at the commit, in the store in memory, what is tried now and undone."""

        def committed(changes: list[Change], over: bool) -> None:
            self._database.write(lambda transaction: [change.apply(transaction) for change in changes])
            told(over)

        waiting = self._afterwards.follow(given, connection, committed)
        staged: list[Change] = []

        def commit(*changes: Change) -> list[Any]:
            found = self._tried([*waiting.changes, *staged, *changes])
            staged.extend(changes)
            return found[len(found) - len(changes) :]

        yield commit
        waiting.changes.extend(staged)

    def _tried(self, changes: Sequence[Change]) -> list[Any]:
        def work(transaction: Transaction) -> None:
            raise _Tried([change.apply(transaction) for change in changes])

        try:
            self._database.write(work)
        except _Tried as tried:
            return tried.found
        raise AssertionError  # the work always raises

    def _check(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if connection.dialect.name != self._backend.dialect.name:
            raise self._elsewhere(f"is a {connection.dialect.name} database")
        if self._backend.row_locks:
            server = tuple(connection.execute(_SERVER).one())
            if server != self._server:
                self._server = self._own_server()  # the server was started anew since
            if server != self._server:
                raise self._elsewhere(f"is the database {server[1]}, or another server or schema")
            autocommit = bool(getattr(connection.connection.dbapi_connection, "autocommit", False))
        else:
            path = connection.execute(_FILE).scalar_one()
            if not path or self._backend.place() != _place(path):
                raise self._elsewhere(f"is {path or 'in memory'}")
            autocommit = getattr(driver, "autocommit", None) is True or (
                driver.isolation_level is None and not driver.in_transaction
            )
        if autocommit:
            raise ConfigurationError(
                "session= is in autocommit mode, so a trigger would not be committed or rolled back with what you "
                "write; use an engine or a connection without isolation_level AUTOCOMMIT."
            )
        if not self._backend.row_locks and not driver.in_transaction:
            # A savepoint that comes first would be the transaction, and end with it.
            connection.exec_driver_sql(self._backend.begin)

    def _own_server(self) -> tuple[Any, ...]:
        return self._database.read(lambda transaction: transaction.one(_SERVER))

    def _elsewhere(self, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"session= {what}, and the store is {self._database.name}: one transaction cannot span both. Set "
            "NOVU_STORE_URL to the session's database, give the Connection of the bind that the store is in, or "
            "trigger with wait=False after the commit."
        )


class _Tried(Exception):
    """Carries out of a transaction, which it undoes, what its changes reported."""

    def __init__(self, found: list[Any]) -> None:
        super().__init__()
        self.found = found


def _place(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
