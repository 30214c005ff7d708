"""What time does to inboxes: snoozes run out, and messages expire, each batch in a transaction of its own."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import text

from novu_core.clock import micros
from novu_core.storage.ids import first_id
from novu_core.storage.inbox_rows import InboxRows
from novu_core.storage.store import Store
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import due_time

MOST_AT_ONCE = 100
"""How many snoozes, or old messages, one transaction is about: other writers get their turn in between."""

_NEXT = text("SELECT min(snoozed_until) FROM novu_messages WHERE app = :app AND snoozed_until IS NOT NULL")
_DUE = text("""
SELECT DISTINCT subscriber_id FROM (
    SELECT subscriber_id FROM novu_messages WHERE app = :app AND snoozed_until <= :now
    ORDER BY snoozed_until LIMIT :most
) AS due
""")
_OLD = text("""
SELECT message_id, subscriber_id, sorted_at < :before AND snoozed_until IS NULL AND app = :app FROM novu_messages
WHERE channel = 'in_app' AND message_id > :after AND message_id < :edge
ORDER BY message_id LIMIT :most
""")
"""Ids sort by the time of creation. One that a snooze brought back is younger than its id."""


def next_snooze(store: Store) -> datetime | None:
    """Return when the next snooze of this app runs out, or None."""
    [[found]] = store.database.read(lambda transaction: transaction.rows(_NEXT, {"app": store.app}))
    return None if found is None else due_time(found)


def wake(store: Store, now: datetime) -> int:
    """End the snoozes of some inboxes that have run out; return how many inboxes those were, 0 where none is left."""
    params = {"app": store.app, "now": micros(now), "most": MOST_AT_ONCE}
    due = store.database.read(lambda transaction: transaction.rows(_DUE, params))
    subscribers = sorted(str(row[0]) for row in due)

    def change(transaction: Transaction) -> None:
        for subscriber_id in subscribers:  # one order of locks, whoever writes
            rows = InboxRows(transaction, store.app, subscriber_id, now)
            rows.begin()
            rows.end()

    if subscribers:
        store.database.write(change, locks=subscribers[0])
    return len(subscribers)


def expire(store: Store, now: datetime, before: datetime, after: str = "") -> str | None:
    """Delete some in-app messages from before then, but for snoozed ones; return where to go on, None at the end.

    ``after``: what the last call returned; the messages up to there are looked at already.
    """
    edge = micros(before)
    if edge < 0:
        return None
    params = {"app": store.app, "before": edge, "edge": first_id(before), "after": after, "most": MOST_AT_ONCE}
    found = store.database.read(lambda transaction: transaction.rows(_OLD, params))
    owned = sorted((str(subscriber_id), str(message_id)) for message_id, subscriber_id, expired in found if expired)

    def change(transaction: Transaction) -> None:
        for subscriber_id, messages in groupby(owned, key=itemgetter(0)):
            rows = InboxRows(transaction, store.app, subscriber_id, now)
            rows.begin()
            rows.remove([message_id for _, message_id in messages], before=edge)
            rows.end()

    if owned:
        store.database.write(change, locks=owned[0][0])
    return str(found[-1][0]) if len(found) == MOST_AT_ONCE else None
