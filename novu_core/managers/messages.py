"""Everything that was sent or stored."""

from __future__ import annotations

from novu_core.engine.reading import message_of
from novu_core.records import MessageRecord, Page
from novu_core.records.ids import UNSET, Unset, checked_ids
from novu_core.records.pages import checked_cursor, checked_limit, paged
from novu_core.storage.store import Store
from novu_core.types import Channel


class Messages:
    """Everything that was sent or stored."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(
        self,
        *,
        channel: Channel | str | None = None,
        subscriber_id: str | Unset = UNSET,
        execution_id: str | Unset = UNSET,
        transaction_id: str | Unset = UNSET,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[MessageRecord]:
        """Return messages, newest first. ``limit``: 1 to 100. Raises ValidationError.

        An id that is left out means everybody's; None, or a blank one, is an error.
        """
        ids = checked_ids(subscriber_id=subscriber_id, execution_id=execution_id, transaction_id=transaction_id)
        rows = self._store.list_messages(
            limit=checked_limit(limit) + 1,
            cursor=checked_cursor(cursor),
            channel=str(channel) if channel else None,
            **ids,
        )
        return paged(rows, limit, message_of, lambda message: message.message_id)
