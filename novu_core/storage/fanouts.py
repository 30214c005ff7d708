"""Fan-outs: a trigger for a topic or for everybody is one row, and its runs are recorded a chunk at a time.

A chunk is one transaction: it takes the fan-out that has waited longest, records the runs of the next members, and
puts the fan-out back behind the others. So there is no lease: what a killed process had begun was never there, and two
processes never work on one fan-out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, Text, bindparam, func, literal, null, select, update

from novu_core.clock import micros
from novu_core.codec import dumps
from novu_core.storage import lease_statements, statements
from novu_core.storage.backends import Backend
from novu_core.storage.ids import uuid7_series
from novu_core.storage.lanes import MANY
from novu_core.storage.masking import NO_MASK, Mask, mask_fanout
from novu_core.storage.rows import ExecutionRow, FanoutRow
from novu_core.storage.tables import executions, fanouts, memberships, subscribers
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import PerBackend, Statement, insert_or_ignore

CHUNK = 1000
"""How many members one transaction records."""
_IDS = 1 << 20
"""How many ids it may use: far more, since others may join between the look at the chunk's end and its insert."""

_own = fanouts.c.app == bindparam("app")

_ADD = insert_or_ignore(fanouts)
_OF_TRANSACTION = select(fanouts.c.fanout_id).where(fanouts.c.transaction_id == bindparam("transaction_id")).limit(1)
_OPEN_OF_TRANSACTION = (
    select(fanouts)
    .where(fanouts.c.transaction_id == bindparam("transaction_id"), fanouts.c.due_at.is_not(None))
    .order_by(fanouts.c.fanout_id)
    .with_for_update()  # a chunk that is being recorded is waited for
)
_CHANGING = ("status", "cursor", "recorded", "due_at", "completed_at")
_SAVE = (
    update(fanouts).where(fanouts.c.fanout_id == bindparam("id")).values({name: bindparam(name) for name in _CHANGING})
)


_CANCEL_UNBEGUN = (
    update(executions)
    .where(executions.c.transaction_id == bindparam("transaction"))
    .where(executions.c.execution_id.between(bindparam("begin"), bindparam("end")))
    .where(executions.c.status.concat("") == "pending", executions.c.started_at.is_(None))
    .values(status="completed", outcome="canceled", due_at=null(), completed_at=bindparam("now"))
    .values(fence=executions.c.fence + 1)
    .returning(executions.c.execution_id)
)
"""The empty text keeps the planners away from the index of the status: this way they read no run but these."""


@lru_cache(maxsize=64)
def next_due_of_all(workflow_ids: tuple[str, ...]) -> Statement:
    """When the earliest run of these workflows in each lane, and then a chunk of its fan-outs, are due: one row."""
    chunks = [
        select(fanouts.c.due_at)
        .where(_own, fanouts.c.lane == lane, fanouts.c.due_at.is_not(None), fanouts.c.workflow_id.in_(workflow_ids))
        .order_by(fanouts.c.due_at)
        .limit(1)
        .scalar_subquery()
        for lane in lease_statements.NUMBERS
    ]
    return select(*lease_statements.next_due(workflow_ids), *chunks)


@lru_cache(maxsize=64)
def _longest_waiting(workflow_ids: tuple[str, ...], lane: int) -> Select[Any]:
    return (
        select(fanouts)
        .where(_own, fanouts.c.lane == lease_statements.NUMBERS[lane], fanouts.c.due_at <= bindparam("moment"))
        .where(fanouts.c.workflow_id.in_(workflow_ids))
        .order_by(fanouts.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _members(topic: bool) -> Any:
    """Whoever comes after ``cursor``."""
    if topic:
        column: Any = memberships.c.subscriber_id
        return select(column).where(memberships.c.topic_key == bindparam("topic_key"), column > bindparam("cursor"))
    column = subscribers.c.subscriber_id
    return select(column).where(column > bindparam("cursor"))


def _last(topic: bool) -> Statement:
    """The last id of the next chunk, and how many members it has."""
    members = _members(topic)
    chunk = members.order_by(*members.selected_columns).limit(bindparam("most")).subquery()
    return select(func.max(chunk.c.subscriber_id), func.count()).select_from(chunk)


def _included(topic: bool, backend: Backend) -> Any:
    """Whoever comes after ``cursor`` and is not excluded."""
    members = _members(topic)
    excluded = backend.elements(bindparam("excluded", type_=Text))
    return members.where(members.selected_columns.subscriber_id.not_in(excluded))


def _remaining(topic: bool) -> PerBackend:
    return PerBackend(lambda backend: select(func.count()).select_from(_included(topic, backend).subquery()))


def _record(topic: bool) -> PerBackend:
    """Record a run for every member up to ``last``, unless the transaction has one for them already.

    They are inserted in Python's order of their ids, in which triggers lock the same rows.
    """

    def build(backend: Backend) -> Any:
        included = _included(topic, backend)
        chunk = included.where(included.selected_columns.subscriber_id <= bindparam("last")).subquery("chunk")
        person = subscribers.alias("person")
        ordered = chunk.c.subscriber_id.collate(backend.bytewise)
        number = bindparam("first", type_=BigInteger) + func.row_number().over(order_by=ordered) - 1
        bare = literal('{"subscriberId":', Text) + backend.quoted(chunk.c.subscriber_id) + "}"
        values = {
            **{column.key: bindparam(column.key, type_=column.type) for column in executions.columns},
            "execution_id": bindparam("begin", type_=Text) + backend.hexadecimal(number, 12),
            "subscriber_id": chunk.c.subscriber_id,
            "request": bindparam("head", type_=Text) + func.coalesce(person.c.data, bare) + "}",
        }
        rows = (
            select(*values.values())
            .select_from(chunk.outerjoin(person, person.c.subscriber_id == chunk.c.subscriber_id))
            .order_by(ordered)
        )
        return backend.insert(executions).from_select(list(values), rows).on_conflict_do_nothing()

    return PerBackend(build)


_LAST, _RECORD, _REMAINING = ({topic: make(topic) for topic in (True, False)} for make in (_last, _record, _remaining))
_OWN = frozenset(ExecutionRow.names()) - {"execution_id", "subscriber_id", "request"}
"""What the runs of one chunk have in common."""


@dataclass(frozen=True, slots=True)
class AddFanout:
    """A new fan-out, unless its transaction has it already."""

    row: FanoutRow

    def apply(self, transaction: Transaction) -> bool:
        """Return whether it is new."""
        new = transaction.execute(_ADD, self.row.to_params()) == 1
        if new:
            transaction.wakes(self.row.due_at)
        return new


@dataclass(frozen=True, slots=True)
class RecordMembers:
    """The next chunk of the app's fan-out, of these workflows and this lane, that has waited longest."""

    app: str
    workflow_ids: tuple[str, ...]
    now: datetime
    mask: Mask = NO_MASK
    lane: int = MANY

    def apply(self, transaction: Transaction) -> FanoutRow | None:
        """Return the fan-out as it is now; None where none is due, or others work on those that are.

        One that cannot be read ends, so that it does not hold up the others.
        """
        params = {"app": self.app, "moment": micros(self.now)}
        found = transaction.row(_longest_waiting(self.workflow_ids, self.lane), params)
        if found is None:
            return None
        row = FanoutRow.read(found)
        if row.unreadable is not None:
            row.status, row.due_at, row.completed_at = "canceled", None, self.now
            _save(transaction, row, self.mask)
            return row
        last, members = transaction.row(_LAST[bool(row.topic_key)], {**_who(row), "most": CHUNK}) or (None, 0)
        if last is not None:
            row.recorded += self._record(transaction, row, last)
            row.cursor = last
        row.due_at = self.now
        if members < CHUNK:
            row.status, row.due_at, row.completed_at = "completed", None, self.now
        _save(transaction, row, self.mask)
        transaction.wakes(row.due_at)
        return row

    def _record(self, transaction: Transaction, row: FanoutRow, last: str) -> int:
        run = ExecutionRow(
            execution_id="", workflow_id=row.workflow_id, subscriber_id="", transaction_id=row.transaction_id,
            status="pending", due_at=self.now, request={}, created_at=self.now, app=row.app, lane=row.lane,
        )  # fmt: skip
        begin, first = uuid7_series(self.now, _IDS)
        head = dumps(row.request)[:-1] + ',"subscriber":'
        params = {**_who(row), **run.to_params(_OWN), "last": last, "begin": begin, "first": first, "head": head}
        recorded = transaction.execute(_RECORD[bool(row.topic_key)], params)
        if recorded:
            transaction.wakes(self.now)
        return recorded


@dataclass(frozen=True, slots=True)
class CancelTransaction:
    """End a transaction's fan-outs, and let what its trigger still records be canceled, if it recorded anything yet."""

    transaction_id: str
    now: datetime
    mask: Mask = NO_MASK

    def apply(self, transaction: Transaction) -> list[FanoutRow]:
        """Return the fan-outs that were open. A chunk that is being recorded is waited for."""
        transaction.lock(self.transaction_id)
        key = {"transaction_id": self.transaction_id}
        ended = [FanoutRow.read(row) for row in transaction.rows(_OPEN_OF_TRANSACTION, key)]
        for row in ended:
            row.status, row.due_at, row.completed_at = "canceled", None, self.now
            _save(transaction, row, self.mask)
        begun = (statements.HAS_TRANSACTION, _OF_TRANSACTION)
        if any(transaction.row(statement, key) is not None for statement in begun):
            transaction.execute(statements.CANCEL_TRANSACTION, {**key, "canceled_at": micros(self.now)})
        return ended


@dataclass(frozen=True, slots=True)
class CancelUnbegun:
    """End those of a transaction's runs that nobody has begun: a row each, and nothing else is stored of them.

    ``first``, ``last``: the ids between which they are.
    """

    transaction_id: str
    first: str
    last: str
    now: datetime

    def apply(self, transaction: Transaction) -> set[str]:
        """Return the ids of those that were ended."""
        transaction.lock(self.transaction_id)  # two cancels must not lock the same runs in two orders
        params = {"transaction": self.transaction_id, "begin": self.first, "end": self.last, "now": micros(self.now)}
        return {row[0] for row in transaction.rows(_CANCEL_UNBEGUN, params)}


@lru_cache(maxsize=64)
def overdue(workflow_ids: tuple[str, ...]) -> Statement:
    """What was due before ``moment`` of other workflows than these: how many fan-outs of each, and since when."""
    return (
        select(fanouts.c.workflow_id, func.count(), func.min(fanouts.c.due_at))
        .where(_own, fanouts.c.lane.in_(lease_statements.NUMBERS), fanouts.c.due_at < bindparam("moment"))
        .where(fanouts.c.workflow_id.not_in(workflow_ids))
        .group_by(fanouts.c.workflow_id)
        .order_by(fanouts.c.workflow_id)
    )


def remaining(transaction: Transaction, row: FanoutRow) -> int:
    """Count the members whom the fan-out has not reached."""
    return int((transaction.row(_REMAINING[bool(row.topic_key)], _who(row)) or (0,))[0])


def _who(row: FanoutRow) -> dict[str, Any]:
    return {"topic_key": row.topic_key, "cursor": row.cursor, "excluded": dumps(row.excluded)}


def _save(transaction: Transaction, row: FanoutRow, mask: Mask) -> None:
    transaction.execute(_SAVE, {**row.to_params(frozenset(_CHANGING)), "id": row.fanout_id})
    mask_fanout(transaction, row, mask)
