"""Topics, memberships, and what became of changes to several subscribers at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from novu_core.records.view import SPARSE, View


@dataclass(frozen=True, eq=False)
class TopicRecord(View):
    """A named group of subscribers. ``id`` is Novu's ``_id``: it never changes. Times are aware, in UTC."""

    id: str
    key: str
    name: str | None
    created_at: datetime
    updated_at: datetime
    unreadable: str | None = field(default=None, metadata=SPARSE)


@dataclass(frozen=True, eq=False)
class MembershipRecord(View):
    """A subscriber's place in a topic. ``topic_id`` and ``subscriber_internal_id`` are Novu's ``_id`` of each."""

    id: str
    topic_key: str
    topic_id: str
    subscriber_id: str
    subscriber_internal_id: str
    created_at: datetime
    unreadable: str | None = field(default=None, metadata=SPARSE)


@dataclass(frozen=True, eq=False)
class MembershipFailure(View):
    """A subscriber that did not join or leave a topic. ``code``: SUBSCRIBER_NOT_FOUND or SUBSCRIPTION_NOT_FOUND."""

    subscriber_id: str
    code: str
    message: str


@dataclass(frozen=True, eq=False)
class MembershipChange(View):
    """Who joined (or left) a topic, and who did not, each in the order asked for."""

    memberships: list[MembershipRecord]
    failed: list[MembershipFailure]


@dataclass(frozen=True, eq=False)
class UpsertFailure(View):
    """An item of a bulk that is not a subscriber. ``subscriber_id``: as it was given, "" where none was."""

    subscriber_id: str
    message: str


@dataclass(frozen=True, eq=False)
class BulkUpsert(View):
    """The ids of the subscribers that a bulk made and changed, and what it could not store, each in the order sent."""

    created: list[str]
    updated: list[str]
    failed: list[UpsertFailure]
