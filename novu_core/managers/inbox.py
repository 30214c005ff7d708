"""A subscriber's in-app messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any

from typing_extensions import TypedDict, Unpack

from novu_core.clock import Clock, micros
from novu_core.engine.reading import message_of
from novu_core.errors import MessageNotFoundError
from novu_core.managers.paging import CHUNK, chunks
from novu_core.records import MessageRecord, Page
from novu_core.records.ids import checked_ids, fault_of_id
from novu_core.records.pages import checked_cursor, checked_limit
from novu_core.storage import inbox as statements
from novu_core.storage.inbox import InboxFilters
from novu_core.storage.rows import MessageRow
from novu_core.storage.store import Store
from novu_core.storage.values import UnreadableValueError, read_object


class Marks(TypedDict, total=False):
    """What to do to the marks of a message: True sets one, False takes it away, an absent one stays."""

    seen: bool
    read: bool
    archived: bool


MARKS: Mapping[str, Marks] = MappingProxyType(
    {
        "seen": {"seen": True},
        "unseen": {"seen": False, "read": False},
        "read": {"read": True},
        "unread": {"seen": True, "read": False, "archived": False},
        "archive": {"read": True, "archived": True},
        "unarchive": {"read": True, "archived": False},
    }
)
"""What Novu's words for marks mean, as arguments of :meth:`Inbox.mark`."""


class Inbox:
    """One subscriber's in-app messages. Raises ValidationError for an id that is None, blank or no string.

    The filters narrow what a method is about: ``read``, ``seen`` and ``archived``, each True or False, None for both;
    ``workflow_ids``; ``since`` and ``until``, aware times. ``data``, ``payload``: the message's own ``data``, and what
    its workflow was triggered with, have these values.
    """

    def __init__(self, store: Store, clock: Clock, subscriber_id: str) -> None:
        checked_ids(subscriber_id=subscriber_id)
        self._store = store
        self._clock = clock
        self.subscriber_id = subscriber_id
        self._mine = (store.app, subscriber_id)

    def list(
        self,
        *,
        limit: int = 20,
        cursor: str | None = None,
        offset: int = 0,
        data: Mapping[str, Any] | None = None,
        payload: Mapping[str, Any] | None = None,
        **filters: Unpack[InboxFilters],
    ) -> Page[MessageRecord]:
        """Return messages, newest first, without the archived ones unless ``archived`` is given.

        ``cursor``: the last message of the page before; ``offset``: how many to leave out after it.
        """
        asked: InboxFilters = {"archived": False, **filters}
        most, after = checked_limit(limit) + 1, checked_cursor(cursor)
        if data is None and payload is None:
            rows = self._rows(most, after, offset, asked)
        else:
            rows = list(islice(self._having(asked, data, payload, after), offset, offset + most))
        items = [message_of(row) for row in rows[:limit]]
        return Page(items, items[-1].message_id if len(rows) > limit else None)

    def get(self, message_id: str) -> MessageRecord:
        """Return a message. Raises MessageNotFoundError, and ValidationError for what is not an id."""
        checked_ids(message_id=message_id)
        rows = self._read(statements.rows(*self._mine, limit=1, message_ids=[message_id]))
        if not rows:
            raise MessageNotFoundError(message_id)
        return message_of(rows[0])

    def count(
        self,
        *,
        data: Mapping[str, Any] | None = None,
        payload: Mapping[str, Any] | None = None,
        **filters: Unpack[InboxFilters],
    ) -> int:
        """Count messages, without the archived ones unless ``archived`` is given."""
        asked: InboxFilters = {"archived": False, **filters}
        if data is not None or payload is not None:
            return sum(1 for _ in self._having(asked, data, payload))
        query = statements.count(*self._mine, **asked)
        [[found]] = self._store.database.read(lambda transaction: transaction.rows(query))
        return int(found)

    def mark(
        self, *message_ids: str, seen: bool | None = None, read: bool | None = None, archived: bool | None = None
    ) -> int:
        """Set the given marks; return how many messages there were. Reading a message means seeing it.

        A mark that is set already keeps its time. Raises MessageNotFoundError for an id that is not in this inbox, and
        ValidationError for what is not an id.
        """
        for message_id in message_ids:
            checked_ids(message_id=message_id)
        changed = self._changed(seen, read, archived)
        for message_id in message_ids:
            if not self._write(statements.mark(*self._mine, changed, [message_id])):
                raise MessageNotFoundError(message_id)
        return len(message_ids)

    def mark_all(
        self,
        *,
        seen: bool | None = None,
        read: bool | None = None,
        archived: bool | None = None,
        where: InboxFilters | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> int:
        """Set the given marks on every message, or on those ``where`` these conditions hold; return how many."""
        changed, asked = self._changed(seen, read, archived), where or {}
        if data is None:
            return self._write(statements.mark(*self._mine, changed, **asked))
        return sum(self._write(statements.mark(*self._mine, changed, ids)) for ids in self._chunks(data, asked))

    def mark_some(
        self,
        message_ids: Sequence[str],
        *,
        seen: bool | None = None,
        read: bool | None = None,
        archived: bool | None = None,
    ) -> Sequence[MessageRecord]:
        """Set the given marks on those of these messages that are in this inbox, and return them."""
        changed = self._changed(seen, read, archived)
        ids = [each for each in dict.fromkeys(message_ids) if fault_of_id(each) is None]
        found: dict[str, MessageRow] = {}
        for some in chunks(ids):
            self._write(statements.mark(*self._mine, changed, some))
            rows = self._read(statements.rows(*self._mine, limit=len(some), message_ids=some))
            found |= {row.message_id: row for row in rows}
        return [message_of(found[each]) for each in ids if each in found]

    def delete(self, *message_ids: str) -> int:
        """Delete messages; return how many.

        Raises MessageNotFoundError for an id that is not in this inbox, and ValidationError for what is not an id.
        """
        for message_id in message_ids:
            checked_ids(message_id=message_id)
        for message_id in message_ids:
            if not self._write(statements.remove(*self._mine, [message_id])):
                raise MessageNotFoundError(message_id)
        return len(message_ids)

    def delete_all(self, *, data: Mapping[str, Any] | None = None, **filters: Unpack[InboxFilters]) -> int:
        """Delete every message, or those that the filters leave; return how many."""
        if data is None:
            return self._write(statements.remove(*self._mine, **filters))
        return sum(self._write(statements.remove(*self._mine, ids)) for ids in self._chunks(data, filters))

    def _changed(self, seen: bool | None, read: bool | None, archived: bool | None) -> dict[str, int | None]:
        now = micros(self._clock.now())
        marks = {"seen_at": True if read else seen, "read_at": read, "archived_at": archived}
        return {name: now if value else None for name, value in marks.items() if value is not None}

    def _rows(self, limit: int, cursor: str | None, offset: int, filters: InboxFilters) -> Sequence[MessageRow]:
        return self._read(statements.rows(*self._mine, limit=limit, cursor=cursor, offset=offset, **filters))

    def _having(
        self,
        filters: InboxFilters,
        data: Mapping[str, Any] | None,
        payload: Mapping[str, Any] | None = None,
        cursor: str | None = None,
    ) -> Iterator[MessageRow]:
        """Yield messages with these values, newest first; to the database both are JSON text."""
        while found := self._rows(CHUNK, cursor, 0, filters):
            cursor = found[-1].message_id
            if payload is not None:
                sent = self._payloads([row.execution_id for row in found])
                found = [row for row in found if _holds(sent.get(row.execution_id), payload)]
            yield from (row for row in found if data is None or _holds(row.content.get("data"), data))

    def _payloads(self, execution_ids: Sequence[str]) -> dict[str, Any]:
        query = statements.requests(self._store.app, execution_ids)
        rows = self._store.database.read(lambda transaction: transaction.rows(query))
        return {execution_id: _payload_in(request) for execution_id, request in rows}

    def _chunks(self, data: Mapping[str, Any], filters: InboxFilters) -> Iterator[Sequence[str]]:
        having = self._having(filters, data)
        while ids := [row.message_id for row in islice(having, CHUNK)]:
            yield ids

    def _read(self, query: Any) -> Sequence[MessageRow]:
        rows = self._store.database.read(lambda transaction: transaction.rows(query))
        return [MessageRow.read(row) for row in rows]

    def _write(self, statement: Any) -> int:
        return self._store.database.write(lambda transaction: transaction.execute(statement))


def _holds(own: Any, asked: Mapping[str, Any]) -> bool:
    """Whether every asked key has the asked value; an object within an object is compared in the same way."""
    if not isinstance(own, Mapping):
        return False
    return all(
        _holds(own.get(key), value) if isinstance(value, Mapping) else key in own and own[key] == value
        for key, value in asked.items()
    )


def _payload_in(request: object) -> Any:
    try:
        return read_object(request).get("payload")
    except UnreadableValueError:  # of one run: its messages have no payload to be found by
        return None
