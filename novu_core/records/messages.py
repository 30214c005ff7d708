"""Messages that were sent or stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from novu_core.records.view import SPARSE, View
from novu_core.types import JsonObject


@dataclass(frozen=True, eq=False)
class MessageRecord(View):
    """A message that was sent or stored. ``unreadable``: why its stored row cannot be read as it is.

    Of an in-app message: ``first_seen_at`` stays when it is marked as unseen; ``deliveries`` are when it came, first
    and again whenever a snooze ended; ``sorted_at``, the last of these, is its place in the inbox; ``tags`` and
    ``severity`` are its workflow's when it was sent; ``actions`` says of ``primary`` and ``secondary`` whether they are
    completed, once they were.

    Of an e-mail: ``feedback`` is what its provider reported later, each ``{kind, address, at, reason, id}`` with the
    ``kind`` ``hard_bounce``, ``soft_bounce`` or ``complaint``, and ``copy`` where it is about another recipient;
    ``bounced_at`` and ``complained_at`` are the first times of these at the subscriber's own address.
    """

    message_id: str
    execution_id: str
    step_id: str
    workflow_id: str
    subscriber_id: str
    transaction_id: str
    channel: str
    to: str | None
    content: JsonObject
    provider: str | None
    provider_message_id: str | None
    created_at: datetime
    seen: bool
    read: bool
    archived: bool
    snoozed: bool
    seen_at: datetime | None
    first_seen_at: datetime | None
    read_at: datetime | None
    archived_at: datetime | None
    snoozed_until: datetime | None
    sorted_at: datetime
    deliveries: list[datetime]
    tags: list[str]
    severity: str
    actions: JsonObject
    bounced_at: datetime | None
    complained_at: datetime | None
    feedback: list[JsonObject]
    unreadable: str | None = field(metadata=SPARSE)
