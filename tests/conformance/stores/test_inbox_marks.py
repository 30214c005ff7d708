"""What each change does to the marks of a message: Novu's table, from every state, on every store."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import text

from novu_core.clock import ManualClock
from novu_core.errors import MessageNotFoundError, SnoozeInvalidError, SnoozeTooLongError, ValidationError
from novu_core.managers.inbox import MARKS, Inbox
from tests.conformance.stores.samples import NOW, add_message, message, running

HOUR = timedelta(hours=1)
CONTENT = {"body": "b", "primaryAction": {"label": "Yes"}, "secondaryAction": {"label": "No"}}
TABLE = {  # what becomes of seen, read, archived and snoozed; None stays
    "seen": (True, None, None, None),
    "read": (True, True, None, None),
    "unread": (True, False, False, None),
    "archive": (True, True, True, None),
    "unarchive": (True, True, False, None),
    "snooze": (True, None, False, True),
    "unsnooze": (True, None, False, False),
    "complete": (True, True, None, None),
    "revert": (True, True, None, None),
    "unseen": (False, False, False, None),
}
STATES = [state for state in product((False, True), repeat=4) if state[0] or not any(state[1:])]


@pytest.fixture
def inbox(store):
    """One message of s, m0001."""
    item = message(1, running(store, 1))
    item.content = CONTENT
    store.commit(add_message(item))
    return Inbox(store, ManualClock(NOW), "s")


def bring(inbox, state):
    """Put the message into a state, whatever the marks do to each other."""
    until = "NULL" if not state[3] else "9000000000000000"
    times = ", ".join(
        f"{name} = {1 if value else 'NULL'}"
        for name, value in zip(("seen_at", "read_at", "archived_at"), state, strict=False)
    )
    marks = "".join(str(int(value)) for value in state)
    told = f"UPDATE novu_messages SET {times}, snoozed_until = {until}, folder = '{marks}none', actions = NULL"
    inbox._store.database.write(lambda transaction: transaction.execute(text(told)))


def change(inbox, word):
    if word in ("complete", "revert"):
        getattr(inbox, word)("m0001", "primary")
    elif word == "snooze":
        inbox.snooze("m0001", inbox._clock.now() + HOUR)
    elif word == "unsnooze":
        inbox.unsnooze("m0001")
    else:
        inbox.mark("m0001", **MARKS[word])


def state_of(found):
    return found.seen, found.read, found.archived, found.snoozed


@pytest.mark.parametrize("word", TABLE)
def test_every_change_from_every_state(inbox, word):
    for state in STATES:
        bring(inbox, state)
        awake = word == "unsnooze" and not state[3]  # which changes nothing
        expected = (
            state if awake else tuple(own if new is None else new for own, new in zip(state, TABLE[word], strict=True))
        )
        for _ in "once", "again":
            change(inbox, word)
            found = inbox.get("m0001")
            assert state_of(found) == expected, state
            assert (found.read_at is not None, found.archived_at is not None) == expected[1:3]
            assert (found.snoozed_until is not None) == expected[3]
            assert found.first_seen_at is not None or not expected[0]
            assert (found.seen_at is not None) == expected[0]
        where = {"read": expected[1], "seen": expected[0], "archived": expected[2], "snoozed": expected[3]}
        assert [inbox.count(**where), inbox.count(archived=None)] == [1, 1], "the folder says the same"
        assert inbox.counts([where, {**where, "seen": not expected[0]}]) == [1, 0]


def test_marks_by_all_by_some_and_one_by_one_do_the_same(inbox):
    for word, state in product(MARKS, STATES):
        found = set()
        for ask in (
            lambda marks: inbox.mark("m0001", **marks),
            lambda marks: inbox.mark_all(**marks),
            lambda marks: inbox.mark_some(["m0001"], **marks),
            lambda marks: inbox.mark_all(**marks, where={"workflow_ids": ["w"]}),
        ):
            bring(inbox, state)
            ask(MARKS[word])
            found.add(state_of(inbox.get("m0001")))
        assert len(found) == 1, (word, state)


def test_words_against_each_other():
    from novu_core.managers.marks import marking

    assert marking(False, True, None) == marking(None, True, None)
    assert marking(False, False, True) == marking(None, None, True)
    assert marking(None, False, False) == marking(None, False, None)
    assert marking(None, None, None) == (None, None, None, None)


def test_first_seen_is_set_once_and_read_again_is_later(inbox):
    clock = inbox._clock
    inbox.mark("m0001", read=True)
    clock.advance(HOUR)
    inbox.mark("m0001", read=True)
    found = inbox.get("m0001")
    assert (found.first_seen_at, found.read_at) == (NOW, NOW), "a mark that is set keeps its time"
    inbox.mark("m0001", seen=False)
    inbox.mark("m0001", read=True)
    found = inbox.get("m0001")
    assert (found.first_seen_at, found.read_at) == (NOW, NOW + HOUR)


def test_actions_are_kept_apart_and_read_the_message(inbox):
    first = inbox.complete("m0001", "primary")
    assert (first.actions, first.read, first.seen) == ({"primary": True}, True, True)
    assert inbox.complete("m0001", "secondary").actions == {"primary": True, "secondary": True}
    assert inbox.revert("m0001", "primary").actions == {"primary": False, "secondary": True}
    inbox._store.database.write(lambda t: t.execute(text('UPDATE novu_messages SET content = \'{"body": "b"}\'')))
    for action in ("primary", "secondary", "third", "", None, 5, "primaryAction"):
        for ask in (inbox.complete, inbox.revert):
            with pytest.raises(ValidationError):
                ask("m0001", action)


def test_what_is_refused_changes_nothing(inbox):
    before = inbox.get("m0001")
    for until in (NOW, NOW + timedelta(seconds=59), NOW - HOUR, None, "2026", 5, (NOW + HOUR).replace(tzinfo=None)):
        with pytest.raises(SnoozeInvalidError) as refused:
            inbox.snooze("m0001", until)
        assert refused.value.status_code == 422
    with pytest.raises(SnoozeTooLongError, match="Snooze Duration Limit Exceeded") as refused:
        inbox.snooze("m0001", NOW + timedelta(hours=2160, seconds=1))
    assert refused.value.status_code == 402
    for ask in (
        lambda: inbox.snooze("m0009", NOW + HOUR),
        lambda: inbox.unsnooze("m0009"),
        lambda: inbox.complete("m0009", "primary"),
        lambda: inbox.mark("m0001", "m0009", read=True),
        lambda: inbox.delete("m0001", "m0009"),
    ):
        with pytest.raises(MessageNotFoundError):
            ask()
    assert inbox.get("m0001").to_json() == before.to_json(), "all of it, or nothing"
    assert inbox.snooze("m0001", NOW + timedelta(seconds=60)).snoozed
    assert inbox.snooze("m0001", NOW + timedelta(hours=2160)).snoozed_until == NOW + timedelta(hours=2160)


def test_some_by_a_condition(inbox):
    assert inbox.mark_some(["m0001"], archived=True, where={"read": True}) == []
    inbox.mark("m0001", read=True)
    assert [found.archived for found in inbox.mark_some(["m0001"], archived=True, where={"read": True})] == [True]
    assert inbox.delete_some(["m0009", "\x00", "m0001", "m0001"]) == 1
