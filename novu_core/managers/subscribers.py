"""Who notifications are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.clock import Clock
from novu_core.engine.recipients import parse_subscriber
from novu_core.errors import SubscriberNotFoundError
from novu_core.records import Page, Subscriber
from novu_core.records.pages import checked_limit, paged
from novu_core.storage.changes import DeleteSubscriber, SaveSubscriber
from novu_core.storage.store import Store


class Subscribers:
    """Who notifications are for."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def upsert(self, subscriber: Subscriber | Mapping[str, Any] | str, **fields: Any) -> Subscriber:
        """Create a subscriber or merge fields into it; None clears a field. Raises RecipientInvalidError."""
        data = parse_subscriber(subscriber, "/subscriber")
        if fields:
            data |= parse_subscriber({**fields, "subscriberId": data["subscriberId"]}, "/subscriber")
        store = self._store
        store.commit(SaveSubscriber(data["subscriberId"], data, self._clock.now()))
        return self.get(data["subscriberId"])

    def get(self, subscriber_id: str) -> Subscriber:
        """Return a subscriber. Raises SubscriberNotFoundError."""
        data = self._store.subscriber(subscriber_id)
        if data is None:
            raise SubscriberNotFoundError(subscriber_id)
        return Subscriber.lenient(data)

    def list(self, *, limit: int = 20, cursor: str | None = None) -> Page[Subscriber]:
        """Return subscribers by id. ``limit``: 1 to 100."""
        rows = self._store.list_subscribers(limit=checked_limit(limit) + 1, cursor=cursor)
        return paged(rows, limit, Subscriber.lenient, lambda subscriber: subscriber.subscriber_id)

    def delete(self, subscriber_id: str) -> None:
        """Forget a subscriber, its preferences and its topics. Raises SubscriberNotFoundError.

        Nothing that was triggered before is sent any more; the runs that are open skip it (``subscriber_deleted``).
        """
        [existed] = self._store.commit(DeleteSubscriber(subscriber_id, self._clock.now()))
        if not existed:
            raise SubscriberNotFoundError(subscriber_id)
