"""A store that is only a few dictionaries, and the desk that looks into it."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

from novu_core.errors import StoreError
from novu_core.live.shapes import Glance
from tests.live.clients import House

START = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)


SEVERITIES = ("high", "medium", "low", "none")


class Source:
    """Inboxes as dictionaries; ``asked`` names what was read."""

    def __init__(self) -> None:
        self.time = START
        self.dirty = True
        self.inboxes: dict[str, dict[str, SimpleNamespace]] = {}
        self.changes: dict[str, int] = {}
        self.deleted: set[str] = set()
        self.asked: list[str] = []
        self.fails: set[str] = set()
        self.closed = 0

    def _ask(self, name: str) -> None:
        self.asked.append(name)
        if name in self.fails:
            raise StoreError(f"{name} failed")

    def send(self, subscriber_id: str, message_id: str, *, at: datetime | None = None, severity: str = "none") -> None:
        when = at or self.time
        self.inboxes.setdefault(subscriber_id, {})[message_id] = SimpleNamespace(
            message_id=message_id,
            transaction_id="t",
            workflow_id="w",
            content={"body": message_id},
            seen=False,
            read=False,
            archived=False,
            created_at=when,
            sorted_at=when,
            deliveries=[when],
            tags=[],
            severity=severity,
            actions={},
            first_seen_at=None,
            read_at=None,
            archived_at=None,
            snoozed_until=None,
        )
        self.dirty = True

    def mark(self, subscriber_id: str, message_id: str, **marks) -> None:
        vars(self.inboxes[subscriber_id][message_id]).update(marks)
        self.changes[subscriber_id] = self.changes.get(subscriber_id, 0) + 1
        self.dirty = True

    def now(self) -> datetime:
        return self.time

    def changed(self) -> bool:
        self._ask("changed")
        dirty, self.dirty = self.dirty, False
        return dirty

    def versions(self, ids):
        if ids:
            self._ask("versions")
        return {each: self.changes[each] for each in ids if each in self.changes}

    def arrivals(self, ids, since):
        return {
            each: frozenset(key for key, m in self.inboxes.get(each, {}).items() if m.created_at >= since)
            for each in ids
        }

    def glances(self, ids, since):
        if ids:
            self._ask("glances:" + ",".join(ids))
        return {each: None if each in self.deleted else self._glance(each, since) for each in ids}

    def _glance(self, subscriber_id, since):
        messages = self.inboxes.get(subscriber_id, {}).values()
        there = [m for m in messages if m.snoozed_until is None]
        unread = [m for m in there if not m.read]
        return Glance(
            {name: sum(m.severity == name for m in unread) for name in SEVERITIES},
            sum(not m.seen for m in there),
            [m for m in there if m.sorted_at >= since],
            {"subscriberId": subscriber_id},
            {},
        )

    def close(self) -> None:
        self.closed += 1


class Newsroom(House):
    def __init__(self) -> None:
        self.source = Source()
        super().__init__()

    def look(self) -> None:
        self.hub.desk.look()
        self.turn()

    def told(self, client) -> list:
        """Return what a client was told: ids of messages, and counts."""
        import json

        found = []
        for text in client.take():
            event, data = json.loads(text)["event"], json.loads(text)["data"]
            if event == "notification_received":
                found.append(data["message"]["_id"])
            elif event == "unread_count_changed":
                found.append(("unread", data["unreadCount"]))
            else:
                found.append(("unseen", data["unseenCount"]))
        return found
