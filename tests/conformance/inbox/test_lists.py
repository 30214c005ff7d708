"""Lists and counts: which messages a filter leaves, and how the answer repeats the filter."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest

from tests.conformance.inbox.conftest import is_error

BELL = [
    {"read": False, "archived": False, "snoozed": False, "severity": word} for word in ("high", "medium", "low", "none")
]


@pytest.fixture
def ada(inbox):
    """Ada has five messages: o1, o2 (orders), c (social and orders), n (news), s (security), oldest first."""
    inbox.ids = {
        "o1": inbox.send("ada", "o1", data={"n": 1, "deep": {"a": "x"}, "flag": True}),
        "o2": inbox.send("ada", "o2", data={"n": 2, "deep": {"a": "y"}, "flag": False}),
        "c": inbox.send("ada", "c", "comment", data={"n": 1}),
        "n": inbox.send("ada", "n", "newsletter"),
        "s": inbox.send("ada", "s", "security-alert"),
    }
    inbox.send("eve", "theirs", data={"n": 1})
    return inbox


def listed(inbox, query):
    answer = inbox.ask("ada", "GET", f"/notifications?{query}")
    assert answer.status == 200, answer.body
    body = answer.json
    assert body.keys() == {"data", "hasMore", "filter"}
    return "".join(f"{item['body']} " for item in body["data"]).strip(), body["filter"]


QUERIES = [
    ("", "s n c o2 o1", {}),
    ("limit=10&archived=false&snoozed=false", "s n c o2 o1", {"archived": False, "snoozed": False}),
    ("tags[]=orders", "c o2 o1", {"tags": ["orders"]}),
    ("tags[]=news&tags[]=security", "s n", {"tags": ["news", "security"]}),
    ("tags=news&tags=security", "s n", {"tags": ["news", "security"]}),
    ("tags[0]=news&tags[1]=security", "s n", {"tags": ["news", "security"]}),
    ("tags[0][]=social&tags[0][]=news&tags[1][]=orders", "c", {"tags": {"and": [{"or": ["social", "news"]}, {"or": ["orders"]}]}}),
    ("tags[1][]=orders&tags[0][]=social", "c", {"tags": {"and": [{"or": ["social"]}, {"or": ["orders"]}]}}),
    ("tags[0][0]=news&tags[0][1]=social", "n c", None),
    ("tags[]=nothing", "", {"tags": ["nothing"]}),
    ("tags[]=", "s n c o2 o1", {}),
    ("severity=high", "s", {"severity": "high"}),
    ("severity[]=none", "o2 o1", {"severity": ["none"]}),
    ("severity[]=low&severity[]=none", "n o2 o1", {"severity": ["low", "none"]}),
    ("data=" + quote('{"n":1}'), "c o1", {"data": {"n": 1}}),
    ("data=" + quote('{"n":1,"deep":{"a":"x"}}'), "o1", {"data": {"n": 1, "deep": {"a": "x"}}}),
    ("data=" + quote('{"n":"1"}'), "", {"data": {"n": "1"}}),
    ("data=%7B%7D", "s n c o2 o1", {"data": {}}),
    ("seen=false&limit=2", "s n", {"seen": False}),
    ("read=true", "", {"read": True}),
    ("read=&archived=", "s n c o2 o1", {}),
    ("unknown=1&limit=1", "s", {}),
    ("offset=3", "o2 o1", {}),
    ("limit=1.0&offset=4.0", "o1", {}),
]  # fmt: skip


@pytest.mark.parametrize(("query", "bodies", "echo"), QUERIES)
def test_what_a_list_holds_and_repeats(ada, query, bodies, echo):
    found, repeated = listed(ada, query)
    assert found == bodies
    assert echo is None or repeated == echo
    assert None not in repeated.values()


def test_times_are_inclusive_to_the_millisecond_that_a_message_shows(ada):
    ada.clock.advance(timedelta(microseconds=1_234_567))
    ada.ids["late"] = ada.send("ada", "late")
    shown = {item["body"]: item for item in ada.good("ada", "GET", "/notifications")}
    when = {
        body: round(datetime.fromisoformat(item["createdAt"].replace("Z", "+00:00")).timestamp() * 1000)
        for body, item in shown.items()
    }
    for body in ("c", "late"):
        newer = [name for name in ("late", "s", "n", "c", "o2", "o1") if when[name] >= when[body]]
        older = [name for name in ("late", "s", "n", "c", "o2", "o1") if when[name] <= when[body]]
        assert listed(ada, f"createdGte={when[body]}") == (" ".join(newer), {"createdGte": when[body]})
        assert listed(ada, f"createdLte={when[body]}") == (" ".join(older), {"createdLte": when[body]})
    assert listed(ada, f"createdGte={when['late'] + 1}")[0] == ""
    assert ada.counts("ada", {"createdLte": when["late"]}, {"createdGte": when["late"]}) == [6, 1]


def test_pages_follow_positions_and_not_rows(ada):
    for number in range(12):
        ada.ids[f"m{number}"] = ada.send("ada", f"m{number}")
    answer = ada.ask("ada", "GET", "/notifications?limit=10&archived=false&snoozed=false").json
    assert (len(answer["data"]), answer["hasMore"]) == (10, True)
    last = answer["data"][-1]["id"]
    ada.good("ada", "PATCH", f"/notifications/{last}/archive")
    rest = ada.ask("ada", "GET", f"/notifications?limit=10&offset=3&after={last}&archived=false&snoozed=false").json
    assert [item["body"] for item in rest["data"]] == ["m1", "m0", "s", "n", "c", "o2", "o1"]
    assert rest["hasMore"] is False
    assert ada.ask("ada", "GET", f"/notifications?limit=7&after={last}").json["hasMore"] is False
    assert ada.ask("ada", "GET", f"/notifications?limit=6&after={last}").json["hasMore"] is True


REFUSED = [
    ("limit=0", 422), ("limit=101", 422), ("limit=-1", 422), ("limit=x", 422), ("limit=1.5", 422), ("limit=1e99", 422), ("offset=-1", 422),
    ("offset=99999999999999999999", 422), ("after=no+such+id%21", 422), ("after=%00", 422), ("read=maybe", 422), ("seen=2", 422), ("severity=urgent", 422),
    ("severity[]=high&severity[]=HIGH", 422), ("read=false&archived=true", 400), ("data=x", 400), ("data=[1]", 400), ("data=1", 400), ("data=null", 400),
    ("data=" + quote('{"a":{"b":{"c":1}}}'), 400), ("data=" + quote('{"a":[1]}'), 400), ("data=" + quote('{"a":{"b":[]}}'), 400),
    ("data=" + quote(json.dumps({"a": "x" * 257})), 400), ("data=" + quote(json.dumps({"a": {"b": "x" * 257}})), 400), ("data=" + quote('{"a":NaN}'), 400),
    ("data=" + quote('{"a":' * 3000), 400), ("createdGte=then", 422), ("createdGte=-1", 422), ("createdLte=99999999999999999999", 422),
    ("createdLte=" + "9" * 400, 422), ("tags[]=a&tags[0][]=b", 422), ("tags[x]=a", 422), ("tags[0][0][0]=a", 422), ("tags[99999][]=a", 422),
    ("tags[]=%00", 422), ("&".join(["tags[]=a"] * 101), 422), ("&".join(f"tags[{number}][]=a" for number in range(31)), 422),
    ("&".join(f"tags[{number // 90}][]=a" for number in range(201)), 422),
]  # fmt: skip


@pytest.mark.parametrize(("query", "status"), REFUSED)
def test_a_list_that_cannot_be_meant(ada, query, status):
    is_error(ada.ask("ada", "GET", f"/notifications?{query}"), status)


def test_the_most_tags_that_a_filter_may_name(ada):
    assert listed(ada, "&".join(["tags[]=news"] * 100))[0] == "n"
    assert listed(ada, "&".join(f"tags[{number}][]=news" for number in range(30)))[0] == "n"
    assert listed(ada, "&".join(f"tags[{number // 100}][]=news" for number in range(200)))[0] == "n"


def test_a_text_of_data_as_long_as_may_be(ada):
    assert listed(ada, "data=" + quote(json.dumps({"a": "x" * 256})))[0] == ""


FILTERS = [
    ({}, 5), ({"read": False}, 5), ({"read": True}, 0), ({"archived": True}, 0), ({"snoozed": False}, 5), ({"seen": False}, 5),
    ({"tags": ["news"]}, 1), ({"tags": []}, 5), ({"tags": {"or": ["news", "security"]}}, 2), ({"tags": {"and": []}}, 5),
    ({"tags": {"and": [{"or": ["social", "news"]}, {"or": ["orders"]}]}}, 1), ({"tags": {"and": [["social"], {"or": []}]}}, 1),
    ({"severity": "none"}, 2), ({"severity": ["none", "high"]}, 3), ({"severity": []}, 5), ({"data": {"n": 1}}, 2), ({"data": '{"n": 1}'}, 2),
    ({"data": {"deep": {"a": "y"}}}, 1), ({"createdLte": 1}, 0), ({"createdGte": 1}, 5),
]  # fmt: skip


@pytest.mark.parametrize(("given", "number"), FILTERS)
def test_a_count_and_its_echo(ada, given, number):
    [found] = ada.good("ada", "GET", "/notifications/count?filters=" + quote(json.dumps([given])))
    asked = {**given, "data": {"n": 1}} if given.get("data") == '{"n": 1}' else given
    assert found == {"count": number, "filter": asked}


def test_the_bell_finds_its_four_counts_by_their_severity(ada):
    ada.good("ada", "PATCH", f"/notifications/{ada.ids['c']}/read")
    ada.good("ada", "PATCH", f"/notifications/{ada.ids['o1']}/archive")
    until = {"snoozeUntil": (ada.clock.now() + timedelta(hours=1)).isoformat()}
    ada.good("ada", "PATCH", f"/notifications/{ada.ids['n']}/snooze", until)
    found = ada.good("ada", "GET", "/notifications/count?filters=" + quote(json.dumps(BELL)))
    assert [item["filter"] for item in found] == BELL
    assert {item["filter"]["severity"]: item["count"] for item in found} == {
        "high": 1,
        "medium": 0,
        "low": 0,
        "none": 1,
    }
    assert ada.counts("ada", *[{}] * 30) == [5] * 30


def test_what_was_not_asked_is_not_repeated(ada):
    given = [{"read": None, "tags": None, "data": None, "severity": None, "createdGte": None, "unknown": 1, "limit": 3}]
    [found] = ada.good("ada", "GET", "/notifications/count?filters=" + quote(json.dumps(given)))
    assert found == {"count": 5, "filter": {}}
    assert ada.good("ada", "GET", "/notifications/count") == [{"count": 5, "filter": {}}]
    assert ada.good("ada", "GET", "/notifications/count?filters=[]") == []


def test_counts_end_at_100(inbox):
    for _ in range(101):
        inbox.send("ada", "b")
    assert inbox.counts("ada", {}, {"read": False}, {"tags": ["orders"]}, {"data": {}}, {"read": True}) == [
        100,
        100,
        100,
        100,
        0,
    ]


BAD_FILTERS = [
    ("x", 400), ("{", 400), ("[" * 3000, 400), ("[NaN]", 400), ("[1e999]", 400), ("{}", 422), ("null", 422), ("1", 422), ('"[]"', 422), ("[1]", 422), ("[[]]", 422),
    ("[null]", 422), (json.dumps([{}] * 31), 422), ('[{"read":1}]', 422), ('[{"read":"false"}]', 422), ('[{"seen":[]}]', 422),
    ('[{"read":false,"archived":true}]', 400), ('[{"tags":"a"}]', 422), ('[{"tags":[1]}]', 422), ('[{"tags":{"or":"a"}}]', 422),
    ('[{"tags":{"and":[1]}}]', 422), ('[{"tags":{"not":["a"]}}]', 422), ('[{"tags":["\\u0000"]}]', 422), ('[{"tags":["\\ud800"]}]', 422),
    ('[{"severity":"no"}]', 422), ('[{"severity":[["high"]]}]', 422), ('[{"severity":{"a":1}}]', 422), ('[{"severity":1}]', 422), ('[{"data":"x"}]', 400),
    ('[{"data":[]}]', 400), ('[{"data":{"a":{"b":{}}}}]', 400), ('[{"data":{"a":{"b":{"c":1}}}}]', 400), ('[{"createdGte":"1"}]', 422), ('[{"createdGte":true}]', 422),
    ('[{"createdGte":-1}]', 422), ('[{"createdLte":1e300}]', 422), ('[{"createdLte":999999999999999999999}]', 422),
    (json.dumps([{"tags": ["a"] * 101}]), 422), (json.dumps([{"tags": {"and": [["a"]] * 31}}]), 422),
]  # fmt: skip


@pytest.mark.parametrize(("text", "status"), BAD_FILTERS)
def test_counts_that_cannot_be_meant(ada, text, status):
    is_error(ada.ask("ada", "GET", "/notifications/count?filters=" + quote(text)), status)


def test_a_page_that_would_be_too_large(ada, monkeypatch):
    monkeypatch.setattr("novu_core.http.shapes.sizes.MOST_ANSWER_BYTES", 2000)
    body = is_error(ada.ask("ada", "GET", "/notifications"), 422)
    assert "ask for fewer entries" in body["errors"]["general"]["messages"][0]
    assert len(ada.good("ada", "GET", "/notifications?limit=1")) == 1
