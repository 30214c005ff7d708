"""A subscriber's in-app messages."""

from __future__ import annotations

from novu_core.clock import Clock, micros
from novu_core.engine.reading import message_of
from novu_core.errors import MessageNotFoundError
from novu_core.records import MessageRecord, Page
from novu_core.records.ids import checked_ids
from novu_core.records.pages import checked_cursor, checked_limit, paged
from novu_core.storage.store import Store


class Inbox:
    """One subscriber's in-app messages. Raises ValidationError for an id that is None, blank or no string."""

    def __init__(self, store: Store, clock: Clock, subscriber_id: str) -> None:
        checked_ids(subscriber_id=subscriber_id)
        self._store = store
        self._clock = clock
        self.subscriber_id = subscriber_id

    def list(
        self, *, read: bool | None = None, archived: bool = False, limit: int = 20, cursor: str | None = None
    ) -> Page[MessageRecord]:
        """Return messages, newest first; ``read`` picks the read or the unread ones."""
        rows = self._store.inbox(
            self.subscriber_id,
            read=read,
            archived=archived,
            limit=checked_limit(limit) + 1,
            cursor=checked_cursor(cursor),
        )
        return paged(rows, limit, message_of, lambda message: message.message_id)

    def count(self, *, read: bool | None = None, seen: bool | None = None) -> int:
        """Count the messages that are not archived."""
        return self._store.inbox_count(self.subscriber_id, read=read, seen=seen)

    def mark(
        self, *message_ids: str, seen: bool | None = None, read: bool | None = None, archived: bool | None = None
    ) -> int:
        """Set the given marks; return how many messages there were. Reading a message means seeing it.

        Raises MessageNotFoundError for an id that is not in this inbox, and ValidationError for what is not an id.
        """
        for message_id in message_ids:
            checked_ids(message_id=message_id)
        changed = self._changed(seen, read, archived)
        for message_id in message_ids:
            if not self._store.mark(self.subscriber_id, message_id, changed):
                raise MessageNotFoundError(message_id)
        return len(message_ids)

    def mark_all(self, *, seen: bool | None = None, read: bool | None = None, archived: bool | None = None) -> int:
        """Set the given marks on every message; return how many there were."""
        return self._store.mark(self.subscriber_id, None, self._changed(seen, read, archived))

    def _changed(self, seen: bool | None, read: bool | None, archived: bool | None) -> dict[str, int | None]:
        now = micros(self._clock.now())
        marks = {"seen_at": True if read else seen, "read_at": read, "archived_at": archived}
        return {name: now if value else None for name, value in marks.items() if value is not None}
