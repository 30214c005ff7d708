"""How an inbox is read and written: at one moment, its snoozes that have run out ended before, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

from novu_core.clock import Clock, micros
from novu_core.errors import MessageNotFoundError
from novu_core.managers.inbox_tokens import InboxTokens
from novu_core.records.ids import checked_ids
from novu_core.storage.folders import EVERYTHING, Folder
from novu_core.storage.inbox_filters import Meant, holds
from novu_core.storage.inbox_rows import ALL, FIRST, InboxRows, Place
from novu_core.storage.rows import MessageRow
from novu_core.storage.store import Store
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_object

T = TypeVar("T")
_CHUNK = 200
"""How many runs are looked at at once."""


class InboxAccess:
    """One subscriber's inbox in a store; ``retention``: how long messages are kept, None for ever."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        subscriber_id: str,
        retention: timedelta | None = None,
        tokens: InboxTokens | None = None,
    ) -> None:
        checked_ids(subscriber_id=subscriber_id)
        self._store = store
        self._clock = clock
        self._retention = retention
        self.subscriber_id = subscriber_id
        self._tokens = tokens or InboxTokens((), clock)
        self._mine = (store.app, subscriber_id)

    def rows_in(self, transaction: Transaction) -> InboxRows:
        """Return the inbox as it stands in a transaction; a snooze that has run out is not ended by that."""
        now = self._clock.now()
        kept_since = (
            -EVERYTHING if self._retention is None else micros(now) - self._retention // timedelta(microseconds=1)
        )
        return InboxRows(transaction, *self._mine, now, kept_since)

    def _read(
        self, work: Callable[[InboxRows, Sequence[Folder]], T], counted: int = 0, marks: Mapping[str, bool] = ALL
    ) -> T:
        """Read at one moment; ``work`` is given the folders with these marks, their messages counted up to ``counted``.

        Where a snooze has run out it is ended first: whoever looks sees the message awake, without any worker.
        """

        def look(transaction: Transaction) -> tuple[T] | None:
            rows = self.rows_in(transaction)
            folders = rows.folders(counted, marks)
            return None if folders.due else (work(rows, folders.found),)

        while (found := self._store.database.read(look, snapshot=True)) is None:
            self._write(lambda rows: None)
        return found[0]

    def _write(self, work: Callable[[InboxRows], T]) -> T:
        def change(transaction: Transaction) -> T:
            rows = self.rows_in(transaction)
            rows.begin()
            result = work(rows)
            rows.end()
            return result

        return self._store.database.write(change, locks=self.subscriber_id)


def found_or_raise(rows: InboxRows, message_ids: Sequence[str]) -> Sequence[MessageRow]:
    """Return these messages. Raises MessageNotFoundError for the first that is not there."""
    found = rows.by_ids(message_ids)
    for message_id in message_ids:
        if message_id not in found:
            raise MessageNotFoundError(message_id)
    return [*found.values()]


def all_meant(rows: InboxRows, asked: Meant) -> Iterator[MessageRow]:
    """Yield all messages that are meant, newest first."""
    return rows.search([folder for folder in rows.folders().found if asked.has(folder)], asked)


def common(asked: Sequence[Meant]) -> Mapping[str, bool]:
    """Return the marks on which all filters agree: other folders need not be counted."""
    first = asked[0].marks if asked else ALL
    return {name: value for name, value in first.items() if all(each.marks.get(name) is value for each in asked)}


def counted(
    rows: InboxRows, folders: Sequence[Folder], asked: Meant, limit: int, payload: Mapping[str, Any] | None = None
) -> int:
    """Count what is meant, up to ``limit``; ``payload`` as of :func:`having`."""
    chosen = [folder for folder in folders if asked.has(folder)]
    if asked.by_folder and payload is None:
        return min(limit, sum(folder.count for folder in chosen))
    if asked.test is None and payload is None:
        return rows.count(chosen, asked, limit)
    return sum(1 for _ in islice(having(rows, chosen, asked, payload), limit))


def having(
    rows: InboxRows,
    folders: Sequence[Folder],
    asked: Meant,
    payload: Mapping[str, Any] | None = None,
    place: Place = FIRST,
) -> Iterator[MessageRow]:
    """Yield what is meant, newest first; ``payload`` is looked for in the runs, whose requests are JSON text."""
    found = rows.search(folders, asked, place)
    if payload is None:
        yield from found
        return
    while chunk := [*islice(found, _CHUNK)]:
        sent = {name: _payload_in(request) for name, request in rows.requests([row.execution_id for row in chunk])}
        yield from (row for row in chunk if holds(sent.get(row.execution_id), payload))


def _payload_in(request: object) -> Any:
    try:
        return read_object(request).get("payload")
    except UnreadableValueError:  # of one run: its messages have no payload to be found by
        return None
