"""Subscribers, what is set for them, and their messages."""

from __future__ import annotations

import pytest

from novu_core import SystemClock
from novu_core.errors import MessageNotFoundError
from novu_core.managers.inbox import Inbox
from novu_core.managers.messages import Messages
from novu_core.storage import people_statements, statements
from novu_core.storage.changes import Write
from novu_core.storage.listings import SUBSCRIBERS
from novu_core.storage.people import SaveSubscriber
from novu_core.storage.slices import PageRequest
from novu_core.storage.topics import SaveTopic, Subscribe
from tests.conformance.stores.samples import NOW, add_message, message, running


def test_the_inbox_keeps_one_message_of_a_step_and_its_marks(store):
    row = running(store, 1)
    store.commit(add_message(message(1, row)), add_message(message(2, row)), add_message(message(3, row, "other")))
    inbox = Inbox(store, SystemClock(), "s")
    found = inbox.list(limit=9).items
    assert [item.message_id for item in found] == ["m0003", "m0001"]
    assert found[0].content == {"body": "ü \x00 😀"}
    assert inbox.mark("m0001", read=True) == 1
    with pytest.raises(MessageNotFoundError):
        Inbox(store, SystemClock(), "nobody").mark("m0001", read=True)
    assert inbox.count(read=False) == 1
    assert inbox.mark_all(archived=True) == 2
    assert inbox.list(limit=9).items == []
    assert [item.step_id for item in Messages(store).list(limit=1, execution_id="e0001")] == ["other"]


def test_a_subscriber_is_merged_and_topics_controls_and_preferences_are_kept(store):
    store.commit(SaveSubscriber("s", {"email": "a@b.c"}, NOW))
    store.commit(SaveSubscriber("s", {"firstName": "Ann"}, NOW))
    assert store.subscriber("s").data == {"email": "a@b.c", "firstName": "Ann", "subscriberId": "s"}
    assert len(store.slice(SUBSCRIBERS, PageRequest(5)).rows) == 1
    for _ in range(2):
        store.commit(SaveTopic("k", None, NOW), Subscribe("k", ["s"], NOW))
        store.commit(Write(statements.SAVE_CONTROLS, {"workflow_id": "w", "step_id": "", "data": "{}"}))
        store.commit(Write(statements.SAVE_WORKFLOW, {"workflow_id": "w", "status": "inactive"}))
        store.commit(Write(people_statements.SAVE_PREFERENCES, {"subscriber_id": "s", "workflow_id": "", "data": "{}"}))
    known = store.known("w", "s")
    assert (store.members("k"), known.controls, known.status) == (["s"], {"": {}}, "inactive")
    assert known.preferences == (None, {})
