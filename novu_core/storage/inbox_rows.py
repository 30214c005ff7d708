"""One subscriber's inbox inside a transaction: pages of it, marks, deletion, and the snoozes that have run out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from novu_core.clock import micros
from novu_core.codec import dumps
from novu_core.storage import inbox as statements
from novu_core.storage.folders import EVERYTHING, Folder, Folders, Marking, folder_of, folders, marks_of
from novu_core.storage.inbox_filters import Meant
from novu_core.storage.rows import MessageRow
from novu_core.storage.slices import padded
from novu_core.storage.transaction import Transaction
from novu_core.types import JsonObject

_CHUNK = 200
"""How many rows are read at once to look at each, and how many ids a statement names."""
_MOST_FOLDERS = 32
"""How many folders a statement searches."""


class Place(NamedTuple):
    """A place in the order of an inbox; what comes after it is older."""

    at: int = EVERYTHING
    message_id: str = ""


FIRST = Place()
"""What is before all messages."""
ALL: Mapping[str, bool] = MappingProxyType({})
"""The marks that all messages have."""


class InboxRows:
    """One subscriber's inbox in a transaction. ``kept_since``: what is older is not there any more."""

    def __init__(
        self, transaction: Transaction, app: str, subscriber_id: str, now: datetime, kept_since: int = -EVERYTHING
    ) -> None:
        self._transaction = transaction
        self._mine: dict[str, Any] = {"app": app, "subscriber": subscriber_id}
        self._now = micros(now)
        self._kept_since = kept_since
        self._changed = False

    def begin(self) -> None:
        """Begin to write: let nobody else write this inbox until the transaction ends, and end its snoozes."""
        self._transaction.lock("\x1f".join(("novu_inbox", *self._mine.values())))
        self._write(statements.WAKE, {"now": self._now, "now_text": str(self._now)})

    def end(self) -> None:
        """Tell who watches, where something changed."""
        if self._changed:
            self._transaction.execute(statements.TELL, self._mine)

    def folders(self, most: int = 0, marks: Mapping[str, bool] = ALL) -> Folders:
        """Return the folders with these marks, and their messages counted up to ``most``."""
        params = {**self._mine, "now": self._now, "kept_since": self._kept_since}
        return folders(self._transaction, params, most, marks)

    def by_ids(self, message_ids: Sequence[str]) -> dict[str, MessageRow]:
        """Return those messages that are there, by id."""
        found: dict[str, MessageRow] = {}
        for params in self._named("id", message_ids):
            for row in self._transaction.rows(statements.by_ids(len(params)), {**self._mine, **params}):
                message = MessageRow.read(row)
                if message.snoozed_until is not None or self._place_of(message).at >= self._kept_since:
                    found[message.message_id] = message
        return found

    def place(self, message_id: str) -> Place | None:
        """Return the place of a message, None where it is not in this inbox."""
        found = self.by_ids([message_id]).get(message_id)
        return None if found is None else self._place_of(found)

    def page(self, chosen: Sequence[Folder], asked: Meant, most: int, place: Place, skip: int = 0) -> list[MessageRow]:
        """Return messages of these folders in order, but for what only a message can tell of ``asked``."""
        rows: list[MessageRow] = []
        alone = len(chosen) <= _MOST_FOLDERS
        cut = {"most": most, "skip": skip} if alone else {"most": most + skip, "skip": 0}
        for size, params in self._searches(chosen, asked, place, most + skip):
            rows += map(MessageRow.read, self._transaction.rows(statements.page(size), {**params, **cut}))
        if not alone:
            rows = sorted(rows, key=self._place_of, reverse=True)[skip : skip + most]
        return rows

    def count(self, chosen: Sequence[Folder], asked: Meant, most: int) -> int:
        """Count what :meth:`page` would return, up to ``most``."""
        searches = self._searches(chosen, asked, FIRST, most)
        return min(
            most, sum(int(self._transaction.one(statements.count(size), params)[0]) for size, params in searches)
        )

    def _searches(
        self, chosen: Sequence[Folder], asked: Meant, place: Place, reach: int
    ) -> Iterator[tuple[int, JsonObject]]:
        for at in range(0, len(chosen), _MOST_FOLDERS):
            part = chosen[at : at + _MOST_FOLDERS]
            size = len(padded(part))
            named = [(each.name, max(asked.since, -EVERYTHING if each.snoozed else self._kept_since)) for each in part]
            named += [("", 0)] * (size - len(part))  # not one of them twice: it would be found twice
            params = {
                **self._mine,
                **statements.searched(named),
                "at": place.at,
                "cursor": place.message_id,
                "until": min(asked.until, place.at),  # SQLite begins at the one end that is said in plain words
                "reach": reach,
            }
            yield size, params

    def search(self, chosen: Sequence[Folder], asked: Meant, place: Place = FIRST) -> Iterator[MessageRow]:
        """Yield the messages of these folders that are meant, in order."""
        while found := self.page(chosen, asked, _CHUNK, place):
            place = self._place_of(found[-1])
            yield from found if asked.test is None else filter(asked.test, found)

    def requests(self, execution_ids: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return what runs were triggered with, as (id, JSON text)."""
        return self._transaction.rows(statements.requests(self._mine["app"], execution_ids))

    def mark(self, rows: Iterable[MessageRow], marking: Marking, snooze_end: datetime | None = None) -> None:
        """Set marks on these messages; where ``snooze_end`` is given, they are snoozed until then."""
        rows = list(rows)
        for row in rows:
            if row.folder is None or marks_of(row.folder) is None:
                whole = row.marks + folder_of(row.tags or [], row.severity or "none")[4:]
                self._write(statements.MEND, {"damaged": row.folder, "whole": whole})
        ids = [row.message_id for row in rows if snooze_end is not None or marking.changes(row.marks)]
        end = None if snooze_end is None else micros(snooze_end)
        for params in self._named("id", ids):
            self._write(
                statements.mark(marking, "message_id", len(params)), {"now": self._now, "snooze_end": end, **params}
            )

    def mark_folders(self, chosen: Iterable[Folder], marking: Marking) -> int:
        """Set marks on all messages of these folders; return how many messages changed."""
        names = []
        for folder in chosen:
            if marking.changes(folder.marks):
                names.append(folder.name if folder.whole else folder.marks + folder.severity)
                if not folder.whole:
                    self._write(statements.MEND, {"damaged": folder.name, "whole": names[-1]})
        return sum(
            self._write(statements.mark(marking, "folder", len(params)), {"now": self._now, **params})
            for params in self._named("folder", names)
        )

    def remove(self, message_ids: Sequence[str], before: int = EVERYTHING) -> int:
        """Delete messages that came, or came again, before then; return how many there were."""
        return sum(
            self._write(statements.remove("message_id", len(params)), {"before": before, **params})
            for params in self._named("id", message_ids)
        )

    def remove_folders(self, chosen: Iterable[Folder]) -> int:
        """Delete all messages of these folders; return how many there were."""
        return sum(
            self._write(statements.remove("folder", len(params)), {"before": EVERYTHING, **params})
            for params in self._named("folder", [folder.name for folder in chosen])
        )

    def set_actions(self, message_id: str, actions: JsonObject) -> None:
        """Keep which actions of a message are completed."""
        self._write(statements.SET_ACTIONS, {"id_0": message_id, "actions_now": dumps(actions)})

    def _write(self, statement: Any, params: JsonObject) -> int:
        changed = self._transaction.execute(statement, {**self._mine, **params})
        self._changed = self._changed or changed > 0
        return changed

    def _named(self, name: str, values: Sequence[str]) -> Iterator[dict[str, str]]:
        for at in range(0, len(values), _CHUNK):
            yield {f"{name}_{number}": value for number, value in enumerate(padded(values[at : at + _CHUNK]))}

    @staticmethod
    def _place_of(row: MessageRow) -> Place:
        return Place(micros(row.sorted_at or row.created_at), row.message_id)
