"""Everything that was sent or stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from typing import Any

from novu_core.codec import dumps
from novu_core.delivery import Message, Router
from novu_core.engine.letters import letter
from novu_core.engine.reading import message_of
from novu_core.errors import ConflictError, DeliveryError, MessageNotFoundError
from novu_core.managers.paging import Ids, checked_filters, each, numbered_page, page_after
from novu_core.records import MessageRecord, NumberedPage, Page
from novu_core.records.ids import UNSET, Unset, checked_ids
from novu_core.records.pages import MOST, checked_cursor, checked_limit
from novu_core.records.subscriber import Subscriber
from novu_core.storage.forgetting import ForgetMessage, ForgetMessages
from novu_core.storage.listings import MESSAGES
from novu_core.storage.rows import MessageRow, scoped
from novu_core.storage.slices import Filters, PageRequest
from novu_core.storage.store import Store
from novu_core.types import Channel

_LOOKED_THROUGH = 500
"""How many messages one search for a text looks through."""
_TEXTS = tuple(MessageRow.names().index(name) for name in ("content", "address"))


class Messages:
    """Everything that was sent or stored."""

    def __init__(
        self,
        store: Store,
        router: Router | None = None,
        unsubscribe_url: Callable[[MessageRecord], str | None] = lambda record: None,
    ) -> None:
        self._store = store
        self._router = Router({}) if router is None else router
        self._unsubscribe_url = unsubscribe_url

    def list(
        self,
        *,
        channel: Channel | str | None = None,
        subscriber_id: str | Unset = UNSET,
        execution_id: str | Unset = UNSET,
        transaction_id: str | Unset = UNSET,
        text: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[MessageRecord]:
        """Return messages, newest first. ``limit``: 1 to 100. Raises ValidationError.

        An id that is left out means everybody's; None, or a blank one, is an error. ``text``: what stands in the
        content or the address, in any case of letters; each page looks through 500 messages at most, and may be empty
        though its ``next_cursor`` leads to others.
        """
        ids = checked_ids(subscriber_id=subscriber_id, execution_id=execution_id, transaction_id=transaction_id)
        filters = _filters({name: [value] for name, value in ids.items()}, channel)
        if text:
            return self._holding(text, filters, checked_limit(limit), checked_cursor(cursor))
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

    def letter(self, message_id: str) -> EmailMessage:
        """Return an e-mail as it was posted, without its files. Raises as :meth:`get`, and ConflictError for no e-mail.

        It is composed anew: what the code or the settings say by now of its sender counts.
        """
        record = self.get(message_id)
        if record.channel != Channel.EMAIL:
            raise ConflictError(f"Message {message_id} is not an e-mail and has no source.")
        subscriber = self._store.subscriber(record.subscriber_id)
        data = {"subscriberId": record.subscriber_id} if subscriber is None else subscriber.data
        message = Message(
            channel=Channel.EMAIL,
            to=record.to,
            subscriber=Subscriber.lenient(data),
            content=record.content,
            idempotency_key=f"{record.execution_id}:{record.step_id}",
            execution_id=record.execution_id,
            step_id=record.step_id,
            workflow_id=record.workflow_id,
            created_at=record.created_at,
            unsubscribe_url=self._unsubscribe_url(record),
        )
        try:
            return letter(self._router, message)
        except DeliveryError as error:
            raise ConflictError(f"Message {message_id} cannot be shown as an e-mail: {error.message}") from error

    def _holding(self, text: str, filters: Filters, limit: int, cursor: str | None) -> Page[MessageRecord]:
        """A page of those in which a text stands, as JSON has it."""
        wanted = dumps(text)[1:-1].casefold()
        found: list[MessageRecord] = []
        for _ in range(_LOOKED_THROUGH // MOST):
            rows = self._store.slice(MESSAGES, PageRequest(MOST, filters, cursor))
            for row in rows.rows:
                cursor = row[MESSAGES.at]
                if any(isinstance(row[at], str) and wanted in row[at].casefold() for at in _TEXTS):
                    found.append(_of_row(row))
                    if len(found) == limit:
                        return Page(found, cursor)
            if not rows.after:
                return Page(found, None)
        return Page(found, cursor)

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
