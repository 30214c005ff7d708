"""What is told when, from a store that is only a few dictionaries."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from novu_core.errors import StoreError
from novu_core.live.doors import Plain
from novu_core.live.hub import Hub
from novu_core.live.news import LATE, PAUSE, News
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


@pytest.fixture
def room(monkeypatch):
    made = Newsroom.__new__(Newsroom)
    made.source = Source()
    source = made.source
    init = Hub.__init__
    monkeypatch.setattr(
        Hub, "__init__", lambda self, tokens, desk, **given: init(self, tokens, lambda hub: News(source, hub), **given)
    )
    House.__init__(made)
    yield made
    made.close()


def test_counts_are_told_as_soon_as_a_socket_stands(room):
    room.source.send("ada", "1")
    room.source.send("ada", "2", severity="high")
    client = room.connect(Plain, "token-ada")
    room.look()
    assert room.told(client) == [("unread", 2), ("unseen", 2)]
    room.look()
    assert room.told(client) == []


def test_a_second_tab_is_greeted_alone(room):
    first = room.connect(Plain, "token-ada")
    room.look()
    room.told(first)
    second = room.connect(Plain, "token-ada")
    room.look()
    assert (room.told(first), room.told(second)) == ([], [("unread", 0), ("unseen", 0)])


def test_messages_come_before_the_counts_and_in_order(room):
    ada, ben = room.connect(Plain, "token-ada"), room.connect(Plain, "token-ben")
    room.look()
    room.told(ada), room.told(ben)
    room.source.send("ada", "2", at=START + timedelta(seconds=1))
    room.source.send("ada", "1", at=START)
    room.look()
    assert (room.told(ada), room.told(ben)) == (["1", "2", ("unread", 2), ("unseen", 2)], [])


def test_a_message_is_told_once(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.send("ada", "1")
    room.look()
    room.told(client)
    room.source.send("ada", "2")
    room.look()
    assert room.told(client) == ["2", ("unread", 2), ("unseen", 2)]


def test_one_that_is_committed_late_is_told_too(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.time += timedelta(seconds=50)
    room.source.send("ada", "2")
    room.look()
    room.told(client)
    room.source.send("ada", "1", at=START)
    room.look()
    assert room.told(client)[0] == "1"


def test_one_that_is_committed_very_late_is_counted_at_a_heartbeat(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.told(client)
    room.source.time += LATE * 2
    room.source.send("ada", "1", at=START)
    room.look()
    assert room.told(client) == []
    room.after(26)
    room.look()
    assert room.told(client) == [("unread", 1), ("unseen", 1)]


def test_a_heartbeat_reads_nothing_where_nothing_was_committed(room):
    room.connect(Plain, "token-ada")
    room.look()
    room.source.asked.clear()
    room.after(26)
    room.look()
    assert room.source.asked == ["changed"]


def test_a_heartbeat_tells_nothing_where_the_counts_are_the_same(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.told(client)
    room.source.send("ben", "1")
    room.look()
    room.source.asked.clear()
    room.after(26)
    room.look()
    assert room.source.asked == ["changed", "glances:ada"]
    assert room.told(client) == []


def test_a_heartbeat_of_who_left_meanwhile(room):
    room.connect(Plain, "token-ada").sock.close()
    room.turn()
    room.hub.desk.recount("ada")
    room.look()
    assert "glances:ada" not in room.source.asked


def test_marks_tell_the_counts(room):
    room.source.send("ada", "1")
    client = room.connect(Plain, "token-ada")
    room.look()
    room.told(client)
    room.source.mark("ada", "1", seen=True)
    room.look()
    assert room.told(client) == [("unread", 1), ("unseen", 0)]
    room.source.mark("ada", "1", read=True)
    room.look()
    assert room.told(client) == [("unread", 0)]


def test_a_snooze_that_ends_is_told_as_a_new_message(room):
    room.source.send("ada", "1")
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.mark("ada", "1", snoozed_until=START + timedelta(hours=1), seen=True)
    room.look()
    room.told(client)
    room.source.time += timedelta(hours=1)
    room.source.mark("ada", "1", snoozed_until=None, read=False, sorted_at=room.source.time)
    room.look()
    assert room.told(client) == ["1", ("unread", 1)]


def test_what_is_already_there_is_no_news_to_a_client_that_comes(room):
    room.source.send("ada", "1")
    room.connect(Plain, "token-ada")
    room.look()
    room.source.send("ada", "2")
    tab = room.connect(Plain, "token-ada")
    room.look()
    assert room.told(tab) == ["2", ("unread", 2), ("unseen", 2), ("unread", 2), ("unseen", 2)]


def test_nothing_is_read_while_nothing_is_committed(room):
    room.connect(Plain, "token-ada")
    room.look()
    room.source.asked.clear()
    for _ in range(5):
        room.look()
    assert room.source.asked == ["changed"] * 5


def test_only_the_changed_inboxes_are_read(room):
    for name in ("ada", "ben"):
        room.connect(Plain, f"token-{name}")
    room.look()
    room.source.asked.clear()
    room.source.send("ben", "1")
    room.source.send("nobody here", "2")
    room.look()
    assert room.source.asked == ["changed", "versions", "glances:ben"]


@pytest.mark.parametrize("failing", ["versions", "glances:ada"])
def test_what_could_not_be_read_is_told_later(room, failing):
    client = room.connect(Plain, "token-ada")
    room.source.fails.add(failing)
    with pytest.raises(StoreError):
        room.look()
    room.source.fails.clear()
    room.look()
    assert room.told(client) == [("unread", 0), ("unseen", 0)]
    room.source.send("ada", "1")
    room.source.fails.add(failing)
    with pytest.raises(StoreError):
        room.look()
    room.source.fails.clear()
    room.look()
    assert room.told(client) == ["1", ("unread", 1), ("unseen", 1)]


def test_a_clock_that_steps_back_repeats_no_messages(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.send("ada", "1")
    room.look()
    room.source.time += LATE * 10
    room.source.send("ada", "2")
    room.look()
    room.told(client)
    room.source.time = START
    room.source.mark("ada", "1", read=True)
    room.look()
    assert room.told(client) == [("unread", 1)]
    room.source.send("ada", "3")
    room.look()
    assert room.told(client) == ["3", ("unread", 2), ("unseen", 3)]


def test_a_clock_that_steps_back_a_little_loses_nothing(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.time += LATE * 0.9
    room.source.send("ada", "1")
    room.look()
    room.told(client)
    room.source.time += LATE * 1.1
    room.source.send("ada", "2")
    room.look()
    assert room.told(client)[0] == "2"
    room.source.time -= LATE * 0.9
    room.source.send("ada", "3")
    room.look()
    assert room.told(client) == ["3", ("unread", 3), ("unseen", 3)]


def test_many_inboxes_are_read_in_parts(room):
    clients = [room.connect(Plain, f"token-{number}") for number in range(70)]
    room.look()
    assert [room.told(client) for client in clients] == [[("unread", 0), ("unseen", 0)]] * 70
    assert len([each for each in room.source.asked if each.startswith("glances")]) == 2


def test_a_deleted_subscriber_is_sent_away(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.deleted.add("ada")
    room.source.changes["ada"] = 1
    room.source.dirty = True
    room.look()
    assert client.code == 4401


def test_a_deleted_subscriber_s_client_that_comes(room):
    room.source.deleted.add("ada")
    client = room.connect(Plain, "token-ada")
    room.look()
    assert client.code == 4401


def test_a_message_of_an_odd_form_keeps_no_other_from_being_told(room, caplog):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.told(client)
    room.source.send("ada", "1")
    room.source.inboxes["ada"]["1"].content = None
    room.source.send("ada", "2")
    with caplog.at_level(logging.ERROR):
        room.look()
    assert room.told(client) == ["2", ("unread", 2), ("unseen", 2)]
    assert "Message 1 cannot be told" in caplog.text


def test_the_thread_looks_only_while_somebody_is_there(room):
    desk = room.hub.desk
    waits = []
    desk._changing.wait = waits.append
    assert desk._waited()
    room.connect(Plain, "token-ada")
    assert desk._waited()
    desk.look()
    assert desk._waited()
    desk.end()
    assert not desk._waited()
    assert waits == [None, PAUSE]
    desk.join()  # nothing was started


def test_the_thread_goes_on_after_an_outage_and_ends_with_the_client(room, caplog):
    desk, pauses = room.hub.desk, []
    room.connect(Plain, "token-ada")  # who waits to be greeted, so that nothing else is waited for

    def outage(over, seconds):
        assert not over()
        pauses.append(seconds)
        if len(pauses) == 2:
            room.source.fails.clear()
            room.source.changed = gone

    def gone():
        room.source.asked.append("gone")
        raise ReferenceError("the client is gone")

    room.source.fails.add("changed")
    desk._changing.wait_for = outage
    end, room.hub.thread.end = room.hub.thread.end, lambda: None
    desk.run()
    room.hub.thread.end = end
    assert pauses == [1.0, 1.0]
    assert caplog.text.count("changed failed") == 1
    assert room.source.asked[-1] == "gone"
    assert room.source.closed == 1


def test_the_thread_starts_and_ends(room):
    room.connect(Plain, "token-ada")
    room.hub.desk.start()
    while not room.source.asked:
        room.turn()
    room.hub.desk.end()
    room.hub.desk.join()
    assert not room.hub.desk._thread.is_alive()
    assert room.source.closed == 1


def test_an_inbox_that_cannot_be_read_keeps_no_other_from_being_told(room):
    ada, ben = room.connect(Plain, "token-ada"), room.connect(Plain, "token-ben")
    glances = room.source.glances
    room.source.glances = lambda ids, since: {
        each: found for each, found in glances(ids, since).items() if each != "ada"
    }
    room.look()
    room.source.send("ada", "1")
    room.source.send("ben", "2")
    room.look()
    assert room.told(ada) == []
    assert room.told(ben) == [("unread", 0), ("unseen", 0), "2", ("unread", 1), ("unseen", 1)]
    room.source.asked.clear()
    room.look()
    assert room.source.asked == ["changed"]
