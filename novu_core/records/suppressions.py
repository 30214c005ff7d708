"""Addresses to which nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from novu_core.records.view import SPARSE, View


@dataclass(frozen=True, eq=False)
class SuppressionRecord(View):
    """An address to which nothing is sent, and since when.

    ``reason``: ``hard bounce``, ``complaint``, or what whoever added it said. ``detail``: what the server or the
    provider said. ``message_id``: the message that bounced, or that was complained about. ``id`` sorts by time.
    """

    id: str
    channel: str
    address: str
    reason: str
    detail: str | None
    message_id: str | None
    created_at: datetime
    unreadable: str | None = field(default=None, metadata=SPARSE)
