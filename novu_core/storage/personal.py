"""All that is stored about one person, in every app: to be read whole, and to be erased."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Text, bindparam, null, select, text, update

from novu_core.clock import micros
from novu_core.codec import dumps
from novu_core.storage.changes import Change
from novu_core.storage.mapping import Row
from novu_core.storage.retention import among
from novu_core.storage.rows import ExecutionRow, FanoutRow, MessageRow, StepRow, SubscriberRow
from novu_core.storage.store import Store
from novu_core.storage.suppressions import RemoveSuppression
from novu_core.storage.tables import (
    canceled,
    deleted_subscribers,
    events,
    executions,
    fanouts,
    inbox_changes,
    memberships,
    messages,
    preferences,
    steps,
    subscribers,
    throttles,
    windows,
)
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import PerBackend, is_among

MOST_AT_ONCE = 1000
"""How many runs, or messages, one transaction erases."""

_person: BindParameter[str] = bindparam("person")
_SUBSCRIBER = select(subscribers).where(subscribers.c.subscriber_id == _person)
_PREFERENCES = select(preferences.c.workflow_id, preferences.c.data).where(preferences.c.subscriber_id == _person)
_TOPICS = select(memberships.c.topic_key, memberships.c.created_at).where(memberships.c.subscriber_id == _person)
_RUNS = select(executions).where(executions.c.subscriber_id == _person).order_by(executions.c.execution_id)
_STEPS = (
    select(steps)
    .join(executions, executions.c.execution_id == steps.c.execution_id)
    .where(executions.c.subscriber_id == _person)
    .order_by(steps.c.execution_id, steps.c.position)
)
_EVENTS = (
    select(events.c.execution_id, events.c.step_id, events.c.at, events.c.payload)
    .join(executions, executions.c.execution_id == events.c.execution_id)
    .where(executions.c.subscriber_id == _person)
    .order_by(events.c.at, events.c.execution_id)
)
_MESSAGES = select(messages).where(messages.c.subscriber_id == _person).order_by(messages.c.message_id)
_CANCEL = (
    update(executions)
    .where(executions.c.subscriber_id == _person, executions.c.status.in_(["pending", "running"]))
    .values(status="completed", outcome="canceled", due_at=null(), resume_at=null(), waiting_for=null())
    .values(completed_at=bindparam("now"), fence=executions.c.fence + 1)
)
_SOME_RUNS = (
    select(executions.c.execution_id, executions.c.transaction_id)
    .where(executions.c.subscriber_id == _person)
    .order_by(executions.c.execution_id)
    .limit(MOST_AT_ONCE)
    .with_for_update()
)
_SOME_MESSAGES = (
    select(messages.c.message_id)
    .where(messages.c.subscriber_id == _person)
    .order_by(messages.c.message_id)
    .limit(MOST_AT_ONCE)
    .with_for_update()
)
_DELETE_RUNS = (
    among(events.c.execution_id),
    among(windows.c.opener_id),
    among(messages.c.execution_id),
    among(steps.c.execution_id),
    among(executions.c.execution_id),
)
_DELETE_MESSAGES = among(messages.c.message_id)
_DELETE_PERSON = tuple(
    table.delete().where(table.c.subscriber_id == _person)
    for table in (subscribers, preferences, memberships, inbox_changes, deleted_subscribers)
)
_DELETE_CANCELED = PerBackend(
    lambda backend: canceled.delete().where(
        is_among(backend, canceled.c.transaction_id),
        canceled.c.transaction_id.not_in(select(fanouts.c.transaction_id).where(fanouts.c.due_at.is_not(None))),
    )
)
_BUCKETS = text("SELECT bucket FROM novu_throttles WHERE bucket LIKE :quoted ESCAPE '!'")
_DELETE_BUCKET = throttles.delete().where(throttles.c.bucket == bindparam("of"))
_FANOUTS = select(fanouts).where(fanouts.c.excluded.like(bindparam("quoted", type_=Text), escape="!")).with_for_update()
_SAVE_EXCLUDED = (
    update(fanouts).where(fanouts.c.fanout_id == bindparam("id")).values(excluded=bindparam("excluded", type_=Text))
)
_SHARED = text("SELECT count(*) FROM novu_subscribers WHERE email = :address AND subscriber_id <> :person")


class Held(NamedTuple):
    """What is stored about a person, as it is stored."""

    subscriber: SubscriberRow | None
    preferences: list[tuple[Any, ...]]
    topics: list[tuple[Any, ...]]
    runs: list[ExecutionRow]
    steps: list[StepRow]
    events: list[tuple[Any, ...]]
    messages: list[MessageRow]


def held(store: Store, subscriber_id: str) -> Held:
    """Read all that is stored about a person, of one moment. Raises StoreError."""
    params = {"person": subscriber_id}

    def work(transaction: Transaction) -> Held:
        found = transaction.row(_SUBSCRIBER, params)
        return Held(
            None if found is None else SubscriberRow.read(found),
            transaction.rows(_PREFERENCES, params),
            transaction.rows(_TOPICS, params),
            [ExecutionRow.read(row) for row in transaction.rows(_RUNS, params)],
            [StepRow.read(row) for row in transaction.rows(_STEPS, params)],
            transaction.rows(_EVENTS, params),
            [MessageRow.read(row) for row in transaction.rows(_MESSAGES, params)],
        )

    return store.database.read(work, snapshot=True)


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Forget who somebody is, and cancel their open runs."""

    subscriber_id: str
    now: datetime

    @property
    def locks(self) -> str:
        """The subscriber."""
        return self.subscriber_id

    def apply(self, transaction: Transaction) -> int:
        """Return how many rows there were that were not runs."""
        params = {"person": self.subscriber_id}
        gone = sum(transaction.execute(statement, params) for statement in _DELETE_PERSON)
        transaction.execute(_CANCEL, {**params, "now": micros(self.now)})
        return gone


@dataclass(frozen=True, slots=True)
class EraseRuns:
    """Delete some of a person's runs with all that is theirs, open or not."""

    subscriber_id: str

    def apply(self, transaction: Transaction) -> int:
        """Return how many there were."""
        rows = transaction.rows(_SOME_RUNS, {"person": self.subscriber_id})
        ids = {"ids": dumps([row[0] for row in rows])}
        for statement in _DELETE_RUNS:
            transaction.execute(statement, ids)
        transaction.execute(_DELETE_CANCELED, {"ids": dumps(sorted({str(row[1]) for row in rows}))})
        transaction.give_back()
        return len(rows)


@dataclass(frozen=True, slots=True)
class EraseMessages:
    """Delete some of a person's messages, those of runs that are gone too."""

    subscriber_id: str

    def apply(self, transaction: Transaction) -> int:
        """Return how many there were."""
        rows = transaction.rows(_SOME_MESSAGES, {"person": self.subscriber_id})
        transaction.execute(_DELETE_MESSAGES, {"ids": dumps([row[0] for row in rows])})
        transaction.give_back()
        return len(rows)


@dataclass(frozen=True, slots=True)
class EraseTraces:
    """Delete a person's throttles, suppressions, and places in the lists of those whom a fan-out leaves out.

    ``addresses``: as suppressions hold them. One that another subscriber has stays suppressed.
    """

    subscriber_id: str
    addresses: Sequence[tuple[str, str]]

    def apply(self, transaction: Transaction) -> int:
        """Return how many suppressions there were."""
        quoted = {"quoted": f"%{_escaped(dumps(self.subscriber_id))}%"}
        for [bucket] in transaction.rows(_BUCKETS, quoted):
            if self.subscriber_id in _owners(bucket):
                transaction.execute(_DELETE_BUCKET, {"of": bucket})
        for row in map(FanoutRow.read, transaction.rows(_FANOUTS, quoted)):
            left = [name for name in row.excluded if name != self.subscriber_id]
            transaction.execute(_SAVE_EXCLUDED, {"id": row.fanout_id, "excluded": dumps(left)})
        removed = 0
        for channel, address in self.addresses:
            shared = transaction.one(_SHARED, {"address": address, "person": self.subscriber_id})[0]
            removed += not shared and RemoveSuppression(channel, address).apply(transaction)
        return removed


def _escaped(pattern: str) -> str:
    return pattern.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _owners(bucket: str) -> list[Any]:
    """Where a bucket may name its subscriber: behind the workflow and the step, and the app if it has a name."""
    try:
        parts = json.loads(bucket)
    except ValueError:
        return []
    return parts[2:4] if isinstance(parts, list) else []


def drained(store: Store, change: Change) -> int:
    """Apply a change, each time in a transaction of its own, until it finds nothing; return how much it found."""
    found = 0
    while batch := store.commit(change)[0]:
        found += int(batch)
    return found


def shown(row: Row, hidden: frozenset[str]) -> dict[str, Any]:
    """Return a row's fields but for those that only the engine needs."""
    return {name: value for name, value in vars(row).items() if name not in hidden and not name.startswith("_")}
