"""Everything that was sent or stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from novu_core.engine.reading import message_of
from novu_core.errors import MessageNotFoundError
from novu_core.managers.paging import Ids, checked_filters, each, numbered_page, page_after
from novu_core.records import MessageRecord, NumberedPage, Page
from novu_core.records.ids import UNSET, Unset, checked_ids
from novu_core.storage.forgetting import ForgetMessage, ForgetMessages
from novu_core.storage.listings import MESSAGES
from novu_core.storage.rows import MessageRow, scoped
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
        filters = _filters({name: [value] for name, value in ids.items()}, channel)
        return page_after(self._store, MESSAGES, each(_of_row), filters, limit, cursor)

    def page(
        self,
        number: int = 0,
        *,
        channel: Channel | str | None = None,
        subscriber_id: Ids = UNSET,
        execution_id: Ids = UNSET,
        transaction_id: Ids = UNSET,
        limit: int = 10,
    ) -> NumberedPage[MessageRecord]:
        """Return a page by its number from 0, newest first, with a total; each id is one or several.

        ``limit``: 1 to 1,000. Raises ValidationError.
        """
        ids = checked_filters(subscriber_id=subscriber_id, execution_id=execution_id, transaction_id=transaction_id)
        filters = _filters(ids, channel)
        return numbered_page(self._store, MESSAGES, each(_of_row), filters, number, limit)

    def get(self, message_id: str) -> MessageRecord:
        """Return a message. Raises MessageNotFoundError, and ValidationError for what is not an id."""
        checked_ids(message_id=message_id)
        row = self._store.message(message_id)
        if row is None:
            raise MessageNotFoundError(message_id)
        return message_of(row)

    def delete(self, message_id: str) -> None:
        """Delete a message, from the inbox too; its run's history stays. Raises MessageNotFoundError."""
        checked_ids(message_id=message_id)
        if not self._store.commit(ForgetMessage(message_id, self._store.app))[0]:
            raise MessageNotFoundError(message_id)

    def delete_all(self, transaction_id: str, *, channel: Channel | str | None = None) -> int:
        """Delete the messages of a trigger, or those on one channel; return how many there were. ValidationError."""
        checked_ids(transaction_id=transaction_id)
        named = None if channel is None else str(channel)
        return int(self._store.commit(ForgetMessages(scoped(self._store.app, transaction_id), named))[0])


def _filters(ids: Mapping[str, Sequence[str]], channel: Channel | str | None) -> dict[str, Sequence[str]]:
    if channel:
        return {**ids, "channel": [str(channel)]}
    if set(ids) == {"subscriber_id"}:
        return {**ids, "channel": [each.value for each in Channel]}  # the index of inboxes orders within a channel
    return dict(ids)


def _of_row(row: tuple[Any, ...]) -> MessageRecord:
    return message_of(MessageRow.read(row))
