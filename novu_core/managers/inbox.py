"""A subscriber's in-app messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from typing_extensions import Unpack

from novu_core.engine.reading import message_of
from novu_core.errors import FieldError, ValidationError
from novu_core.managers.inbox_access import InboxAccess, all_meant, common, counted, found_or_raise, having
from novu_core.managers.marks import AWAKE, MARKS, READ, SNOOZED, Marks, checked_snooze, marking
from novu_core.records import MessageRecord, Page
from novu_core.records.ids import checked_ids, fault_of_id
from novu_core.records.pages import checked_cursor, checked_limit
from novu_core.storage.folders import EVERYTHING, SEVERITIES, Folder, Marking
from novu_core.storage.inbox_filters import InboxFilters, meant
from novu_core.storage.inbox_rows import FIRST, InboxRows
from novu_core.storage.people import AddSubscribers
from novu_core.storage.rows import MessageRow

__all__ = ["COUNTED", "MARKS", "Counted", "Inbox", "InboxFilters", "Marks", "Unread"]
COUNTED = 100
"""How far :meth:`Inbox.counts` counts: beyond it a bell shows 99+."""
_ACTIONS = ("primary", "secondary")


class Counted(InboxFilters, total=False):
    """What one of :meth:`Inbox.counts` counts: filters, and the messages' own ``data``."""

    data: Mapping[str, Any] | None


class Unread(NamedTuple):
    """How many messages are neither read nor archived nor snoozed: all, and by severity, each up to 100."""

    total: int
    severity: Mapping[str, int]


class Inbox(InboxAccess):
    """One subscriber's in-app messages. Raises ValidationError for an id that is None, blank or no string.

    The filters narrow what a method is about: ``read``, ``seen``, ``archived`` and ``snoozed``, each True or False,
    None for both; ``tags``, some of these, or lists of which each must have one among them; ``severity``, one word or
    several; ``workflow_ids``; ``since`` and ``until``, aware times. ``data``, ``payload``: the message's own ``data``,
    and what its workflow was triggered with, have these values.

    Whatever changes is changed in one transaction, and to do it again changes nothing. A snooze ends by itself: the
    message becomes unread, and comes first again.
    """

    def token(self) -> str:
        """Return what opens this inbox, and nothing else, for 15 days; a subscriber who is not known yet is stored.

        Browsers send it as ``Authorization: Bearer <token>``. Raises ConfigurationError without a secret.
        """
        token = self._tokens.issue(self.subscriber_id)
        if self._store.subscriber(self.subscriber_id) is None:
            self._store.commit(AddSubscribers([self.subscriber_id], self._clock.now()))
        return token

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

        ``cursor``: the id of a message, the last of the page before; what follows its place in the inbox is returned,
        and nothing where it is gone. ``offset``: how many to leave out after it.
        """
        most, after = checked_limit(limit) + 1, checked_cursor(cursor)
        asked = meant({"archived": False, **filters}, data)

        def page(rows: InboxRows, folders: Sequence[Folder]) -> Sequence[MessageRow]:
            place = FIRST if after is None else rows.place(after)
            if place is None:
                return []
            chosen = [folder for folder in folders if asked.has(folder)]
            if asked.test is None and payload is None:
                return rows.page(chosen, asked, most, place, offset) if chosen else []
            return [*islice(having(rows, chosen, asked, payload, place), offset, offset + most)]

        found = self._read(page, marks=asked.marks)
        items = [message_of(row) for row in found[:limit]]
        return Page(items, items[-1].message_id if len(found) > limit else None)

    def get(self, message_id: str) -> MessageRecord:
        """Return a message. Raises MessageNotFoundError, and ValidationError for what is not an id."""
        checked_ids(message_id=message_id)
        row = self._one(message_id)
        if row.snoozed_until is not None and row.snoozed_until <= self._clock.now():
            self._write(lambda rows: None)
            row = self._one(message_id)
        return message_of(row)

    def count(
        self,
        *,
        data: Mapping[str, Any] | None = None,
        payload: Mapping[str, Any] | None = None,
        **filters: Unpack[InboxFilters],
    ) -> int:
        """Count messages, without the archived ones unless ``archived`` is given."""
        asked = meant({"archived": False, **filters}, data)
        return self._read(
            lambda rows, folders: counted(rows, folders, asked, EVERYTHING, payload), EVERYTHING, asked.marks
        )

    def counts(self, filters: Sequence[Counted], limit: int = COUNTED) -> Sequence[int]:
        """Count what each of several filters leaves, up to ``limit``, all at the same moment.

        That takes as long with a million messages as with a thousand, but for ``workflow_ids`` and ``data``, which are
        looked for in each message. Archived ones are counted as :meth:`count` does.
        """
        asked = [meant({"archived": False, **_without_data(each)}, each.get("data")) for each in filters]
        return self._read(
            lambda rows, folders: [counted(rows, folders, each, limit) for each in asked], limit, common(asked)
        )

    def unread(self) -> Unread:
        """Count what a bell shows: messages that are not read, archived or snoozed."""
        severities = sorted(SEVERITIES)
        asked: Sequence[Counted] = [{"read": False, "snoozed": False, "severity": each} for each in severities]
        counts = dict(zip(severities, self.counts(asked), strict=True))
        return Unread(sum(counts.values()), counts)

    def mark(
        self, *message_ids: str, seen: bool | None = None, read: bool | None = None, archived: bool | None = None
    ) -> int:
        """Set the given marks; return how many messages there were.

        Reading a message means seeing it, and archiving reading it; a message that becomes unread leaves the archive,
        and one that leaves the archive stays read. A mark that is set already keeps its time.

        Raises MessageNotFoundError for an id that is not in this inbox, and then nothing is marked, and ValidationError
        for what is not an id.
        """
        for message_id in message_ids:
            checked_ids(message_id=message_id)
        changed = marking(seen, read, archived)
        self._write(lambda rows: rows.mark(found_or_raise(rows, message_ids), changed))
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
        changed, asked = marking(seen, read, archived), meant(where or {}, data)

        def change(rows: InboxRows) -> int:
            if not asked.by_folder:
                found = [*all_meant(rows, asked)]
                rows.mark(found, changed)
                return len(found)
            chosen = [folder for folder in rows.folders(EVERYTHING).found if asked.has(folder)]
            rows.mark_folders(chosen, changed)
            return sum(folder.count for folder in chosen)

        return self._write(change)

    def mark_some(
        self,
        message_ids: Sequence[str],
        *,
        seen: bool | None = None,
        read: bool | None = None,
        archived: bool | None = None,
        where: InboxFilters | None = None,
    ) -> Sequence[MessageRecord]:
        """Set the given marks on those of these messages that are in this inbox, and return them.

        ``where``: only on those for which these conditions hold, and only they are returned.
        """
        changed, asked = marking(seen, read, archived), meant(where or {})
        ids = [each for each in dict.fromkeys(message_ids) if fault_of_id(each) is None]

        def change(rows: InboxRows) -> Mapping[str, MessageRow]:
            chosen = {name: row for name, row in rows.by_ids(ids).items() if asked.holds_for(row)}
            rows.mark(chosen.values(), changed)
            return rows.by_ids([*chosen])

        found = self._write(change)
        return [message_of(found[each]) for each in ids if each in found]

    def snooze(self, message_id: str, until: datetime) -> MessageRecord:
        """Put a message away until then, an aware time from a minute to 90 days ahead; return it as it is now.

        A second snooze replaces the first. Raises SnoozeInvalidError, SnoozeTooLongError and MessageNotFoundError.
        """
        return self._change(message_id, SNOOZED, checked_snooze(until, self._clock.now()))

    def unsnooze(self, message_id: str) -> MessageRecord:
        """End a message's snooze, if it has one; return the message. Raises MessageNotFoundError."""
        return self._change(message_id, AWAKE, when=lambda row: row.snoozed_until is not None)

    def complete(self, message_id: str, action: str) -> MessageRecord:
        """Mark a message's ``primary`` or ``secondary`` action as done, and the message as read; return it.

        Raises ValidationError where it has no such action, and MessageNotFoundError.
        """
        return self._act(message_id, action, done=True)

    def revert(self, message_id: str, action: str) -> MessageRecord:
        """Mark an action as not done; else as :meth:`complete`."""
        return self._act(message_id, action, done=False)

    def delete(self, *message_ids: str) -> int:
        """Delete messages; return how many.

        Raises MessageNotFoundError for an id that is not in this inbox, and then nothing is deleted, and
        ValidationError for what is not an id.
        """
        for message_id in message_ids:
            checked_ids(message_id=message_id)
        return self._write(lambda rows: rows.remove([row.message_id for row in found_or_raise(rows, message_ids)]))

    def delete_some(self, message_ids: Sequence[str]) -> int:
        """Delete those of these messages that are in this inbox; return how many."""
        ids = [each for each in dict.fromkeys(message_ids) if fault_of_id(each) is None]
        return self._write(lambda rows: rows.remove(ids))

    def delete_all(self, *, data: Mapping[str, Any] | None = None, **filters: Unpack[InboxFilters]) -> int:
        """Delete every message, or those that the filters leave; return how many."""
        asked = meant(filters, data)

        def change(rows: InboxRows) -> int:
            if not asked.by_folder:
                return rows.remove([row.message_id for row in all_meant(rows, asked)])
            return rows.remove_folders(folder for folder in rows.folders().found if asked.has(folder))

        return self._write(change)

    def _one(self, message_id: str) -> MessageRow:
        return self._store.database.read(lambda transaction: found_or_raise(self.rows_in(transaction), [message_id]))[0]

    def _change(
        self,
        message_id: str,
        changed: Marking,
        snooze_end: datetime | None = None,
        when: Callable[[MessageRow], bool] | None = None,
    ) -> MessageRecord:
        checked_ids(message_id=message_id)

        def change(rows: InboxRows) -> MessageRow:
            found = found_or_raise(rows, [message_id])
            if when is None or when(found[0]):
                rows.mark(found, changed, snooze_end)
            return found_or_raise(rows, [message_id])[0]

        return message_of(self._write(change))

    def _act(self, message_id: str, action: str, *, done: bool) -> MessageRecord:
        checked_ids(message_id=message_id)

        def change(rows: InboxRows) -> MessageRow:
            [row] = found_or_raise(rows, [message_id])
            if action not in _ACTIONS or not isinstance(row.content.get(f"{action}Action"), Mapping):
                told = f"the message has no {action} action" if action in _ACTIONS else "must be primary or secondary"
                raise ValidationError("The action is invalid.", [FieldError("/action", told)])
            if bool((row.actions or {}).get(action)) is not done:
                rows.set_actions(message_id, {**(row.actions or {}), action: done})
            rows.mark([row], READ)
            return found_or_raise(rows, [message_id])[0]

        return message_of(self._write(change))


def _without_data(asked: Counted) -> InboxFilters:
    return {name: value for name, value in asked.items() if name != "data"}  # type: ignore[return-value]  # the rest
