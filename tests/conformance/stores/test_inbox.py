"""One subscriber's in-app messages: filters, marks and deletion, on every store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core.clock import ManualClock
from novu_core.errors import MessageNotFoundError, ValidationError
from novu_core.managers.inbox import MARKS, Inbox
from novu_core.storage.store import Store
from tests.conformance.stores.samples import NOW, add_message, message, running


@pytest.fixture
def inbox(store):
    """Five messages: of the workflows w (even) and v (odd), with data and payloads, a minute apart."""
    for number in range(5):
        row = running(store, number, workflow="wv"[number % 2], payload={"n": number, "deep": {"odd": number % 2 == 1}})
        item = message(number, row)
        item.content = {"body": str(number), "data": {"n": number, "kind": {"even": number % 2 == 0}}}
        item.created_at = NOW + timedelta(minutes=number)
        store.commit(add_message(item))
    other = message(9, running(store, 9, subscriber="other"))
    email = message(8, running(store, 8))
    email.channel = "email"
    store.commit(add_message(other), add_message(email))
    return Inbox(store, ManualClock(NOW), "s")


def bodies(inbox, **asked):
    return "".join(item.content["body"] for item in inbox.list(**asked))


def test_filters_narrow_lists_counts_marks_and_deletion_alike(inbox):
    cases = [
        ({}, "43210"), ({"workflow_ids": ["v"]}, "31"), ({"workflow_ids": []}, ""), ({"workflow_ids": ["w", "v", "x"]}, "43210"),
        ({"since": NOW + timedelta(minutes=3)}, "43"), ({"until": NOW + timedelta(minutes=1)}, "10"), ({"read": True}, ""),
        ({"read": False, "seen": False, "archived": False}, "43210"), ({"data": {"n": 2}}, "2"), ({"data": {"kind": {"even": True}}}, "420"),
        ({"data": {"kind": {"even": True}}, "workflow_ids": ["v"]}, ""), ({"data": {"none": None}}, ""), ({"data": {"n": {"n": 1}}}, ""),
    ]  # fmt: skip
    for asked, expected in cases:
        assert bodies(inbox, **asked) == expected, asked
        assert inbox.count(**asked) == len(expected), asked
        where, data = {name: value for name, value in asked.items() if name != "data"}, asked.get("data")
        assert inbox.mark_all(seen=False, where=where, data=data) == len(expected), asked
    assert bodies(inbox, payload={"deep": {"odd": True}}) == "31"
    assert inbox.count(payload={"n": 4}, data={"n": 3}) == 0
    assert inbox.delete_all(data={"kind": {"even": True}}, until=NOW + timedelta(minutes=2)) == 2
    assert inbox.delete_all(workflow_ids=["v"]) == 2
    assert bodies(inbox) == "4"


def test_offsets_and_cursors(inbox):
    assert (bodies(inbox, limit=2), bodies(inbox, limit=2, offset=3), bodies(inbox, offset=9)) == ("43", "10", "")
    assert bodies(inbox, limit=1, offset=1, data={"kind": {"even": True}}) == "2"
    assert inbox.list(limit=2, data={"kind": {"even": True}}).next_cursor == "m0002"
    assert inbox.list(limit=3, data={"kind": {"even": True}}).next_cursor is None
    with pytest.raises(ValidationError):
        inbox.list(cursor="none")


def test_each_mark_and_that_one_that_is_set_keeps_its_time(inbox):
    clock = inbox._clock

    def state(word):
        inbox.mark("m0001", **MARKS[word])
        clock.advance(timedelta(minutes=1))
        found = inbox.get("m0001")
        return found.seen, found.read, found.archived

    assert state("seen") == (True, False, False)
    first = inbox.get("m0001").seen_at
    assert state("read") == (True, True, False)
    read = inbox.get("m0001").read_at
    assert state("archive") == (True, True, True)
    assert (inbox.get("m0001").seen_at, inbox.get("m0001").read_at) == (first, read)
    assert state("unarchive") == (True, True, False)
    assert state("archive") == (True, True, True)
    assert state("unread") == (True, False, False)
    assert inbox.get("m0001").read_at is None
    assert state("unseen") == (False, False, False)


def test_several_messages_are_marked_and_those_of_others_are_left_alone(inbox):
    marked = inbox.mark_some(["m0003", "m0009", "none", "m0001", "m0003", "\x00", ""], read=True)
    assert [(item.message_id, item.read) for item in marked] == [("m0003", True), ("m0001", True)]
    assert inbox.mark_some([], read=True) == []
    assert inbox.mark() == 0
    assert inbox.mark("m0000") == 1, "no mark at all changes nothing"
    assert [item.message_id for item in inbox.mark_some([f"m{n:04}" for n in range(450)], seen=True)] == [
        f"m{n:04}" for n in range(5)
    ]


def test_a_message_that_is_not_in_this_inbox_is_not_found(inbox):
    for message_id in ("m0009", "m0008", "none"):
        for ask in (inbox.get, inbox.delete, inbox.mark):
            with pytest.raises(MessageNotFoundError):
                ask(message_id)
    for nothing in (None, "", " ", 5, "\x00"):
        for ask in (inbox.get, inbox.delete, inbox.mark):
            with pytest.raises(ValidationError):
                ask(nothing)
    assert inbox.delete("m0004", "m0003") == 2
    assert bodies(inbox) == "210"


def test_an_app_sees_its_own_messages_alone(inbox, store):
    theirs = Inbox(store, ManualClock(NOW), "s")
    theirs._mine = ("another app", "s")
    assert (theirs.list().items, theirs.count(), theirs.mark_all(read=True), theirs.delete_all()) == ([], 0, 0, 0)
    assert theirs.mark_some(["m0001"], read=True) == []
    assert bodies(inbox, read=False) == "43210"
    assert isinstance(store, Store)
