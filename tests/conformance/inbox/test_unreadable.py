"""Rows that something else wrote: the others are shown, and nothing is a 500."""

from __future__ import annotations

import pytest

from tests.conformance.inbox.conftest import BOOK
from tests.conformance.inbox.test_hostile import checked
from tests.damage import damage

COLUMNS = [
    ("content", "x"), ("content", "[]"), ("content", '{"body": 5, "subject": [], "redirect": 1, "primaryAction": [], "data": "x", "avatar": {}}'),
    ("content", b"\xff\xfe"), ("actions", "x"), ("actions", "[1]"), ("redelivered", "x"), ("redelivered", "{}"),
    ("severity", "urgent"), ("severity", None), ("read_at", "x"), ("seen_at", "x"), ("archived_at", "x"), ("snoozed_until", "x"), ("sorted_at", "x"),
    ("sorted_at", None), ("folder", "0000none"), ("folder", "x"), ("tags", "x"), ("transaction_id", b"\xff"), ("workflow_id", "gone"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), COLUMNS, ids=lambda value: str(value)[:20])
def test_a_damaged_message(inbox, column, value):
    message_id = inbox.send("ada", "damaged", data={"k": 1})
    inbox.send("ada", "sound", data={"k": 1})
    damage(inbox.client, "messages", column, value, message_id=message_id)
    for query in (
        "",
        "?read=false",
        "?tags[]=orders",
        "?severity=none",
        "?snoozed=false&archived=false",
        "?data=%7B%22k%22:1%7D",
    ):
        answer = inbox.ask("ada", "GET", f"/notifications{query}")
        assert answer.status == 200, answer.body
        checked(BOOK["schemas"]["routes"]["GET /notifications"]["200"], answer.json)
        assert "sound" in [item["body"] for item in answer.json["data"]]
    assert all(
        number in (1, 2)
        for number in inbox.counts("ada", {}, {"read": False}, {"severity": "none"}, {"data": {"k": 1}})
    )
    for word in ("read", "unread", "archive", "unarchive", "unsnooze"):
        assert inbox.ask("ada", "PATCH", f"/notifications/{message_id}/{word}").status in (200, 404)
    for word in ("seen", "read", "read-archive", "delete"):
        assert inbox.ask("ada", "POST", f"/notifications/{word}", {}).status == 204


@pytest.mark.parametrize(("column", "value"), [("data", "x"), ("data", "[]"), ("data", b"\xff")])
def test_a_damaged_subscriber(inbox, column, value):
    token = {"authorization": f"Bearer {inbox.token('ada')}"}
    damage(inbox.client, "subscribers", column, value, subscriber_id="ada")
    answer = inbox.ask(None, "GET", "/notifications", headers=token)
    assert answer.status == 500
    assert {"statusCode", "message", "errorId"} <= answer.json.keys()
