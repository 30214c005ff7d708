"""Connections to a database, and the group commit: concurrent batches share one transaction and its fsync."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy.engine import make_url

from novu_core.clock import moment
from novu_core.errors import ConfigurationError, StoreError
from novu_core.storage.backends import CHANNEL, Backend, Postgres, SQLite, Trouble, translated
from novu_core.storage.migrate import migrate
from novu_core.storage.readers import Readers
from novu_core.storage.transaction import Compiler, Transaction

T = TypeVar("T")
_GROUP = 64
_TRIES = 6
_READERS = 8
"""Connections for reading at most."""
_let_others_queue: Callable[[], object] = getattr(os, "sched_yield", lambda: None)
"""A turn for threads that are about to commit too: one fsync serves them all (3 % more from eight threads)."""
_inherited: list[Any] = []
"""Connections of a parent process: closing them here would end them there too, so they are kept and never used."""


class _Item(Generic[T]):
    """One caller's batch. ``signal`` is released when it is done, or when its thread is to lead the next group."""

    __slots__ = ("done", "error", "leads", "queue", "result", "signal", "work")

    def __init__(self, work: Callable[[Transaction], T], queue: deque[_Item[Any]]) -> None:
        self.work = work
        self.queue = queue
        self.done = self.leads = False
        self.result: T | None = None
        self.error: BaseException | None = None
        self.signal = threading.Lock()
        self.signal.acquire()

    def finish(self, error: BaseException | None) -> None:
        """Say that the batch is durable, or what became of it."""
        self.error, self.done = error, True
        self.signal.release()


class Database:
    """One database. Safe for threads; after a fork the child opens its own connections."""

    def __init__(self, url: str) -> None:
        self._backend = _backend(url)
        self.postgres = isinstance(self._backend, Postgres)
        self.memory = not self.postgres and make_url(url).database in (None, "", ":memory:")
        self.name = "memory" if self.memory else make_url(url).set(query={}).render_as_string(hide_password=True)
        self._compiler = Compiler(self._backend.dialect)
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._mutex = threading.Lock()
        self._using = threading.RLock()
        self._queue: deque[_Item[Any]] = deque()
        self._starts: deque[_Item[Any]] = deque()
        self._led = False
        self._writer: Any = None
        self._readers = Readers(_READERS)

    def write(self, work: Callable[[Transaction], T], *, starts: bool = False) -> T:
        """Run ``work`` in a transaction that is durable when this returns; others' work may share it.

        ``starts``: it begins something new, and lets what others have begun go first. A thousand threads that all
        advance a step in turn are slower than a few that finish what they have begun.

        An error of ``work`` undoes its own changes only. ``work`` may run more than once: where the database asks for
        another try, or another's work in the same transaction failed (rare; savepoints would cost every time).
        Raises StoreBusyError where the database stays locked, and StoreError.
        """
        self._check_fork()
        item = _Item(work, self._starts if starts else self._queue)
        with self._mutex:
            item.queue.append(item)
            lead, self._led = not self._led, True
        try:
            if not lead:
                item.signal.acquire()
            if not item.done:
                self._lead(item)
        except BaseException:
            self._abandon(item)
            raise
        if item.error is not None:
            raise item.error
        return item.result  # type: ignore[return-value]  # set together with done

    def _lead(self, item: _Item[Any]) -> None:
        """Commit the next group, the leader's item first, and hand over to the next in the queue."""
        _let_others_queue()
        with self._mutex:
            items = [item.queue.popleft()]
            for queue in (self._queue, self._starts):
                items += [queue.popleft() for _ in range(min(_GROUP - len(items), len(queue)))]
        try:
            with self._using:
                self._serve(items)
        except BaseException:  # an interrupt of this thread is not the others' failure
            with self._mutex:
                for left in reversed(items[1:]):
                    if not left.done:
                        left.queue.appendleft(left)
            raise
        finally:
            self._hand_over()

    def _hand_over(self) -> None:
        with self._mutex:
            waiting = self._queue or self._starts
            if waiting:
                waiting[0].leads = True
                waiting[0].signal.release()
            else:
                self._led = False

    def _abandon(self, item: _Item[Any]) -> None:
        with self._mutex:
            waiting = item in item.queue
            if waiting:
                item.queue.remove(item)
        if waiting and item.leads:
            self._hand_over()

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` outside a transaction, on committed data. Raises StoreError."""
        self._check_fork()
        if self._writer is None:
            with self._using:
                self._open()
        if self.memory:
            with self._using:
                return work(Transaction(self._compiler, self._open().cursor()))
        while True:
            connection = self._readers.take()
            try:
                return self._read(work, connection)
            except StoreError:
                if connection is None:
                    raise
                self._readers.close()  # one that lay idle may be gone, and the others with it

    def _read(self, work: Callable[[Transaction], T], connection: Any) -> T:
        try:
            if connection is None:
                connection = self._connect()
            found = work(Transaction(self._compiler, connection.cursor()))
        except BaseException as error:
            if connection is not None:
                connection.close()
            self._readers.give(None)
            raise self._translated(error) from error
        self._readers.give(connection)
        return found

    def listen(self, heard: Callable[[datetime], None], stopped: Callable[[], bool]) -> None:
        """Call ``heard`` with the due times that other processes commit, until ``stopped``. PostgreSQL only."""
        with contextlib.closing(self._connect()) as connection:
            try:
                connection.execute(f"LISTEN {CHANNEL}")
                while not stopped():
                    for notice in connection.notifies(timeout=0.5):
                        heard(moment(int(notice.payload)))
            except Exception as error:
                raise self._translated(error) from error

    def close(self) -> None:
        """Close every connection; a later call opens new ones (an in-memory database begins empty then)."""
        self._check_fork()
        with self._using:
            self._drop_writer()
            self._readers.close()

    def _check_fork(self) -> None:
        if self._pid != os.getpid():
            _inherited.extend((self._writer, self._readers))
            self._reset()

    def _connect(self) -> Any:
        try:
            return self._backend.connect()
        except Exception as error:
            known = self._translated(error)
            if isinstance(known, StoreError):
                known = type(known)(f"{known.message} (NOVU_STORE_URL is {self.name})")
            raise known from error

    def _open(self) -> Any:
        if self._writer is None:
            connection = self._connect()
            try:
                migrate(connection.cursor(), postgres=self.postgres)
            except BaseException as error:
                connection.close()
                raise self._translated(error) from error
            self._writer = connection
        return self._writer

    def _drop_writer(self) -> None:
        connection, self._writer = self._writer, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def _translated(self, error: BaseException) -> BaseException:
        return translated(error, self._backend.trouble(error))

    def _serve(self, items: Sequence[_Item[Any]]) -> None:
        """Commit the items together; where that fails for a reason of one of them, one by one."""
        failure = self._attempts(items)
        if failure is None:
            return
        if len(items) > 1 and self._backend.trouble(failure) in (None, Trouble.CONFLICT, Trouble.OTHER):
            for item in items:
                self._serve([item])
            return
        for item in items:
            item.finish(self._translated(failure))

    def _attempts(self, items: Sequence[_Item[Any]]) -> Exception | None:
        for left in reversed(range(_TRIES)):
            progress = _Progress()
            try:
                self._run(items, progress)
                return None
            except Exception as error:
                trouble = self._backend.trouble(error)
                if trouble is Trouble.LOST and progress.begun and not progress.committing and left:
                    continue
                if trouble is not Trouble.CONFLICT or len(items) > 1 or not left:
                    return error
                time.sleep(random.uniform(0, 0.02))  # noqa: S311  # spreads competitors, guards nothing
        return None  # pragma: no cover  # the last try returns

    def _run(self, items: Sequence[_Item[Any]], progress: _Progress) -> None:
        cursor = self._open().cursor()
        progress.begun = True
        transaction = Transaction(self._compiler, cursor)
        try:
            cursor.execute(self._backend.begin)
            for item in items:
                item.result = item.work(transaction)
            if transaction.due is not None and self.postgres:
                cursor.execute(f"SELECT pg_notify('{CHANNEL}', '{transaction.due}')")
            progress.committing = True
            cursor.execute("COMMIT")
        except BaseException:
            self._undo(cursor)
            raise
        for item in items:
            item.finish(None)

    def _undo(self, cursor: Any) -> None:
        try:
            if not self.postgres and not cursor.connection.in_transaction:
                return  # SQLite has rolled back by itself, for a full disk for example
            cursor.execute("ROLLBACK")
        except Exception:  # the connection is gone, and its transaction with it
            if not self.memory:
                self._drop_writer()


class _Progress:
    """How far an attempt came."""

    begun = False
    committing = False


def _backend(url: str) -> Backend:
    try:
        parsed = make_url(url)
        name = parsed.get_backend_name()
        if name == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
            return Postgres(parsed.get_dialect()(), parsed)
        if name == "sqlite":
            return SQLite(parsed.set(drivername="sqlite").get_dialect()(paramstyle="named"), parsed)  # type: ignore[call-arg]  # as create_engine passes it
    except ImportError as error:
        raise ConfigurationError(
            f"NOVU_STORE_URL needs a driver that is not installed: pip install 'flask-novu[postgres]' ({error})"
        ) from error
    except Exception as error:
        raise ConfigurationError(f"NOVU_STORE_URL can not be used: {error}") from error
    raise ConfigurationError(f"NOVU_STORE_URL: {parsed.drivername} is not supported; use sqlite or postgresql.")
