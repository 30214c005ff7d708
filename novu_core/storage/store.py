"""The store: batches of changes in, rows out. One class over SQLite, PostgreSQL and memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from novu_core.clock import Clock, micros
from novu_core.lines import logger_of
from novu_core.storage import digest_statements, fanouts, lease_statements, people_statements, statements
from novu_core.storage.changes import Change
from novu_core.storage.database import Database
from novu_core.storage.known import Known, read_preferences
from novu_core.storage.lanes import LANES, NOTHING_DUE, Due, Turns
from novu_core.storage.listings import EXECUTIONS, Listing, parameters
from novu_core.storage.mapping import Row
from novu_core.storage.rows import (
    ExecutionRow,
    FanoutRow,
    MessageRow,
    StepRow,
    SubscriberRow,
    SuppressionRow,
    TopicRow,
    scoped,
)
from novu_core.storage.server_clock import ServerClock
from novu_core.storage.slices import PageRequest, Slice, padded
from novu_core.storage.suppressions import SUPPRESSION
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import Statement
from novu_core.storage.values import due_time
from novu_core.types import JsonObject

R = TypeVar("R", bound=Row)
T = TypeVar("T")
Owned = tuple[str, int, str | None]
logger = logger_of(__name__)


class Store:
    """Everything the engine keeps. ``url``: an SQLAlchemy URL; ``sqlite://`` is a store in memory.

    ``app``: whose runs and messages these are, where several apps share the database; the others' are not seen here.
    Subscribers, their preferences and topics, control values and statuses of workflows are everybody's.
    """

    def __init__(self, url: str, app: str = "") -> None:
        self.database = Database(url)
        self.app = app
        self.turns = Turns()
        self._server: ServerClock | None = None

    def clock(self, local: Clock) -> Clock:
        """Return the clock by which all who share the database tell the time: the server's, where there is one."""
        if not self.database.backend.row_locks:
            return local
        self._server = ServerClock(local, self.database)
        return self._server

    def synchronize(self) -> None:
        """Ask the server for its time again, where it is what tells the time. Raises StoreError."""
        if self._server is not None:
            self._server.measure()

    def commit(self, *changes: Change, starts: bool = False, begun: bool = False) -> list[Any]:
        """Apply the changes as one atomic batch, durable on return; return what each reports.

        ``starts``: they begin new runs, and runs under way go first. ``begun``: they are of a run under way here.

        Raises what a change raises (then none of them happened), StoreBusyError and StoreError.
        """

        def work(transaction: Transaction) -> list[Any]:
            return [change.apply(transaction) for change in changes]

        locks = [key for change in changes if (key := getattr(change, "locks", ""))]
        single = len(changes) == 1 and getattr(changes[0], "single", False)
        return self.database.write(work, starts=starts, begun=begun, locks=min(locks) if locks else "", single=single)

    def claim(
        self,
        workflow_ids: Sequence[str],
        now: datetime,
        lease_until: datetime,
        owner: str,
        most: int,
        *,
        suspects: bool = False,
        lanes: Sequence[int] = LANES,
    ) -> list[ExecutionRow]:
        """Take up to ``most`` due runs of these workflows; their fences are raised, so no earlier owner can commit.

        Each lane has its share (:mod:`novu_core.storage.lanes`), and they are in the order in which to begin them.
        Those that cannot be read are among them (``unreadable``), so that somebody ends them.

        ``suspects``: only runs that were taken over before and left again, which may kill whoever runs them; else only
        others. ``lanes``: those that have something due (:meth:`due`).
        """
        ids = tuple(sorted(workflow_ids))
        if not ids:
            return []
        taking = partial(lease_statements.claim, ids, suspects=suspects)
        params = {"app": self.app, "moment": micros(now), "lease": micros(lease_until), "by": owner}
        return self.database.write(lambda transaction: self.turns.take(transaction, taking, params, most, lanes))

    def renew(self, owned: Sequence[Owned], lease_until: datetime) -> list[Owned]:
        """Extend the leases of runs that are still owned; return the others.

        ``owned``: ``(execution_id, fence, current_step)`` of each.
        """

        def work(transaction: Transaction) -> list[Owned]:
            lost: list[Owned] = []
            for run in sorted(owned):  # one order of locks, whoever asks
                execution_id, fence, step = run
                params = {"run_id": execution_id, "token": fence, "step": step, "due": micros(lease_until)}
                if transaction.execute(lease_statements.RENEW_LEASE, params) == 0:
                    lost.append(run)
            return lost

        return self.database.write(work)

    def next_due(self, workflow_ids: Sequence[str]) -> datetime | None:
        """Return when the earliest run of these workflows can be claimed, or chunk of a fan-out recorded, or None."""
        return self.due(workflow_ids).earliest

    def due(self, workflow_ids: Sequence[str]) -> Due:
        """Return when the earliest run of these workflows in each lane, and a chunk of its fan-outs, are due."""
        ids = tuple(sorted(workflow_ids))
        row = self._row(fanouts.next_due_of_all(ids), app=self.app) if ids else None
        return NOTHING_DUE if row is None else Due(row[: len(LANES)], row[len(LANES) :])

    def overdue(self, workflow_ids: Sequence[str], before: datetime) -> list[tuple[str, int, datetime]]:
        """Return what was due before then of other workflows than these: an id, how many runs, since when."""
        rows = self._rows(lease_statements.overdue(tuple(sorted(workflow_ids))), app=self.app, moment=micros(before))
        return [(workflow_id, count, due_time(due) or before) for workflow_id, count, due in rows]

    def mend_due(self, now: datetime) -> list[str]:
        """Let runs be claimed now that never would be, since nobody can read when they are due; return their ids."""
        return self._mend(*lease_statements.MEND_RUNS, now)

    def mend_fanouts(self, now: datetime) -> list[str]:
        """Let fan-outs be recorded now that never would be, for the same reason; return their ids."""
        return self._mend(*lease_statements.MEND_FANOUTS, now)

    def overdue_fanouts(self, workflow_ids: Sequence[str], before: datetime) -> list[tuple[str, int, datetime]]:
        """Return what was due before then of other workflows than these: an id, how many fan-outs, since when."""
        rows = self._rows(fanouts.overdue(tuple(sorted(workflow_ids))), app=self.app, moment=micros(before))
        return [(workflow_id, count, due_time(due) or before) for workflow_id, count, due in rows]

    def under_way(self, now: datetime, before: datetime) -> list[ExecutionRow]:
        """Return the oldest runs whose leases are kept and that were claimed or begun before then, at most 100."""
        params = {"app": self.app, "moment": micros(now), "before": micros(before), "most": 100}
        return self._all(ExecutionRow, lease_statements.UNDER_WAY, **params)

    def execution(self, execution_id: str) -> ExecutionRow | None:
        """Return a run; ``unreadable`` says what of it cannot be read."""
        return self._first(ExecutionRow, statements.EXECUTION, execution_id=execution_id, app=self.app)

    def run(self, execution_id: str) -> tuple[ExecutionRow, list[StepRow]] | None:
        """Return a run with its steps in order; of each, ``unreadable`` says what of it cannot be read."""
        params = {"execution_id": execution_id, "app": self.app}

        def work(transaction: Transaction) -> tuple[ExecutionRow, list[StepRow]] | None:
            row = transaction.row(statements.EXECUTION, params)
            if row is None:
                return None
            return ExecutionRow.read(row), [StepRow.read(step) for step in transaction.rows(statements.STEPS, params)]

        return self.database.read(work)

    def open_of(self, transaction_id: str) -> list[str]:
        """Return the ids of a transaction's runs that have not ended."""
        rows = self._rows(statements.OPEN_OF_TRANSACTION, transaction_id=scoped(self.app, transaction_id))
        return [row[0] for row in rows]

    def is_collecting(self, execution_id: str) -> bool:
        """Whether the run has an event in a digest window that is still open."""
        row = self._row(digest_statements.IN_OPEN_WINDOW, execution_id=execution_id)
        return bool(row and row[0])

    def steps(self, execution_id: str) -> list[StepRow]:
        """Return a run's steps in order, also those that cannot be read (``unreadable``)."""
        return self._all(StepRow, statements.STEPS, execution_id=execution_id)

    def steps_of(self, execution_ids: Sequence[str]) -> dict[str, list[StepRow]]:
        """Return the steps of several runs in order, by the runs' ids."""
        found: dict[str, list[StepRow]] = {}
        if execution_ids:
            ids = padded(execution_ids)
            for step in self._all(StepRow, statements.steps_of(len(ids)), **parameters({"execution_id": ids})):
                found.setdefault(step.execution_id, []).append(step)
        return found

    def slice(self, listing: Listing, page: PageRequest) -> Slice:
        """Return a part of a list; of runs and messages, this app's."""
        return self.sliced(listing, page, lambda transaction, found: found)

    def sliced(self, listing: Listing, page: PageRequest, then: Callable[[Transaction, Slice], T]) -> T:
        """Return what ``then`` makes of a part of a list, and reads beside it."""
        filters = listing.of_app(page.filters, self.app)
        if filters is not page.filters and "transaction_id" in filters:
            filters = {**filters, "transaction_id": [scoped(self.app, value) for value in filters["transaction_id"]]}
        page = replace(page, filters=filters)
        return self.database.read(lambda transaction: then(transaction, page.read(transaction, listing)))

    def list_executions(self, *, limit: int, cursor: str | None = None, **filters: str | None) -> list[ExecutionRow]:
        """Return runs, newest first, before the run ``cursor``. Filters: columns and their values."""
        given = {name: [value] for name, value in filters.items() if value is not None}
        return [ExecutionRow.read(row) for row in self.slice(EXECUTIONS, PageRequest(limit, given, cursor)).rows]

    def remaining(self, row: FanoutRow) -> int:
        """Count the members whom a fan-out has not reached."""
        return self.database.read(lambda transaction: fanouts.remaining(transaction, row))

    def messages_of(self, execution_id: str) -> list[MessageRow]:
        """Return what one run sent or stored."""
        return self._all(MessageRow, statements.MESSAGES_OF_EXECUTION, execution_id=execution_id)

    def message(self, message_id: str) -> MessageRow | None:
        """Return a message."""
        return self._first(MessageRow, statements.MESSAGE, message_id=message_id, app=self.app)

    def subscriber(self, subscriber_id: str) -> SubscriberRow | None:
        """Return a subscriber; ``unreadable`` says what of it cannot be read."""
        return self._first(SubscriberRow, people_statements.SUBSCRIBER, subscriber_id=subscriber_id)

    def topic(self, topic_key: str) -> TopicRow | None:
        """Return a topic."""
        return self._first(TopicRow, people_statements.TOPIC, topic_key=topic_key)

    def suppression(self, channel: str, address: str) -> SuppressionRow | None:
        """Return why nothing is sent to an address, None where it is open."""
        return self._first(SuppressionRow, SUPPRESSION, channel=channel, address=address)

    def members(self, topic_key: str) -> list[str]:
        """Return a topic's subscriber ids; an unknown topic has none."""
        found = [row[0] for row in self._rows(people_statements.MEMBERS, topic_key=topic_key)]
        for damaged in (member for member in found if not isinstance(member, str)):
            logger.error("A member of topic %s is left out, since its id is not a string: %r", topic_key, damaged)
        return [member for member in found if isinstance(member, str)]

    def preferences(self, subscriber_id: str) -> dict[str, JsonObject]:
        """Return what a subscriber set, by workflow id; ``""`` holds the global preferences.

        Raises UnreadableRowError.
        """
        rows = self._rows(people_statements.PREFERENCES_OF, subscriber_id=subscriber_id)
        return {workflow_id: read_preferences(subscriber_id, workflow_id, data) for workflow_id, data in rows}

    def known(self, workflow_id: str, subscriber_id: str) -> Known:
        """Return all that is stored about a workflow and a subscriber."""
        return self.database.read(lambda transaction: Known.read(transaction, workflow_id, subscriber_id))

    def other_apps(self, name: str, since: datetime) -> list[tuple[str, str]]:
        """Return the names and workflows of apps that were seen since then, and are not kept apart from this one."""
        rows = self._rows(statements.OTHER_APPS, app=self.app, name=name, since=micros(since))
        return [(row[0], row[1]) for row in rows]

    def listen(self, heard: Callable[[datetime], None], stopped: Callable[[], bool]) -> None:
        """Call ``heard`` with the due times that other processes commit, until ``stopped``. Raises StoreError.

        Returns at once where the database tells nothing, and :meth:`next_due` must be asked.
        """
        self.database.listen(heard, stopped)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def _mend(self, never: Statement, mending: Statement, now: datetime) -> list[str]:
        rows, params = self._rows(never, app=self.app), {"now": micros(now), "app": self.app}
        if rows:
            self.database.write(lambda transaction: transaction.execute(mending, params))
        return [str(row[0]) for row in rows]

    def _rows(self, statement: Statement, **params: Any) -> list[tuple[Any, ...]]:
        return self.database.read(lambda transaction: transaction.rows(statement, params))

    def _row(self, statement: Statement, **params: Any) -> tuple[Any, ...] | None:
        return self.database.read(lambda transaction: transaction.row(statement, params))

    def _all(self, record: type[R], statement: Statement, **params: Any) -> list[R]:
        return [record.read(row) for row in self._rows(statement, **params)]

    def _first(self, record: type[R], statement: Statement, **params: Any) -> R | None:
        row = self._row(statement, **params)
        return None if row is None else record.read(row)
