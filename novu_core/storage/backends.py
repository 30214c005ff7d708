"""What is asked of a database, and which one a URL names. All that differs between them is in sqlite and postgres."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.sql.expression import ClauseElement

from novu_core.errors import ConfigurationError
from novu_core.storage.postgres import Postgres
from novu_core.storage.sqlite import SQLite
from novu_core.storage.troubles import Trouble


class Backend(Protocol):
    """One kind of database."""

    dialect: Dialect
    insert: Callable[[Any], Any]
    """The dialect's own ``insert``, which knows ON CONFLICT."""
    memory: bool
    """Whether the database is one connection, and ends with it."""
    row_locks: bool
    """Whether several transactions write at once, and wait for each other's rows."""
    remote: bool
    """Whether each statement waits for a server's answer. A WITH may write there, and a statement be a transaction."""
    laterals: bool
    """Whether a part of FROM may name what stands before it there."""
    begin: str
    """The statement that begins a transaction which writes."""
    begin_reading: str
    """The statement that begins one which reads, of one moment's data."""
    lock: ClauseElement | None
    """Waits until no other transaction holds the lock ``name``, and holds it until this one ends."""
    notify: ClauseElement | None
    """Tells :meth:`listen` in other processes, upon commit, that a run becomes due (``due``, in microseconds)."""
    bytewise: str
    """The collation that sorts texts as Python does."""

    def connect(self) -> Any:
        """Open a connection in autocommit mode."""
        ...

    def only_reads(self, connection: Any) -> None:
        """Prepare a connection that does nothing but read, and may read twice."""
        ...

    def rereads(self, connection: Any, error: BaseException) -> bool:
        """Have such a connection get over its error, if it can; return whether it is to read again."""
        ...

    def place(self) -> object:
        """Return what tells this database from another one at the same URL: a file's identity, None without one."""
        ...

    def begin_migration(self, cursor: Any) -> None:
        """Begin a transaction, after that of any other process that migrates the database."""
        ...

    def end_migration(self, cursor: Any) -> None:
        """Commit the migration's transaction."""
        ...

    def roll_back(self, cursor: Any) -> None:
        """Undo the transaction, if one is open."""
        ...

    def give_back(self, cursor: Any) -> None:
        """Return some pages that are empty to the file system, amid a transaction that has deleted much."""
        ...

    def listen(self, heard: Callable[[int], None], stopped: Callable[[], bool]) -> None:
        """Call ``heard`` with what ``notify`` tells, until ``stopped``; return at once where nothing is told."""
        ...

    def mark(self, connection: Any) -> object:
        """Return what differs after every commit of any other connection, and is cheap to ask for."""
        ...

    def hexadecimal(self, number: Any, digits: int) -> Any:
        """Return an expression: a number as so many hexadecimal digits."""
        ...

    def quoted(self, text: Any) -> Any:
        """Return an expression: a text as JSON."""
        ...

    def elements(self, array: Any) -> Any:
        """Return a query: the texts of a JSON array of texts."""
        ...

    def trouble(self, error: BaseException) -> Trouble | None:
        """Classify an error of the driver; None for any other."""
        ...


def backend_of(url: str) -> Backend:
    """Return the backend for an SQLAlchemy URL. Raises ConfigurationError."""
    try:
        parsed = make_url(url)
        name = parsed.get_backend_name()
        if name == "postgresql":
            return Postgres(parsed)
        if name == "sqlite":
            return SQLite(parsed)
    except ImportError as error:
        raise ConfigurationError(
            f"NOVU_STORE_URL needs a driver that is not installed: pip install 'flask-novu[postgres]' ({error})"
        ) from error
    except Exception as error:
        raise ConfigurationError(
            f"NOVU_STORE_URL cannot be used: {error}. Use, for example, sqlite:///novu.db or "
            "postgresql://user:password@host/database."
        ) from error
    raise ConfigurationError(f"NOVU_STORE_URL: {parsed.drivername} is not supported; use sqlite or postgresql.")
