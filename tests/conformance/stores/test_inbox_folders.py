"""Filters by tags, severity and marks, counts up to a limit, and places in the order of an inbox, on every store."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import text

from novu_core.clock import ManualClock
from novu_core.errors import ValidationError
from novu_core.managers.inbox import Inbox
from novu_core.storage.ids import uuid7
from novu_core.storage.transaction import Transaction
from tests.conformance.stores.samples import NOW, add_message, message, running

TAGS = [[], ["a"], ["b"], ["a", "b"], ["c", 'odd "\\', "日" * 3000]]
SEVERITIES = ["none", "low", "medium", "high"]


@pytest.fixture
def inbox(store):
    """Twenty messages, one for each list of tags and severity, a minute apart; another's are younger."""
    for number, (tags, severity) in enumerate(product(TAGS, SEVERITIES)):
        item = message(number, running(store, number))
        item.tags, item.severity, item.created_at = tags, severity, NOW + timedelta(minutes=number)
        item.message_id = uuid7(item.created_at)
        item.content = {"body": "b", "data": {"n": number, "flag": number % 2 == 0, "deep": {"n": number}}}
        store.commit(add_message(item))
    other = message(99, running(store, 99, subscriber="other"))
    other.message_id = uuid7(NOW + timedelta(days=1))
    store.commit(add_message(other))
    return Inbox(store, ManualClock(NOW + timedelta(hours=1)), "s")


def having(expected):
    return [n for n, (tags, severity) in enumerate(product(TAGS, SEVERITIES)) if expected(set(tags), severity)][::-1]


CASES = [
    ({"tags": ["a"]}, lambda tags, severity: "a" in tags),
    ({"tags": ["a", "c"]}, lambda tags, severity: tags & {"a", "c"}),
    ({"tags": [["a", "c"], ["b"]]}, lambda tags, severity: tags & {"a", "c"} and "b" in tags),
    ({"tags": 'odd "\\'}, lambda tags, severity: "c" in tags),
    ({"tags": ["日" * 3000]}, lambda tags, severity: "c" in tags),
    ({"tags": ["none", "%", "_", '"a"', ""]}, lambda tags, severity: False),
    ({"tags": []}, lambda tags, severity: True),
    ({"tags": [[], ["a"]]}, lambda tags, severity: "a" in tags),
    ({"severity": "none"}, lambda tags, severity: severity == "none"),
    ({"severity": ["low", "high"]}, lambda tags, severity: severity in ("low", "high")),
    ({"severity": []}, lambda tags, severity: True),
    ({"tags": ["a"], "severity": ["low"]}, lambda tags, severity: "a" in tags and severity == "low"),
]


def test_tags_and_severities_narrow_everything_alike(inbox):
    for asked, expected in CASES:
        numbers = having(expected)
        assert [found.content["data"]["n"] for found in inbox.list(limit=100, **asked)] == numbers, asked
        assert inbox.counts([asked, {**asked, "read": True}]) == [len(numbers), 0]
        assert inbox.count(**asked) == len(numbers)
        assert inbox.mark_all(seen=True, where=asked) == len(numbers)
    assert inbox.delete_all(tags=["a"], severity="low") == 2
    assert inbox.count(severity="low") == 3


def test_data_times_and_folders_together(inbox):
    at = NOW + timedelta(minutes=4)
    assert inbox.counts(
        [
            {"data": {"flag": True}, "severity": ["none", "low"]},
            {"data": {"flag": 1}},
            {"data": {"deep": {"n": 7}}},
            {"since": at},
            {"since": at, "until": at},
            {"since": at, "tags": ["a"], "severity": "none"},
            {"until": at, "seen": True},
            {},
        ]
    ) == [5, 0, 1, 16, 1, 2, 0, 20]


def test_counts_stop_at_the_limit_and_take_one_statement(inbox, monkeypatch):
    assert (inbox.counts([{}, {"severity": "low"}], limit=3), inbox.counts([{"data": {}}], limit=3)) == ([3, 3], [3])
    assert inbox.unread() == (20, dict.fromkeys(SEVERITIES, 5))
    statements = []
    plain = Transaction.execute
    monkeypatch.setattr(Transaction, "execute", lambda self, *args: statements.append(args[0]) or plain(self, *args))
    inbox.counts([{"severity": each, "read": False, "archived": False, "snoozed": False} for each in SEVERITIES])
    assert len(statements) == 1
    assert inbox.counts([]) == []


def test_a_cursor_is_a_place_and_not_a_row(inbox):
    first = inbox.list(limit=3)
    last = first.items[-1].message_id
    rest = [found.message_id for found in inbox.list(limit=100, cursor=last)]
    inbox.mark(last, archived=True)
    assert [found.message_id for found in inbox.list(limit=100, cursor=last)] == rest
    assert [found.message_id for found in inbox.list(limit=2, cursor=last, offset=1)] == rest[1:3]
    inbox.snooze(last, NOW + timedelta(hours=3))
    assert [found.message_id for found in inbox.list(limit=100, cursor=last)] == rest
    inbox._clock.advance(timedelta(days=1))
    assert len(inbox.list(limit=100, cursor=last)) == 19, "it came back to the top, and its place with it"
    inbox.delete(last)
    assert inbox.list(cursor=last).items == []
    theirs = Inbox(inbox._store, inbox._clock, "other").list().items[0].message_id
    assert inbox.list(cursor=theirs).items == [], "another's place tells nothing"
    for odd in ("none", "", 5, last.upper(), "\x00"):
        with pytest.raises(ValidationError):
            inbox.list(cursor=odd)


def test_pages_meet_every_message_once_whatever_the_folders(inbox, monkeypatch):
    for most in (32, 3):
        monkeypatch.setattr("novu_core.storage.inbox_rows._MOST_FOLDERS", most)
        seen, cursor = [], None
        while True:
            page = inbox.list(limit=3, cursor=cursor)
            seen += [found.content["data"]["n"] for found in page]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == [*range(19, -1, -1)]
        assert [found.content["data"]["n"] for found in inbox.list(limit=2, offset=17)] == [2, 1]
        assert inbox.counts([{"since": NOW}]) == [20]


def test_messages_of_one_moment_are_ordered_by_their_ids(store):
    for number in range(5):
        item = message(number, running(store, number))
        item.message_id, item.tags = uuid7(NOW), [f"t{number % 2}"]
        store.commit(add_message(item))
    inbox = Inbox(store, ManualClock(NOW), "s")
    ids = [found.message_id for found in inbox.list()]
    assert ids == sorted(ids, reverse=True)
    first = inbox.list(limit=2)
    assert [found.message_id for found in inbox.list(limit=9, cursor=first.next_cursor)] == ids[2:]


@pytest.mark.parametrize(
    "asked",
    [
        {"read": 1}, {"seen": "true"}, {"archived": []}, {"snoozed": {}}, {"tags": 5}, {"tags": [5]}, {"tags": [["a"], "b"]},
        {"tags": [[["a"]]]}, {"tags": [None]}, {"tags": [f"t{n}" for n in range(201)]}, {"severity": "urgent"}, {"severity": [None]},
        {"severity": 5}, {"severity": [["high"]]}, {"since": "2026"}, {"until": NOW.replace(tzinfo=None)}, {"since": 5},
    ],
)  # fmt: skip
def test_filters_that_mean_nothing_are_refused(inbox, asked):
    for ask in (
        lambda: inbox.list(**asked),
        lambda: inbox.count(**asked),
        lambda: inbox.counts([{}, asked]),
        lambda: inbox.mark_all(read=True, where=asked),
        lambda: inbox.delete_all(**asked),
    ):
        with pytest.raises(ValidationError):
            ask()
    assert inbox.count() == 20


DAMAGE = [
    ("tags", "'{'"), ("tags", "NULL"), ("tags", "'[\"z\"]'"), ("redelivered", "'[\"x\"]'"), ("actions", "'[]'"), ("folder", "'0000odd'"),
    ("folder", "'x'"), ("folder", "'2222none'"), ("folder", "'1111'"), ("folder", "'%_%_'"), ("severity", "'odd'"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), DAMAGE)
def test_a_damaged_row_hides_no_other_and_can_be_marked(inbox, column, value):
    ids = {found.content["data"]["n"]: found.message_id for found in inbox.list(limit=100)}
    twin = message(98, running(inbox._store, 98))
    twin.tags, twin.severity, twin.message_id, twin.created_at = ["a"], "low", uuid7(NOW), NOW  # as the fifth
    inbox._store.commit(add_message(twin))
    told = f"UPDATE novu_messages SET {column} = {value} WHERE execution_id = 'e0005'"
    inbox._store.database.write(lambda transaction: transaction.execute(text(told)))
    assert len(inbox.list(limit=100).items) == inbox.count() == inbox.counts([{}], limit=50)[0] == 21
    assert {twin.message_id, ids[4], ids[12]} <= {found.message_id for found in inbox.list(limit=100, tags=["a"])}
    assert twin.message_id in {found.message_id for found in inbox.list(limit=100, tags=["a"], severity="low")}
    inbox.mark(ids[5], read=True)
    found = inbox.get(ids[5])
    assert (found.seen, found.read) == (True, True)
    assert inbox.count(read=True, archived=None) == 1
    assert inbox.mark_all(archived=True) == 21
    assert inbox.count(archived=True) == 21
    assert inbox.delete_all() == 21


@pytest.mark.parametrize("value", ["x", "2222none", "1111"])
def test_a_damaged_folder_is_marked_with_all(inbox, value):
    told = f"UPDATE novu_messages SET folder = '{value}' WHERE execution_id = 'e0005'"
    inbox._store.database.write(lambda transaction: transaction.execute(text(told)))
    assert inbox.mark_all(read=True) == 20
    assert inbox.count(read=True) == 20
