"""One database: its connections, and what becomes of a group of batches that is committed or fails."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.engine import make_url

from novu_core.aio import is_time_limit
from novu_core.clock import moment
from novu_core.errors import StoreError
from novu_core.storage.backends import Backend, backend_of
from novu_core.storage.connecting import Connecting
from novu_core.storage.group_commit import Batch, GroupCommit
from novu_core.storage.holding import check_holding
from novu_core.storage.migrate import migrate
from novu_core.storage.notices import Notices
from novu_core.storage.readers import Readers
from novu_core.storage.transaction import Compiler, Transaction
from novu_core.storage.troubles import BUSY_SECONDS, Progress, Trouble, tells_limits, translated, unknown
from novu_core.storage.watch import Counting, Looking, Watch

T = TypeVar("T")
_TRIES = 6
"""How often a transaction is tried whose connection is lost before it is committed."""
_READERS = 8
"""Connections for reading at most."""
_OF_ALL = (Trouble.BUSY, Trouble.SLOW, Trouble.LOST)
"""What would meet each batch of a group too, one after another, and take its time with each."""
_inherited: list[Any] = []
"""Connections of a parent process: closing them here would end them there too, so they are kept and never used."""


class Database:
    """One database. Safe for threads; after a fork the child opens its own connections.

    One connection writes: SQLite has one writer anyway, and with several each would wait for an fsync of its own.
    """

    def __init__(self, url: str) -> None:
        self._backend = backend_of(url)
        self.memory = self._backend.memory
        self.name = "memory" if self.memory else make_url(url).set(query={}).render_as_string(hide_password=True)
        self.compiler = Compiler(self._backend)
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._using = threading.RLock()  # held by whoever uses the writer
        me: Database = weakref.proxy(self)  # a database that nobody holds closes its connections at once
        self._commits = GroupCommit(lambda group: me._serve(group))
        self._writer: Any = None
        self._place: object = None
        self._readers = Readers(_READERS)
        self._notices = Notices(lambda work: me.write(work))
        self._committed = 0
        self._connect = Connecting(self._backend, self.name)

    @property
    def backend(self) -> Backend:
        """What is asked of a database of this kind."""
        return self._backend

    @property
    def opened(self) -> bool:
        """Whether this process has brought the database to this version's schema."""
        return self._writer is not None and self._pid == os.getpid()

    @tells_limits
    def write(
        self,
        work: Callable[[Transaction], T],
        *,
        starts: bool = False,
        begun: bool = False,
        locks: str = "",
        single: bool = False,
    ) -> T:
        """Run ``work`` in a transaction that is durable when this returns; others' work may share it.

        ``starts``: it begins something new, and lets what others have begun go first. A thousand threads that all
        advance a step in turn are slower than a few that finish what they have begun.
        ``begun``: it goes on with what this process has begun; whether its file is still there was looked at then.
        ``locks``: the first of what it locks and others may lock, a digest's bucket or a subscriber's id. Of the work
        that shares a transaction, all processes do first what comes first by that: else two might wait for each other.
        ``single``: it is one statement where there is a server, and may come twice: alone it needs no BEGIN and COMMIT.

        An error of ``work`` undoes its own changes only. ``work`` may run more than once: where the database asks for
        another try, or another's work in the same transaction failed (rare; savepoints would cost every time).
        Raises StoreBusyError where the database stays locked, and StoreError.
        """
        self._check_fork()
        check_holding(self._backend.place)
        if not begun:
            self._check_place()
        return self._commits.commit(work, starts=starts, locks=locks, single=single)

    @tells_limits
    def read(self, work: Callable[[Transaction], T], *, snapshot: bool = False) -> T:
        """Run ``work`` outside a transaction, on committed data. Raises StoreError.

        ``snapshot``: all its statements see the data of one moment.
        """
        self._check_fork()
        self._check_place()
        if self._writer is None:  # opening it migrates the database
            with self._using:
                self._open()
        if self.memory:
            with self._using:
                try:
                    return work(Transaction(self.compiler, self._open().cursor()))
                except Exception as error:
                    raise self._translated(error) from error
        while True:
            connection = self._readers.take()
            try:
                return self._read(work, connection, snapshot)
            except StoreError:
                if connection is None:
                    raise
                self._readers.close()  # one that lay idle may be gone, and the others with it

    def _read(self, work: Callable[[Transaction], T], connection: Any, snapshot: bool) -> T:
        try:
            if connection is None:
                connection = self._connect()
                self._backend.only_reads(connection)
            cursor = connection.cursor()
            if snapshot:
                cursor.execute(self._backend.begin_reading)
            try:
                found = work(Transaction(self.compiler, cursor))
            except Exception as error:
                if not self._backend.rereads(connection, error):
                    raise
                found = work(Transaction(self.compiler, cursor))
            if snapshot:
                cursor.execute("COMMIT")
        except BaseException as error:
            if connection is not None:
                connection.close()
            self._readers.give(None)
            raise self._translated(error) from error
        self._readers.give(connection)
        return found

    def listen(self, heard: Callable[[datetime], None], stopped: Callable[[], bool]) -> None:
        """Call ``heard`` with the due times that other processes commit, until ``stopped``. Raises StoreError.

        Returns at once where the database tells nothing.
        """
        try:
            self._backend.listen(lambda due: heard(moment(due)), stopped)
        except Exception as error:
            raise self._translated(error) from error

    def watch(self) -> Watch:
        """Return what tells whether anything was committed, for a thread that asks often."""
        if self.memory:
            return Counting(lambda: self._committed)
        return Looking(self._connect, self._backend.mark, self._backend.place)

    def close(self) -> None:
        """Close every connection; a later call opens new ones (an in-memory database begins empty then)."""
        self._check_fork()
        self._notices.flush()
        with self._using:
            self._drop_writer()
            self._readers.close()

    def __del__(self) -> None:
        try:
            self._check_fork()
            self._drop_writer()
            self._readers.close()
        except AttributeError:  # it was not made whole, or the interpreter ends, and contextlib is gone
            pass

    def _check_fork(self) -> None:
        if self._pid != os.getpid():
            _inherited.extend((self._writer, self._readers))
            self._reset()

    def _open(self) -> Any:
        if self._writer is None:
            check_holding(self._backend.place, opening=True)
            connection = self._connect()
            try:
                migrate(connection.cursor(), self._backend)
            except BaseException as error:
                connection.close()
                raise self._translated(error) from error
            self._writer, self._place = connection, self._backend.place()
        return self._writer

    def _check_place(self) -> None:
        """Raise StoreError, once, where the database's file is not the one that is open; the next call opens it."""
        if self._writer is None or self._backend.place() == self._place:
            return
        with self._using:
            self._drop_writer()
            self._readers.close()
        raise StoreError(
            f"The database {self.name} was deleted or replaced while it was in use. What was stored in the old file "
            "since then is lost with it; the next call opens the file that is there now."
        )

    def _drop_writer(self) -> None:
        connection, self._writer = self._writer, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def _translated(self, error: BaseException) -> BaseException:
        return translated(error, self._backend.trouble(error))

    def _serve(self, batches: Sequence[Batch[Any]]) -> None:
        """Commit the batches together; where that fails for a reason of one of them, one by one."""
        with self._using:
            failure = self._attempts(batches)
            if failure is None:
                return
            trouble = self._backend.trouble(failure)
            if len(batches) > 1 and trouble not in _OF_ALL:
                for batch in batches:
                    self._serve([batch])
                return
            for batch in batches:
                batch.finish(translated(failure, trouble))

    def _attempts(self, batches: Sequence[Batch[Any]]) -> Exception | None:
        deadline = time.monotonic() + BUSY_SECONDS
        for tried in count(1):
            progress = Progress()
            try:
                self._run(batches, progress)
                break
            except BaseException as error:
                trouble = self._backend.trouble(error)
                if trouble is None and progress.committing:  # it may be durable, and must not be done again
                    for batch in batches:
                        if not batch.done:
                            batch.finish(unknown(error))
                        batch.wake()  # the interrupt may have come between its end and that
                    if isinstance(error, Exception):
                        raise unknown(error) from error
                if not isinstance(error, Exception) or is_time_limit(error):
                    raise  # it is meant for this thread, and no failure of the work
                late = time.monotonic() > deadline
                again = tried == 1 or (tried < _TRIES and not late)
                if trouble is Trouble.LOST and progress.begun and not progress.committing and again:
                    continue  # it lay idle, or its line is dead; once COMMIT is sent, nobody knows whether it happened
                if trouble is not Trouble.CONFLICT or len(batches) > 1 or late:
                    return error
                time.sleep(random.uniform(0, min(tried, 20) / 50))  # noqa: S311  # spreads competitors, guards nothing
        return None

    def _run(self, batches: Sequence[Batch[Any]], progress: Progress) -> None:
        cursor = self._open().cursor()
        progress.begun = True
        transaction = Transaction(self.compiler, cursor)
        whole = self._backend.remote and len(batches) == 1 and batches[0].single
        try:
            if not whole:
                cursor.execute(self._backend.begin)
            for batch in sorted(batches, key=lambda batch: batch.locks) if self._backend.row_locks else batches:
                batch.result = batch.work(transaction)
            told = self._notices.tell(transaction)
            if not whole:
                progress.committing = True
                cursor.execute("COMMIT")
            self._committed += 1
        except BaseException:
            self._undo(cursor)
            raise
        self._notices.committed(transaction, told)
        for batch in batches:  # not before the commit: a thread that is told goes on at once
            batch.finish(None)

    def _undo(self, cursor: Any) -> None:
        try:
            self._backend.roll_back(cursor)
        except Exception:  # the connection is gone, and its transaction with it
            if not self.memory:  # whose data would go with the connection
                self._drop_writer()
