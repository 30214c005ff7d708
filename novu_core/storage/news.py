"""What arrived in inboxes lately, for those who ask again and again: no more is read than that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import TextClause, text

from novu_core.storage import inbox
from novu_core.storage.ids import first_id
from novu_core.storage.slices import padded
from novu_core.storage.transaction import Transaction

_CHUNK = 256
"""How many subscribers a statement names."""
_MOST = 1000
"""How many arrivals are told of so many subscribers at once; the older ones are only counted."""


def arrivals(
    transaction: Transaction, app: str, subscriber_ids: Sequence[str], since: datetime
) -> dict[str, frozenset[str]]:
    """Return the ids of the in-app messages that were made since then, by subscriber.

    Each subscriber costs one step into an index, whatever else is in the store.
    """
    found: dict[str, set[str]] = {}
    for params in _chunks(subscriber_ids):
        asked = {**params, "app": app, "since": first_id(since), "most": _MOST}
        for subscriber_id, message_id in transaction.rows(_arrived(len(params)), asked):
            found.setdefault(subscriber_id, set()).add(message_id)
    return {each: frozenset(ids) for each, ids in found.items()}


def versions(transaction: Transaction, app: str, subscriber_ids: Sequence[str]) -> dict[str, int]:
    """Return how often each inbox was changed, but for new messages; those that never were are left out."""
    found: dict[str, int] = {}
    for params in _chunks(subscriber_ids):
        found.update((row[0], row[1]) for row in transaction.rows(inbox.changed(len(params)), {**params, "app": app}))
    return found


def _chunks(subscriber_ids: Sequence[str]) -> list[dict[str, str]]:
    parts = (padded(subscriber_ids[at : at + _CHUNK]) for at in range(0, len(subscriber_ids), _CHUNK))
    return [{f"subscriber_{number}": each for number, each in enumerate(part)} for part in parts]


@lru_cache(maxsize=16)
def _arrived(count: int) -> TextClause:
    ids = ", ".join(f":subscriber_{number}" for number in range(count))
    return text(
        "SELECT subscriber_id, message_id FROM novu_messages"  # noqa: S608  # names of ours
        f" WHERE subscriber_id IN ({ids}) AND channel = 'in_app' AND message_id > :since AND app = :app"
        " ORDER BY message_id DESC LIMIT :most"
    )
