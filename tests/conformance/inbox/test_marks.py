"""What marks, snoozes, actions and deletions do, by one message and in bulk, and what a message shows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from novu_core import Registry
from tests.conformance.inbox.conftest import START, is_error
from tests.damage import damage

MARKS = ("isSeen", "isRead", "isArchived", "isSnoozed")


def state(message):
    return "".join(name[2].lower() if message[name] else "-" for name in MARKS)


def ahead(inbox, **delta):
    return {"snoozeUntil": (inbox.clock.now() + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


def all_of(inbox, who="ada"):
    return {item["body"]: state(item) for item in inbox.good(who, "GET", "/notifications")}


def test_what_a_message_shows(make_inbox, framework):
    inbox = make_inbox(framework=framework)
    inbox.client.subscribers.upsert("ada", firstName="Ada", lastName="L", avatar="https://x/y.png", email="a@x.org")
    content = {
        "subject": "<b>S</b>", "avatar": "https://x/a.png", "redirect": {"url": "/go", "target": "_blank"}, "data": {"deep": {"n": [1]}},
        "primaryAction": {"label": "Go", "redirect": {"url": "/p"}}, "secondaryAction": {"label": "No"},
    }  # fmt: skip
    message_id = inbox.send("ada", "**b** <script>x</script>\n2", "comment", **content)
    [message] = inbox.good("ada", "GET", "/notifications")
    assert message["id"] == message_id
    assert message["createdAt"] == "2026-11-27T13:47:00.005Z"
    assert message["deliveredAt"] == [message["createdAt"]]
    assert (message["data"], message["redirect"]) == ({"deep": {"n": [1]}}, {"url": "/go", "target": "_blank"})
    assert (message["primaryAction"]["label"], message["primaryAction"]["isCompleted"]) == ("Go", False)
    assert (message["tags"], message["severity"], message["channelType"]) == (["social", "orders"], "medium", "in_app")
    assert message["workflow"] == {
        "id": "comment", "identifier": "comment", "name": "Comments", "critical": False, "tags": ["social", "orders"], "severity": "medium",
    }  # fmt: skip
    stored = inbox.client.subscribers.get("ada").id
    assert message["to"] == {
        "id": stored,
        "subscriberId": "ada",
        "firstName": "Ada",
        "lastName": "L",
        "avatar": "https://x/y.png",
    }
    assert not {"readAt", "archivedAt", "firstSeenAt", "snoozedUntil"} & message.keys()
    assert state(message) == "----"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.org", "data:text/html,x", "mailto:a@b.c", "relative", "https://x/?a=<>"]
)
def test_an_address_is_data_that_nothing_turns_into_something_else(inbox, url):
    content = {
        "body": url,
        "subject": url,
        "avatar": url,
        "redirect": {"url": url},
        "primaryAction": {"label": url, "redirect": {"url": url}},
    }
    damage(inbox.client, "messages", "content", json.dumps(content), message_id=inbox.send("ada", "b"))
    [message] = inbox.good("ada", "GET", "/notifications")
    assert (message["body"], message["subject"], message["avatar"]) == (url, url, url)
    assert (message["redirect"]["url"], message["primaryAction"]["redirect"]["url"]) == (url, url)


def test_a_workflow_that_is_gone_is_left_out_and_its_tags_stay(make_inbox, tmp_path):
    first = make_inbox(store_url=f"sqlite:///{tmp_path / 'x.db'}")
    first.send("ada", "b", "newsletter")
    [message] = make_inbox(Registry(), store_url=f"sqlite:///{tmp_path / 'x.db'}").good("ada", "GET", "/notifications")
    assert "workflow" not in message
    assert (message["tags"], message["severity"]) == (["news"], "low")


def test_each_mark_answers_the_message_as_it_is_afterwards(make_inbox, framework):
    inbox = make_inbox(framework=framework)
    message_id = inbox.send("ada", "b")
    for word, expected in [
        ("read", "sr--"), ("archive", "sra-"), ("unarchive", "sr--"), ("unread", "s---"), ("archive", "sra-"), ("unread", "s---"), ("unarchive", "sr--"),
    ]:  # fmt: skip
        first = inbox.good("ada", "PATCH", f"/notifications/{message_id}/{word}")
        assert state(first) == expected, word
        inbox.clock.advance(timedelta(seconds=1))
        assert inbox.good("ada", "PATCH", f"/notifications/{message_id}/{word}", {"ignored": 1}) == first
        assert inbox.good("ada", "GET", "/notifications") == [first]
        assert (first.get("readAt") is not None, first.get("archivedAt") is not None) == (
            first["isRead"],
            first["isArchived"],
        )
        assert first["firstSeenAt"] == "2026-11-27T13:47:00.005Z"


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b"\xff", b"x" * 2000])
def test_marks_need_no_body_and_take_any(make_inbox, framework, raw):
    inbox = make_inbox(framework=framework)
    message_id = inbox.send("ada", "b")
    for word in ("read", "unread", "archive", "unarchive"):
        assert inbox.ask("ada", "PATCH", f"/notifications/{message_id}/{word}", raw=raw).status == 200
    assert inbox.ask("ada", "DELETE", f"/notifications/{message_id}/delete", raw=raw).status == 204


def test_a_snooze_comes_back_as_a_new_message(inbox):
    message_id = inbox.send("ada", "b")
    path = f"/notifications/{message_id}"
    inbox.good("ada", "PATCH", path + "/read")
    snoozed = inbox.good("ada", "PATCH", path + "/snooze", ahead(inbox, hours=1))
    assert (state(snoozed), snoozed["snoozedUntil"]) == ("sr-s", "2026-11-27T14:47:00.005Z")
    assert inbox.bodies("ada", "?snoozed=true") == ["b"]
    assert inbox.bodies("ada", "?archived=false&snoozed=false") == []
    inbox.send("ada", "newer")
    inbox.clock.advance(timedelta(hours=2))
    first = inbox.good("ada", "GET", "/notifications")[0]
    assert (first["id"], state(first), len(first["deliveredAt"])) == (message_id, "s---", 2)
    assert first["deliveredAt"][-1] == first["createdAt"] > snoozed["createdAt"]
    assert not {"snoozedUntil", "readAt"} & first.keys()


def test_a_second_snooze_replaces_the_first_and_an_end_by_hand_keeps_the_place(inbox):
    message_id = inbox.send("ada", "b")
    inbox.send("ada", "newer")
    path = f"/notifications/{message_id}"
    inbox.good("ada", "PATCH", path + "/snooze", ahead(inbox, hours=1))
    again = inbox.good("ada", "PATCH", path + "/snooze", ahead(inbox, days=90))
    assert again["snoozedUntil"].startswith("2027-02-25")
    awake = inbox.good("ada", "PATCH", path + "/unsnooze")
    assert (state(awake), "snoozedUntil" in awake) == ("s---", False)
    assert inbox.bodies("ada") == ["newer", "b"]
    assert "not snoozed" in is_error(inbox.ask("ada", "PATCH", path + "/unsnooze"), 404)["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422), ({"snoozeUntil": None}, 422), ({"snoozeUntil": 5}, 422), ({"snoozeUntil": "tomorrow"}, 422), ({"snoozeUntil": ""}, 422),
        ({"snoozeUntil": "2026-11-27T13:47:00Z"}, 422), ({"snoozeUntil": "0001-01-01T00:00:00+14:00"}, 422), ({"snoozeUntil": "2026-11-27T13:47:59Z"}, 422),
        ({"snoozeUntil": "2027-02-26T00:00:00Z"}, 402), ({"snoozeUntil": "9999-12-31T23:59:59-14:00"}, 422), ({"snoozeUntil": "9999-12-31T00:00:00Z"}, 402),
        ({"snoozeUntil": "2026-11-27T13:48:01"}, 200), ({"snoozeUntil": "2026-11-28T09:00:00.000+02:00"}, 200), ({"snoozeUntil": "2026-11-28"}, 200),
    ],
)  # fmt: skip
def test_until_when_a_message_may_be_snoozed(inbox, body, status):
    message_id = inbox.send("ada", "b")
    answer = inbox.ask("ada", "PATCH", f"/notifications/{message_id}/snooze", body)
    if status == 200:
        assert answer.status == 200, answer.body
        return
    told = is_error(answer, status)
    if status == 402:
        assert told["message"] == "Snooze Duration Limit Exceeded"
        assert isinstance(told["reason"], str)
    assert all_of(inbox) == {"b": "----"}


def test_actions_are_kept_apart(inbox):
    message_id = inbox.send("ada", "b", primaryAction={"label": "Yes"}, secondaryAction={"label": "No"})
    plain = inbox.send("ada", "plain")

    def act(word, kind):
        told = inbox.good("ada", "PATCH", f"/notifications/{message_id}/{word}", {"actionType": kind})
        assert state(told) == "sr--"
        return told["primaryAction"]["isCompleted"], told["secondaryAction"]["isCompleted"]

    assert act("complete", "primary") == (True, False)
    assert act("complete", "primary") == (True, False)
    assert act("complete", "secondary") == (True, True)
    assert act("revert", "primary") == (False, True)
    for word in ("complete", "revert"):
        for body in ({}, {"actionType": "third"}, {"actionType": None}, {"actionType": ["primary"]}):
            is_error(inbox.ask("ada", "PATCH", f"/notifications/{message_id}/{word}", body), 422)
        missing = inbox.ask("ada", "PATCH", f"/notifications/{plain}/{word}", {"actionType": "secondary"})
        is_error(missing, 400, "Could not perform action on the secondary button because it does not exist.")


def test_a_deleted_message_is_in_no_list_and_no_count(inbox):
    message_id = inbox.send("ada", "b")
    inbox.good("ada", "DELETE", f"/notifications/{message_id}/delete", status=204)
    assert inbox.bodies("ada") == []
    assert inbox.counts("ada", {}, {"seen": False}) == [0, 0]
    is_error(
        inbox.ask("ada", "DELETE", f"/notifications/{message_id}/delete"),
        404,
        f"Notification with id: {message_id} is not found.",
    )


@pytest.fixture
def several(inbox):
    inbox.ids = {
        "order": inbox.send("ada", "order", data={"k": "v", "n": 1}),
        "news": inbox.send("ada", "news", "newsletter", data={"k": "v"}),
        "comment": inbox.send("ada", "comment", "comment"),
    }
    inbox.good("ada", "PATCH", f"/notifications/{inbox.ids['comment']}/snooze", ahead(inbox, hours=1))
    return inbox


ALL = {"order": "----", "news": "----", "comment": "s--s"}
BULK = [
    ("seen", {}, {"order": "s---", "news": "s---"}),
    ("seen", {"tags": []}, {"order": "s---", "news": "s---"}),
    ("seen", {"tags": ["news"]}, {"news": "s---"}),
    ("seen", {"notificationIds": []}, {}),
    ("seen", {"notificationIds": None, "tags": ["orders"]}, {"order": "s---"}),
    ("read", {}, {"order": "sr--", "news": "sr--", "comment": "sr-s"}),
    ("read", {"data": '{"k":"v"}'}, {"order": "sr--", "news": "sr--"}),
    ("read", {"data": {"k": "v", "n": 1}}, {"order": "sr--"}),
    ("read", {"tags": {"and": [{"or": ["orders"]}, {"or": ["social"]}]}}, {"comment": "sr-s"}),
    ("archive", {"tags": ["news"], "data": {"k": "v"}}, {"news": "sra-"}),
    ("read-archive", {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("word", "body", "changed"), BULK)
def test_marks_in_bulk(several, word, body, changed):
    several.good("ada", "POST", f"/notifications/{word}", body, 204)
    assert all_of(several) == {**ALL, **changed}


@pytest.mark.parametrize(
    ("word", "expected"),
    [("seen", "s---"), ("read", "sr--"), ("archive", "sra-"), ("read-archive", "----"), ("delete", None)],
)
def test_ids_in_bulk_are_those_and_no_others(several, word, expected):
    several.good("ada", "POST", f"/notifications/{word}", {"notificationIds": [several.ids["order"]] * 3}, 204)
    assert all_of(several) == {name: marks for name, marks in {**ALL, "order": expected}.items() if marks}


def test_what_is_read_is_archived_and_what_is_left_deleted(several):
    several.good("ada", "PATCH", f"/notifications/{several.ids['order']}/read")
    several.good("ada", "POST", "/notifications/read-archive", {}, 204)
    assert all_of(several) == {**ALL, "order": "sra-"}
    several.good("ada", "POST", "/notifications/delete", {"tags": ["orders"], "data": {"n": 1}}, 204)
    assert all_of(several) == {name: marks for name, marks in ALL.items() if name != "order"}
    assert several.ask("ada", "POST", "/notifications/delete").status == 204
    assert all_of(several) == {}


@pytest.mark.parametrize("word", ["seen", "read", "archive", "read-archive", "delete"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"notificationIds": "x"}, 422), ({"notificationIds": [1]}, 422), ({"notificationIds": {}}, 422), ({"tags": "a"}, 422), ({"tags": [1]}, 422),
        ({"tags": {"x": 1}}, 422), ({"data": "x"}, 400), ({"data": []}, 400), ({"data": {"a": {"b": {"c": 1}}}}, 400), ([], 400), ("x", 400), ({"tags": ["\0"]}, 400),
    ],
)  # fmt: skip
def test_bulks_that_cannot_be_meant_change_nothing(several, word, body, status):
    is_error(several.ask("ada", "POST", f"/notifications/{word}", body), status)
    assert all_of(several) == ALL
    assert several.clock.now() > START
