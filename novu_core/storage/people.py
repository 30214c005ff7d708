"""Changes of subscribers and their preferences: read, merged and written in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from novu_core.clock import micros
from novu_core.storage import people_statements as statements
from novu_core.storage.ids import uuid7
from novu_core.storage.inbox import TELL
from novu_core.storage.rows import SubscriberRow
from novu_core.storage.search_keys import search_keys
from novu_core.storage.transaction import Transaction
from novu_core.types import JsonObject


class Saved(NamedTuple):
    """A subscriber as it is stored now, None where there is none; and whether this change made it."""

    row: SubscriberRow | None
    created: bool = False


@dataclass(frozen=True, slots=True)
class SaveSubscriber:
    """Merge ``data`` (Novu's camelCase fields) into the subscriber's.

    ``only``: ``new`` leaves a subscriber that is stored as it is, ``stored`` makes none.
    """

    subscriber_id: str
    data: JsonObject
    now: datetime
    only: str | None = None

    @property
    def locks(self) -> str:
        """The subscriber."""
        return self.subscriber_id

    def apply(self, transaction: Transaction) -> Saved:
        """Insert or update; return what is stored now.

        Raises UnreadableRowError: what is merged into what nobody can read would be lost.
        """
        row = _to_change(transaction, self.subscriber_id)
        created = False
        if row is None and self.only != "stored":
            fresh = new_subscriber(self.subscriber_id, self.data, self.now)
            row = SubscriberRow.from_row(transaction.one(statements.ENSURE_SUBSCRIBER, fresh.to_params()))
            created = row.id == fresh.id  # else another process was faster
        if row is None or created or self.only == "new" or not self.data:
            return Saved(row, created)
        merged = merged_subscriber(row.checked().data, self.data, row.subscriber_id)
        return Saved(_rewritten(transaction, row, merged, self.now))


@dataclass(frozen=True, slots=True)
class EditSubscriber:
    """Write what ``edit`` makes of a stored subscriber's fields. ``edit`` may run more than once."""

    subscriber_id: str
    edit: Callable[[JsonObject], JsonObject]
    now: datetime

    @property
    def locks(self) -> str:
        """The subscriber."""
        return self.subscriber_id

    def apply(self, transaction: Transaction) -> SubscriberRow | None:
        """Return what is stored now, or None where nothing is. Raises UnreadableRowError."""
        row = _to_change(transaction, self.subscriber_id)
        return None if row is None else _rewritten(transaction, row, self.edit(row.checked().data), self.now)


@dataclass(frozen=True, slots=True)
class AddSubscribers:
    """Add subscribers with their ids alone; whoever is stored stays as it is. The ids must not be empty."""

    subscriber_ids: Sequence[str]
    now: datetime

    @property
    def locks(self) -> str:
        """The first of the subscribers."""
        return min(self.subscriber_ids)

    def apply(self, transaction: Transaction) -> None:
        """Insert those who are new, in the order in which everybody locks several."""
        rows = [new_subscriber(name, {}, self.now).to_params() for name in sorted(self.subscriber_ids)]
        transaction.execute_many(statements.ADD_SUBSCRIBER, rows)


def new_subscriber(subscriber_id: str, given: Mapping[str, Any], now: datetime) -> SubscriberRow:
    """Return the row of somebody who was not stored before."""
    data = merged_subscriber({}, given, subscriber_id)
    return _keyed(SubscriberRow(subscriber_id=subscriber_id, id=uuid7(now), data=data, created_at=now, updated_at=now))


def merged_subscriber(stored: Mapping[str, Any], given: Mapping[str, Any], subscriber_id: str) -> JsonObject:
    """Return a subscriber's fields after a change: None clears a field, one that is not given stays."""
    return _present({**stored, **given, "subscriberId": subscriber_id})


def _to_change(transaction: Transaction, subscriber_id: str) -> SubscriberRow | None:
    found = transaction.row(statements.SUBSCRIBER_TO_CHANGE, {"subscriber_id": subscriber_id})
    return None if found is None else SubscriberRow.read(found)


def _rewritten(transaction: Transaction, row: SubscriberRow, data: JsonObject, now: datetime) -> SubscriberRow:
    if data == row.data:
        return row
    changed = _keyed(replace(row, data=data, updated_at=now))
    transaction.execute(statements.SAVE_SUBSCRIBER, changed.to_params())
    return changed


def _keyed(row: SubscriberRow) -> SubscriberRow:
    """Set what the row is searched by to what its data says."""
    for name, key in search_keys(row.data).items():
        setattr(row, name, key)
    return row


@dataclass(frozen=True, slots=True)
class DeleteSubscriber:
    """Forget a subscriber, with preferences, memberships and messages; keep that it was deleted, for open runs."""

    subscriber_id: str
    now: datetime

    @property
    def locks(self) -> str:
        """The subscriber."""
        return self.subscriber_id

    def apply(self, transaction: Transaction) -> bool:
        """Return whether anything was stored of such a subscriber."""
        params = {"subscriber": self.subscriber_id}
        apps = sorted(row[0] for row in transaction.rows(statements.INBOXES_OF, params))
        removed = [transaction.execute(statement, params) for statement in statements.FORGET_SUBSCRIBER]
        if any(removed):
            deleted = {"subscriber_id": self.subscriber_id, "deleted_at": micros(self.now)}
            transaction.execute(statements.SAVE_DELETED, deleted)
            for app in apps:
                transaction.execute(TELL, {**params, "app": app})
        return any(removed)


def _present(given: Mapping[str, Any]) -> JsonObject:
    return {name: value for name, value in given.items() if value is not None}
