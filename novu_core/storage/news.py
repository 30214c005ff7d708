"""What arrived in inboxes lately, for those who ask again and again: no more is read than that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from novu_core.codec import dumps
from novu_core.storage import inbox
from novu_core.storage.ids import first_id
from novu_core.storage.slices import padded
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import PerBackend

_CHUNK = 256
"""How many subscribers a statement names."""
_MOST = 100
"""How many arrivals of one subscriber are told at once; the older ones are only counted."""
# What else arrived must cost nothing, a fan-out of 100,000 messages: each subscriber is one step into the index of
# inboxes, and the database is left no other way. SQLite keeps to the order of a CROSS JOIN. PostgreSQL, whose figures
# know nothing of the last minute, would rather look through all that is new; rows compare by that one index only.
_SQLITE = text("""
SELECT subscriber_id, message_id FROM json_each(:ids) AS asked CROSS JOIN novu_messages
WHERE subscriber_id = asked.value AND channel = 'in_app' AND message_id > :since AND app = :app
ORDER BY message_id DESC LIMIT :most * json_array_length(:ids)
""")
_POSTGRES = text("""
SELECT subscriber_id, message_id
FROM json_array_elements_text(CAST(:ids AS json)) AS asked (id) CROSS JOIN LATERAL (
    SELECT subscriber_id, message_id FROM novu_messages
    WHERE (subscriber_id, channel, message_id) > (asked.id, 'in_app', :since)
        AND (subscriber_id, channel, message_id) < (asked.id, 'in_app', 'g') AND app = :app
    ORDER BY subscriber_id DESC, channel DESC, message_id DESC LIMIT :most
) AS found
""")
_ARRIVALS = PerBackend(lambda backend: _POSTGRES if backend.laterals else _SQLITE)


def arrivals(
    transaction: Transaction, app: str, subscriber_ids: Sequence[str], since: datetime
) -> dict[str, frozenset[str]]:
    """Return the ids of the in-app messages that were made since then, the newest ones, by subscriber."""
    asked = {"ids": dumps([*subscriber_ids]), "app": app, "since": first_id(since), "most": _MOST}
    found: dict[str, set[str]] = {}
    for subscriber_id, message_id in transaction.rows(_ARRIVALS, asked):
        found.setdefault(subscriber_id, set()).add(message_id)
    return {each: frozenset(ids) for each, ids in found.items()}


def versions(transaction: Transaction, app: str, subscriber_ids: Sequence[str]) -> dict[str, int]:
    """Return how often each inbox was changed, but for new messages; those that never were are left out."""
    found: dict[str, int] = {}
    for at in range(0, len(subscriber_ids), _CHUNK):
        part = padded(subscriber_ids[at : at + _CHUNK])
        params = {f"subscriber_{number}": each for number, each in enumerate(part)}
        rows = transaction.rows(inbox.changed(len(part)), {**params, "app": app})
        found.update((row[0], row[1]) for row in rows)
    return found
