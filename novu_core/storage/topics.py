"""Changes of topics and their memberships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from novu_core.clock import micros, moment
from novu_core.storage import people_statements as statements
from novu_core.storage.ids import uuid7
from novu_core.storage.listings import parameters
from novu_core.storage.people import new_subscriber
from novu_core.storage.rows import TopicRow
from novu_core.storage.slices import padded
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import Statement
from novu_core.storage.values import UnreadableValueError, read_time


class MembershipRow(NamedTuple):
    """A membership with the ids of its topic and its subscriber."""

    id: str
    topic_key: str
    topic_id: str
    subscriber_id: str
    subscriber_internal_id: str
    created_at: datetime
    unreadable: str | None = None

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> MembershipRow:
        """Build from a row of :data:`~novu_core.storage.people_statements.MEMBERSHIP`, also from a damaged one."""
        try:
            created_at, fault = read_time(row[-1]), None
        except UnreadableValueError as error:
            created_at, fault = moment(0), f"`created_at` {error}"
        return cls._make((*map(str, row[:-1]), created_at, fault))


class SavedTopic(NamedTuple):
    """A topic as it is stored now, and whether this change made it."""

    row: TopicRow
    created: bool


@dataclass(frozen=True, slots=True)
class SaveTopic:
    """Make a topic, or rename one that is stored. ``name``: None keeps the name. ``new_only``: change none."""

    topic_key: str
    name: str | None
    now: datetime
    new_only: bool = False

    def apply(self, transaction: Transaction) -> SavedTopic:
        """Insert or update; return what is stored now."""
        fresh = TopicRow(
            topic_key=self.topic_key, id=uuid7(self.now), name=self.name, created_at=self.now, updated_at=self.now
        )
        row = TopicRow.read(transaction.one(statements.ENSURE_TOPIC, fresh.to_params()))
        created = row.id == fresh.id
        if self.name is not None and self.name != row.name and not self.new_only:
            row = RenameTopic(self.topic_key, self.name, self.now).apply(transaction) or row
        return SavedTopic(row, created)


@dataclass(frozen=True, slots=True)
class RenameTopic:
    """Give a stored topic another name, or with None none."""

    topic_key: str
    name: str | None
    now: datetime

    def apply(self, transaction: Transaction) -> TopicRow | None:
        """Return the topic as it is stored now, or None where there is none."""
        params = {"key": self.topic_key, "new_name": self.name, "now": micros(self.now)}
        rows = transaction.rows(statements.RENAME_TOPIC, params)
        return TopicRow.read(rows[0]) if rows else None


@dataclass(frozen=True, slots=True)
class DeleteTopic:
    """Forget a topic and who is in it."""

    topic_key: str

    def apply(self, transaction: Transaction) -> bool:
        """Return whether there was such a topic."""
        removed = [transaction.execute(each, {"key": self.topic_key}) for each in statements.FORGET_TOPIC]
        return bool(removed[0])


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Let subscribers join a topic that is stored; one that is in already stays as it is.

    ``known_only``: one that is not stored is left out, else it is stored with nothing but its id. The ids must not be
    empty.
    """

    topic_key: str
    subscriber_ids: Sequence[str]
    now: datetime
    known_only: bool = False

    @property
    def locks(self) -> str:
        """The first of the subscribers."""
        return min(self.subscriber_ids)

    def apply(self, transaction: Transaction) -> dict[str, MembershipRow]:
        """Return the memberships that there are now, by the subscribers' ids."""
        ids = sorted(self.subscriber_ids)  # two batches that lock the same people cannot deadlock
        stored = {row[0] for row in transaction.rows(*_among(statements.stored_among, ids))}
        if not self.known_only:
            strangers = [new_subscriber(name, {}, self.now).to_params() for name in ids if name not in stored]
            transaction.execute_many(statements.ADD_SUBSCRIBER, strangers)
        joining = [name for name in ids if name in stored or not self.known_only]
        times = {"topic_key": self.topic_key, "created_at": micros(self.now)}
        rows = [{**times, "subscriber_id": name, "id": uuid7(self.now)} for name in joining]
        transaction.execute_many(statements.JOIN_TOPIC, rows)
        return _memberships(transaction, self.topic_key, ids)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Let subscribers leave a topic."""

    topic_key: str
    subscriber_ids: Sequence[str]

    def apply(self, transaction: Transaction) -> dict[str, MembershipRow]:
        """Return the memberships that ended, by the subscribers' ids."""
        found = _memberships(transaction, self.topic_key, self.subscriber_ids)
        leaving = [{"key": self.topic_key, "subscriber": name} for name in sorted(self.subscriber_ids)]
        transaction.execute_many(statements.LEAVE_TOPIC, leaving)
        return found


def _memberships(transaction: Transaction, topic_key: str, ids: Sequence[str]) -> dict[str, MembershipRow]:
    statement, params = _among(statements.memberships_among, ids)
    rows = map(MembershipRow.from_row, transaction.rows(statement, {**params, "topic_key": topic_key}))
    return {row.subscriber_id: row for row in rows}


def _among(build: Callable[[int], Statement], ids: Sequence[str]) -> tuple[Statement, dict[str, Any]]:
    values = padded(ids)
    return build(len(values)), parameters({"subscriber_id": values})
