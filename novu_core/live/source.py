"""The store as the news see it: asked for what changed, and for the inboxes that it changed in."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from datetime import datetime

from novu_core.client import Client
from novu_core.client.current import held
from novu_core.clock import micros
from novu_core.engine.reading import message_of
from novu_core.lines import logger_of
from novu_core.live.shapes import Glance
from novu_core.storage import news, people_statements
from novu_core.storage.inbox_filters import Meant
from novu_core.storage.inbox_rows import FIRST
from novu_core.storage.rows import MessageRow, SubscriberRow
from novu_core.storage.store import Store
from novu_core.storage.transaction import Transaction
from novu_core.types import JsonObject, Severity

logger = logger_of(__name__)
_COUNTED = 101
"""One more than Novu counts, to tell whether there are more."""
_TOLD = 100
"""How many messages are told at once; of the older ones only the number."""
_NAME = "The client of the live updates"


class StoreSource:
    """A client's store. It holds no client: one that nobody else holds goes away, and this raises ReferenceError."""

    def __init__(self, client: Client) -> None:
        self._client = weakref.ref(client)
        self._watch = client.engine.parts.store.database.watch()

    def now(self) -> datetime:
        """Return the present time."""
        return held(self._client, _NAME).clock.now()

    def changed(self) -> bool:
        """Whether anybody has committed anything since this was asked last."""
        held(self._client, _NAME)
        return self._watch.changed()

    def versions(self, subscriber_ids: Sequence[str]) -> Mapping[str, int]:
        """Return how often each inbox was changed, but for new messages."""
        store = self._store()
        return store.database.read(lambda transaction: news.versions(transaction, store.app, subscriber_ids))

    def arrivals(self, subscriber_ids: Sequence[str], since: datetime) -> Mapping[str, frozenset[str]]:
        """Return the ids of the messages that were made since then."""
        store = self._store()
        return store.database.read(lambda transaction: news.arrivals(transaction, store.app, subscriber_ids, since))

    def glances(self, subscriber_ids: Sequence[str], since: datetime) -> Mapping[str, Glance | None]:
        """Return what each inbox holds; None: the subscriber was deleted. One that cannot be read is left out."""
        client = held(self._client, _NAME)

        def look(transaction: Transaction) -> dict[str, Glance | None]:
            found: dict[str, Glance | None] = {}
            for each in subscriber_ids:
                try:
                    found[each] = _glance(client, transaction, each, since)
                except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):  # not the database's own
                    logger.exception("The inbox of %s cannot be read, and its live clients get no updates", each)
            return found

        return client.engine.parts.store.database.read(look)

    def close(self) -> None:
        """Close what watches the store."""
        self._watch.close()

    def _store(self) -> Store:
        return held(self._client, _NAME).engine.parts.store


def _glance(client: Client, transaction: Transaction, subscriber_id: str, since: datetime) -> Glance | None:
    row = transaction.row(people_statements.SUBSCRIBER, {"subscriber_id": subscriber_id})
    if row is None:
        return None
    rows = client.inbox(subscriber_id).rows_in(transaction)
    there = [folder for folder in rows.folders(_COUNTED).found if not folder.snoozed]
    unread = {severity.value: 0 for severity in Severity}
    for folder in there:
        if not folder.read:
            unread[folder.severity] = min(_COUNTED, unread.get(folder.severity, 0) + folder.count)
    unseen = min(_COUNTED, sum(folder.count for folder in there if not folder.seen))
    recent = rows.page(there, Meant({}, [], frozenset(), micros(since)), _TOLD, FIRST) if there else []
    return Glance(
        unread, unseen, [*map(message_of, recent)], _person(SubscriberRow.read(row)), _workflows(client, recent)
    )


def _person(row: SubscriberRow) -> JsonObject:
    told = {name: row.data[name] for name in ("firstName", "lastName", "avatar") if row.data.get(name)}
    return {"_id": row.id, "subscriberId": row.subscriber_id, **told}


def _workflows(client: Client, rows: Sequence[MessageRow]) -> dict[str, JsonObject]:
    found = (client.registry.get(workflow_id) for workflow_id in {row.workflow_id for row in rows})
    return {
        workflow.workflow_id: {
            "_id": workflow.workflow_id,
            "identifier": workflow.workflow_id,
            "name": workflow.name,
            "critical": workflow.critical,
            "severity": workflow.severity.value,
            "tags": list(workflow.tags),
        }
        for workflow in found
        if workflow is not None
    }
