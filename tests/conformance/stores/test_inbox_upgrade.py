"""In-app messages that an earlier version stored are brought into the inbox of this one, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from novu_core.clock import ManualClock, micros
from novu_core.managers.inbox import Inbox
from novu_core.managers.messages import Messages
from novu_core.storage import migrate
from novu_core.storage.ids import uuid7
from novu_core.storage.store import Store
from tests.conformance.stores.samples import NOW

MARKS = {  # what an earlier version kept: when it was seen, read and archived, in minutes
    "new": (None, None, None),
    "seen": (1, None, None),
    "read": (1, 2, None),
    "read alone": (None, 2, None),
    "archived": (1, 2, 3),
    "archived alone": (None, None, 3),
}
EXPECTED = {
    "new": (False, False, False),
    "seen": (True, False, False),
    "read": (True, True, False),
    "read alone": (True, True, False),
    "archived": (True, True, True),
    "archived alone": (False, False, True),
}


@pytest.fixture
def postgres_url(empty_postgres_url):
    return empty_postgres_url


def at(minutes):
    return None if minutes is None else micros(NOW + timedelta(minutes=minutes))


@pytest.fixture
def upgraded(url, monkeypatch):
    if url == "sqlite://":
        pytest.skip("a store in memory is always new")
    known = migrate.migrations()
    monkeypatch.setattr(migrate, "migrations", lambda: [each for each in known if each[0] < 10])
    old = Store(url)
    names = (
        "message_id, execution_id, step_id, workflow_id, subscriber_id, transaction_id, channel, content, created_at, "
        "seen_at, read_at, archived_at, app"
    )
    values = ", ".join(f":{name}" for name in names.split(", "))
    insert = text(f"INSERT INTO novu_messages ({names}) VALUES ({values})")

    def fill(transaction):
        for number, (body, times) in enumerate([*MARKS.items(), ("mail", (None, None, None))]):
            created = NOW + timedelta(minutes=number)
            row = dict(zip(("seen_at", "read_at", "archived_at"), map(at, times), strict=True))
            row |= {"message_id": uuid7(created), "execution_id": f"e{number}", "step_id": "s", "workflow_id": "w"}
            row |= {
                "subscriber_id": "ada",
                "transaction_id": f"t{number}",
                "content": f'{{"body": "{body}"}}',
                "app": "",
            }
            channel = "email" if body == "mail" else "in_app"
            transaction.execute(insert, {**row, "channel": channel, "created_at": micros(created)})

    old.database.write(fill)
    old.close()
    monkeypatch.undo()
    store = Store(url)
    yield store
    store.close()


def test_old_messages_get_what_new_ones_have(upgraded):
    inbox = Inbox(upgraded, ManualClock(NOW + timedelta(days=1)), "ada")
    found = inbox.list(archived=None)
    assert [message.content["body"] for message in found] == [*MARKS][::-1]
    for message in found:
        assert (message.seen, message.read, message.archived) == EXPECTED[message.content["body"]]
        assert (message.tags, message.severity, message.snoozed, message.actions) == ([], "none", False, {})
        assert message.deliveries == [message.created_at] == [message.sorted_at]
        assert (message.first_seen_at is not None) is message.seen
        assert message.unreadable is None
    assert inbox.counts([{"read": False}, {"archived": True}, {"seen": False}, {"severity": "none"}]) == [2, 2, 1, 4]
    assert inbox.unread().total == 2
    assert inbox.mark_all(archived=True) == 6
    assert inbox.count(archived=True, read=True) == 6
    [mail] = Messages(upgraded).list(channel="email")
    assert (mail.tags, mail.severity, mail.sorted_at, mail.seen) == ([], "none", mail.created_at, False)
