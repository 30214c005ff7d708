"""A subscriber's inbox by both generations of routes."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest

from tests.conformance.novu.conftest import fill, is_error
from tests.conformance.novu.test_history import check

INBOX = "/v2/subscribers/ada/notifications"


@pytest.fixture
def inbox(make_novu, registry):
    """Ada has four messages: 0 to 2 of a workflow with the tag t, and a high one."""

    @registry.workflow("note", tags=["t"])
    def note(payload, step):
        n = payload["n"]
        step.in_app("a", {"subject": f"S{n}", "body": str(n), "data": {"n": n, "deep": {"even": n % 2 == 0}},
                          "avatar": "https://x/y.png", "redirect": {"url": "/go", "target": "_blank"},
                          "primaryAction": {"label": "Go", "redirect": {"url": "/go"}}})  # fmt: skip

    @registry.workflow("alarm", severity="high")
    def alarm(step):
        step.in_app("a", {"body": "alarm"})

    novu = make_novu(fill(registry))
    for number in range(3):
        novu.trigger("ada", "note", {"n": number})
    novu.trigger("ada", "alarm", {})
    return novu


def bodies(novu, query=""):
    answer = novu.ask("GET", INBOX + query)
    assert answer.status == 200, answer.body
    check("GetSubscriberNotifications", answer.json)
    return [item["body"] for item in answer.json["data"]]


def one(novu, body):
    return next(item for item in novu.ask("GET", INBOX).json["data"] if item["body"] == body)


def mark(novu, body, word):
    return novu.good("PATCH", f"{INBOX}/{one(novu, body)['id']}/{word}")


def counts(novu, *filters):
    found = novu.good("GET", f"{INBOX}/count?filters={quote(json.dumps(filters))}")
    assert [item["filter"] for item in found] == list(filters)
    return [item["count"] for item in found]


def state(message):
    return "".join(name[2] for name in ("isSeen", "isRead", "isArchived") if message[name])


def test_what_a_message_shows(inbox):
    message = one(inbox, "0")
    assert (message["subject"], message["avatar"], message["data"]["n"]) == ("S0", "https://x/y.png", 0)
    assert (message["redirect"], message["primaryAction"]["label"]) == ({"url": "/go", "target": "_blank"}, "Go")
    assert (message["to"]["subscriberId"], message["workflow"]["identifier"], message["tags"]) == ("ada", "note", ["t"])
    assert (message["isSnoozed"], message["channelType"], one(inbox, "alarm")["severity"]) == (False, "in_app", "high")


def test_snoozes_and_actions(inbox):
    path = f"{INBOX}/{one(inbox, '0')['id']}"
    soon = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    is_error(inbox.ask("PATCH", f"{path}/unsnooze"), 404)
    first = inbox.good("PATCH", f"{path}/snooze", {"snoozeUntil": soon})
    assert (first["isSnoozed"], first["snoozedUntil"], first["isSeen"]) == (True, soon, True)
    assert (bodies(inbox, "?snoozed=true"), counts(inbox, {"snoozed": True}, {"snoozed": False})) == (["0"], [1, 3])
    assert inbox.good("PATCH", f"{path}/unsnooze")["isSnoozed"] is False
    done = inbox.good("PATCH", f"{path}/actions/primary/complete")
    assert (done["primaryAction"]["isCompleted"], done["isRead"]) == (True, True)
    assert inbox.good("PATCH", f"{path}/actions/primary/revert")["primaryAction"]["isCompleted"] is False
    for until, status in (("2020-01-01", 422), ("soon", 422), (None, 422), (5, 422), ("2999-01-01T00:00:00Z", 402)):
        is_error(inbox.ask("PATCH", f"{path}/snooze", {"snoozeUntil": until}), status)
    for action in ("secondary", "third", "%20"):
        assert inbox.ask("PATCH", f"{path}/actions/{action}/complete").status in (400, 404), action
    for tail in ("snooze", "unsnooze", "actions/primary/complete", "actions/primary/revert"):
        is_error(inbox.ask("PATCH", f"{INBOX}/none/{tail}", {"snoozeUntil": soon}), 404)


def test_tags_and_severity_are_those_of_the_time_of_sending(inbox):
    inbox.client.workflows["note"].tags[:] = ["later"]
    assert (one(inbox, "0")["tags"], bodies(inbox, "?tags[]=t")) == (["t"], ["2", "1", "0"])
    assert bodies(inbox, "?tags[]=later") == []


def test_each_mark_does_what_novus_does(inbox):
    assert state(one(inbox, "0")) == ""
    for word, expected in [
        ("read", "SR"), ("archive", "SRA"), ("unarchive", "SR"), ("unread", "S"), ("archive", "SRA"), ("unread", "S"), ("unarchive", "SR"),
    ]:  # fmt: skip
        first = mark(inbox, "0", word)
        assert state(first) == expected, word
        assert mark(inbox, "0", word) == first, "a mark that is set keeps its time"


def test_filters_of_the_list(inbox):
    mark(inbox, "0", "read")
    mark(inbox, "1", "archive")
    for query, found in [
        ("", ["alarm", "2", "1", "0"]), ("?read=true", ["1", "0"]), ("?read=false", ["alarm", "2"]), ("?archived=true", ["1"]),
        ("?archived=false", ["alarm", "2", "0"]), ("?seen=false", ["alarm", "2"]), ("?snoozed=true", []), ("?snoozed=false", ["alarm", "2", "1", "0"]),
        ("?severity=high", ["alarm"]), ("?severity=none", ["2", "1", "0"]), ("?severity=high&severity=none", ["alarm", "2", "1", "0"]),
        ("?tags=t&tags=u", ["2", "1", "0"]), ("?tags=u", []), ("?data=%7B%22n%22%3A2%7D", ["2"]),
        ("?data=" + quote('{"deep":{"even":true}}'), ["2", "0"]), ("?data=" + quote('{"deep":{"even":true}}') + "&limit=1&offset=1", ["0"]),
        ("?limit=2", ["alarm", "2"]), ("?limit=2.0&offset=2.0", ["1", "0"]), ("?createdGte=2020-01-01T00:00:00Z", ["alarm", "2", "1", "0"]),
        ("?createdLte=1000", []), ("?contextKeys=a", ["alarm", "2", "1", "0"]),
    ]:  # fmt: skip
        assert bodies(inbox, query) == found, query
    after = one(inbox, "2")["id"]
    assert bodies(inbox, f"?after={after}&limit=1&offset=3") == ["1"]
    assert inbox.ask("GET", f"{INBOX}?limit=4").json["hasMore"] is False
    assert inbox.ask("GET", f"{INBOX}?limit=3").json["hasMore"] is True


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("read=maybe", 422), ("limit=0", 422), ("limit=101", 422), ("offset=-1", 422), ("after=none", 422), ("severity=urgent", 422),
        ("data=x", 400), ("data=[1]", 400), ("data=%7B%22a%22%3A%7B%22b%22%3A%7B%22c%22%3A1%7D%7D%7D", 400), ("createdGte=then", 422),
    ],
)  # fmt: skip
def test_filters_that_cannot_be_meant(inbox, query, status):
    is_error(inbox.ask("GET", f"{INBOX}?{query}"), status)


def test_counts_are_of_what_is_not_archived_unless_the_filter_says_so(inbox):
    mark(inbox, "0", "read")
    mark(inbox, "1", "archive")
    filters = [
        {"read": False},
        {"read": True},
        {},
        {"archived": True},
        {"severity": "high"},
        {"tags": ["t"]},
        {"snoozed": True},
        {"data": {"n": 2}},
    ]
    assert counts(inbox, *filters) == [2, 1, 3, 1, 1, 2, 0, 1]
    assert inbox.good("GET", f"{INBOX}/count") == [{"count": 3, "filter": {}}]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("x", 400), ("{}", 400), ("[1]", 400), ("null", 400), ('[{"read":1}]', 422), ("[" * 2000, 400), ('[{"data":"x"}]', 400),
        (json.dumps([{}] * 31), 400), ('[{"tags":[1]}]', 422), ('[{"severity":"no"}]', 422),
    ],
)  # fmt: skip
def test_filters_of_counts_that_cannot_be_meant(inbox, text, status):
    is_error(inbox.ask("GET", f"{INBOX}/count?filters={quote(text)}"), status)


def test_marks_for_all_or_for_those_that_are_named(inbox):
    inbox.good("POST", f"{INBOX}/read", {"data": {"n": 0}}, 204)
    assert bodies(inbox, "?read=true") == ["0"]
    inbox.good("POST", f"{INBOX}/read-archive", {}, 204)
    assert bodies(inbox, "?archived=true") == ["0"]
    inbox.good("POST", f"{INBOX}/archive", {"tags": ["t"], "data": '{"n": 1}'}, 204)
    assert bodies(inbox, "?archived=true") == ["1", "0"]
    inbox.good("POST", f"{INBOX}/seen", {"notificationIds": [one(inbox, "2")["id"], "none", "\u2028"]}, 204)
    assert bodies(inbox, "?seen=false") == ["alarm"]
    inbox.good("POST", f"{INBOX}/seen", {"notificationIds": []}, 204)
    assert bodies(inbox, "?seen=false") == ["alarm"]
    inbox.good("POST", f"{INBOX}/seen", None, 204)
    assert bodies(inbox, "?seen=false") == []
    inbox.good("POST", f"{INBOX}/delete", {"tags": ["t"]}, 204)
    assert bodies(inbox) == ["alarm"]
    inbox.good("POST", f"{INBOX}/read", {"tags": []}, 204)
    assert bodies(inbox, "?read=true") == ["alarm"]
    inbox.good("POST", f"{INBOX}/delete", {"data": {}}, 204)
    assert bodies(inbox) == []


def test_messages_that_are_named_one_by_one_and_no_others_are_changed(inbox):
    ids = {body: one(inbox, body)["id"] for body in ("0", "1", "2")}
    inbox.good("POST", f"{INBOX}/read", {"notificationIds": [ids["0"], ids["1"], ids["0"], "none"]}, 204)
    assert bodies(inbox, "?read=true") == ["1", "0"]
    inbox.good("POST", f"{INBOX}/read-archive", {"notificationIds": [ids["1"], ids["2"]]}, 204)
    assert bodies(inbox, "?archived=true") == ["1"]
    inbox.good("POST", f"{INBOX}/archive", {"notificationIds": [ids["2"]]}, 204)
    assert bodies(inbox, "?archived=true") == ["2", "1"]
    inbox.good("POST", f"{INBOX}/delete", {"notificationIds": []}, 204)
    inbox.good("POST", f"{INBOX}/delete", {"notificationIds": [ids["0"], ids["2"], ids["2"]]}, 204)
    assert bodies(inbox) == ["alarm", "1"]


@pytest.mark.parametrize("body", [{"tags": "t"}, {"tags": [1]}, {"data": [1]}, {"data": "x"}, {"notificationIds": "a"}])
def test_a_selection_that_cannot_be_meant_changes_nothing(inbox, body):
    for word in ("read", "seen", "archive", "read-archive", "delete"):
        answer = inbox.ask("POST", f"{INBOX}/{word}", body)
        is_error(answer, answer.status)
        assert answer.status in (400, 422)
    assert len(bodies(inbox, "?read=false&seen=false")) == 4


def test_another_subscribers_messages_are_not_found(inbox):
    inbox.good("POST", "/v2/subscribers", {"subscriberId": "bob"}, 201)
    message = one(inbox, "0")["id"]
    for subscriber in ("bob", "none"):
        for word in ("read", "unread", "archive", "unarchive"):
            is_error(inbox.ask("PATCH", f"/v2/subscribers/{subscriber}/notifications/{message}/{word}"), 404)
        is_error(inbox.ask("DELETE", f"/v2/subscribers/{subscriber}/notifications/{message}"), 404)
    for path in ("", "/count"):
        is_error(inbox.ask("GET", f"/v2/subscribers/none/notifications{path}"), 404)
    is_error(inbox.ask("PATCH", f"{INBOX}/%00/read"), 404)
    assert state(one(inbox, "0")) == ""


def test_an_inbox_that_was_never_written_to_is_empty(inbox):
    inbox.good("POST", "/v2/subscribers", {"subscriberId": "bob"}, 201)
    page = inbox.ask("GET", "/v2/subscribers/bob/notifications").json
    assert page == {"data": [], "hasMore": False, "filter": {}}


def test_the_older_feed_and_its_marks(inbox):
    path = "/v1/subscribers/ada"
    page = inbox.ask("GET", f"{path}/notifications/feed?limit=3.0").json
    check("Feed", page)
    assert (page["totalCount"], page["hasMore"], [item["content"] for item in page["data"]]) == (
        4,
        True,
        ["alarm", "2", "1"],
    )
    payload = base64.b64encode(b'{"n": 1}').decode()
    assert [
        item["content"] for item in inbox.ask("GET", f"{path}/notifications/feed?payload={quote(payload)}").json["data"]
    ] == ["1"]
    assert inbox.good("GET", f"{path}/notifications/unseen") == {"count": 4}
    ids = [one(inbox, "0")["id"], "none", one(inbox, "2")["id"]]
    marked = inbox.good("POST", f"{path}/messages/mark-as", {"messageId": ids, "markAs": "read"}, 201)
    assert [(item["content"], item["read"], item["seen"]) for item in marked] == [("0", True, True), ("2", True, True)]
    assert state(one(inbox, "0")) == "SR", "the marks are the same by both"
    [marked] = inbox.good(
        "POST", f"{path}/messages/markAs", {"messageId": ids[0], "mark": {"seen": False, "read": False}}, 201
    )
    assert (marked["read"], marked["seen"]) == (False, False)
    assert inbox.good("GET", f"{path}/notifications/unseen?seen=true&limit=100.0") == {"count": 1}
    assert inbox.good("POST", f"{path}/messages/mark-all", {"markAs": "seen"}, 201) == 4
    assert inbox.good("GET", f"{path}/notifications/unseen?seen=false") == {"count": 0}
    assert [item["content"] for item in inbox.ask("GET", f"{path}/notifications/feed?read=true").json["data"]] == ["2"]


def test_the_older_routes_refuse_what_cannot_be_meant(inbox):
    path = "/v1/subscribers/ada"
    for body in ({}, {"markAs": "loved"}, {"markAs": 5}):
        is_error(inbox.ask("POST", f"{path}/messages/mark-all", body), 422)
        is_error(inbox.ask("POST", f"{path}/messages/mark-as", {"messageId": "x", **body}), 422)
    for body in ({"markAs": "read"}, {"markAs": "read", "messageId": 5}, {"markAs": "read", "messageId": [5]}):
        is_error(inbox.ask("POST", f"{path}/messages/mark-as", body), 422)
    for payload in ("x", "e30", base64.b64encode(b"[1]").decode()):
        answer = inbox.ask("GET", f"{path}/notifications/feed?payload={quote(payload)}")
        assert answer.status in (200, 400), payload
    for tail in ("notifications/feed", "notifications/unseen"):
        is_error(inbox.ask("GET", f"/v1/subscribers/none/{tail}"), 404)
    for tail in ("messages/mark-all", "messages/mark-as"):
        is_error(inbox.ask("POST", f"/v1/subscribers/none/{tail}", {"markAs": "read", "messageId": "x"}), 404)
