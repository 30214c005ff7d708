"""Statements on a cursor: SQLAlchemy Core, compiled once for a database and run on the raw DBAPI connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from novu_core.clock import micros
from novu_core.storage.backends import Backend
from novu_core.storage.upserts import PerBackend, Statement


class _Compiled(NamedTuple):
    """A statement's SQL, the values bound in it, and what puts all values in order where the driver knows no names."""

    statement: Statement
    sql: str
    bound: dict[str, Any]
    ordered: Callable[[Mapping[str, Any]], Any] | None

    def values(self, params: Mapping[str, Any]) -> Any:
        """Return all values as the driver takes them."""
        named = {**self.bound, **params} if self.bound else params
        if self.ordered is None:
            return named
        return [_NULL if value is None else value for value in self.ordered(named)]


_NULL = float("nan")
"""What a driver without names, which is SQLite's, is given for None. SQLite has no NaN and stores NULL; for a None its
driver searches each time for what adapts it, which costs as much as five other values."""
_compiled: defaultdict[str, dict[int, _Compiled]] = defaultdict(dict)
"""What each dialect made of a statement, by the statement's id: a test's new client need not compile them again."""


class Compiler:
    """Compiles statements for one database, each once for its dialect."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._compiled = _compiled[backend.dialect.name]

    def __call__(self, statement: Statement) -> _Compiled:
        """Return a statement as the database's driver takes it."""
        found = self._compiled.get(id(statement))
        if found is None:
            chosen = statement.build(self.backend) if isinstance(statement, PerBackend) else statement
            made: Any = chosen.compile(dialect=self.backend.dialect)
            wanted = {bind.key for bind in made.binds.values() if bind.required}
            sql, bound, order = str(made), dict(made.params), made.positiontup
            if made.post_compile_params:  # the values of an IN (...), one parameter each
                expanded = made.construct_expanded_state(bound)
                sql, bound, order = expanded.statement, dict(expanded.parameters), expanded.positiontup
            if len(self._compiled) > 1000:
                self._compiled.clear()
            bound = {name: value for name, value in bound.items() if name not in wanted}
            found = self._compiled[id(statement)] = _Compiled(statement, sql, bound, _ordering(order))
        return found


def _ordering(names: Sequence[str] | None) -> Callable[[Mapping[str, Any]], Any] | None:
    if names is None:
        return None
    if len(names) < 2:  # an itemgetter of one name gives no tuple
        return lambda values: [values[name] for name in names]
    return itemgetter(*names)


class Transaction:
    """What a batch works with. ``due``: the earliest time that its commit is to tell other processes."""

    def __init__(self, compiled: Compiler, cursor: Any) -> None:
        self._compiled = compiled
        self.backend = compiled.backend
        self._cursor = cursor
        self.due: int | None = None

    def execute(self, statement: Statement, params: Mapping[str, Any] | None = None) -> int:
        """Run a statement and return how many rows it changed."""
        found = self._compiled(statement)
        self._cursor.execute(found.sql, found.values(params or {}))
        return int(self._cursor.rowcount)

    def execute_many(self, statement: Statement, params: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that returns nothing, once for each of the parameters."""
        found = self._compiled(statement)
        if params:
            self._cursor.executemany(found.sql, [found.values(each) for each in params])

    def rows(self, statement: Statement, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        self.execute(statement, params)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def row(self, statement: Statement, params: Mapping[str, Any] | None = None) -> tuple[Any, ...] | None:
        """Run a statement and return its first row, or None."""
        self.execute(statement, params)
        found: tuple[Any, ...] | None = self._cursor.fetchone()
        return found

    def one(self, statement: Statement, params: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        """Run a statement that returns exactly one row, and return that."""
        [found] = self.rows(statement, params)
        return found

    def lock(self, name: str) -> None:
        """Let only one transaction with this lock go on until it ends."""
        if self.backend.lock is not None:
            self.execute(self.backend.lock, {"name": name})

    def wakes(self, due: datetime | None) -> None:
        """Let the commit tell the workers of other processes that a run becomes due then, if the database can."""
        if due is not None:
            at = micros(due)
            self.due = at if self.due is None else min(self.due, at)

    def give_back(self) -> None:
        """Return pages that were emptied to the file system, where the database has to be told to."""
        self.backend.give_back(self._cursor)

    def tell(self) -> None:
        """Say to the database what the commit is to tell; the last thing before it."""
        if self.due is not None and self.backend.notify is not None:
            self.execute(self.backend.notify, {"due": str(self.due)})
