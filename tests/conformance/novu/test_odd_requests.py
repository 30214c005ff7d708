"""What clients send by mistake is told to them, in the names that they sent, and costs nobody else anything."""

from __future__ import annotations

import base64
import random
from urllib.parse import quote

import pytest

from tests.conformance.novu.conftest import fill, is_error

TRIGGER = "/v1/events/trigger"
LONG = base64.b64encode(random.Random(1).randbytes(3000), b"-_").decode().rstrip("=")
"""More than an index of PostgreSQL holds, and nothing that it could compress."""


@pytest.fixture
def idle(make_novu, registry):
    novu = make_novu(fill(registry), works=False)
    for name in ("ada", "bob"):
        novu.good("POST", "/v2/subscribers", {"subscriberId": name}, 201)
    return novu


@pytest.fixture(params=["sqlite", "postgresql"])
def stored(request, make_novu, registry):
    url = "sqlite://" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    novu = make_novu(fill(registry), works=False, store_url=url)
    novu.good("POST", "/v2/subscribers", {"subscriberId": "ada"}, 201)
    return novu


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/subscribers", {"subscriberId": LONG}),
        ("/v1/subscribers", {"subscriberId": LONG}),
        ("/v2/topics", {"key": LONG}),
        ("/v1/topics", {"key": LONG}),
        (f"/v2/topics/{LONG}/subscriptions", {"subscriberIds": ["ada"]}),
        (f"/v1/topics/{LONG}/subscribers", {"subscribers": ["ada"]}),
        (TRIGGER, {"name": "weekly", "to": LONG}),
        (TRIGGER, {"name": "weekly", "to": "ada", "transactionId": LONG}),
        (TRIGGER, {"name": "weekly", "to": LONG[:1500], "transactionId": LONG[:1500]}),
        (TRIGGER, {"name": "weekly", "to": {"type": "Topic", "topicKey": LONG}}),
        (TRIGGER + "/broadcast", {"name": "weekly", "payload": {}, "transactionId": LONG}),
    ],
)
def test_what_a_database_refuses_is_the_clients_mistake(stored, path, body):
    answer = stored.ask("POST", path, body)
    if answer.status >= 300:  # SQLite takes any length
        told = is_error(answer, 400)
        assert "refused a value" in told["message"]
        assert "\n" not in told["message"]
        assert TRIGGER not in path or told["errors"] == []


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "weekly", "to": LONG},
        {"name": "weekly", "to": "ada", "transactionId": LONG},
        {"name": "weekly", "to": "ada", "controls": {"steps": {"no-such-step": {}}}},
        {"name": "weekly", "to": "ada", "controls": {"steps": 5}},
    ],
)
def test_a_bulk_goes_on_after_whatever_the_engine_or_the_store_refuses(stored, bad):
    good = {"name": "weekly", "to": "ada"}
    answer = stored.good("POST", TRIGGER + "/bulk", {"events": [good, bad, good]}, 201)
    assert [item["status"] for item in (answer[0], answer[2])] == ["processed", "processed"]
    assert (answer[1]["status"] == "error") == ("error" in answer[1])
    assert "controls" not in bad or answer[1]["status"] == "error"


@pytest.mark.parametrize("transaction_id", [" ", "\t", "\u3000", "\x00", "x" * 5000])
def test_cancel_is_a_boolean_whatever_the_id(idle, transaction_id):
    assert idle.good("DELETE", f"{TRIGGER}/{quote(transaction_id, safe='')}") is False


@pytest.mark.parametrize("name", ["tk_t:si_ada", "tk_t:si_tk_t:si_bob", "tk_t:si_"])
def test_a_subscriber_whose_id_looks_like_an_identifier_is_meant(idle, name):
    idle.good("POST", "/v2/subscribers", {"subscriberId": name}, 201)
    for body in ({"subscriberIds": [name]}, {"subscriptions": [name]}, {"subscriptions": [{"subscriberId": name}]}):
        for method, status in (("POST", 201), ("DELETE", 200)):
            answer = idle.ask(method, "/v2/topics/t/subscriptions", body)
            assert answer.status == status, answer.body
            assert [item["subscriber"]["subscriberId"] for item in answer.json["data"]] == [name]
    idle.ask("POST", "/v2/topics/t/subscriptions", {"subscriberIds": [name, "ada"]})
    leaving = {"subscriptions": [{"identifier": f"tk_t:si_{name}"}]}
    left = idle.ask("DELETE", "/v2/topics/t/subscriptions", leaving).json["data"]
    assert [item["subscriber"]["subscriberId"] for item in left] == [name]


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "/v2/subscribers?after=x", None, "after"),
        ("GET", "/v2/topics?before=x", None, "before"),
        ("GET", "/v2/topics?key=%20", None, "key"),
        (
            "PUT",
            "/v1/subscribers/ada/credentials",
            {"providerId": "fcm", "credentials": {}, "integrationIdentifier": " "},
            "integrationIdentifier",
        ),
        ("GET", "/v2/subscribers?subscriberId=%20", None, "subscriberId"),
        ("POST", "/v2/subscribers", {"subscriberId": " "}, "subscriberId"),
        ("PATCH", "/v2/subscribers/ada", {"timezone": "Nowhere"}, "timezone"),
        ("POST", TRIGGER, {"name": "weekly", "to": "ada", "transactionId": " "}, "transactionId"),
        ("POST", TRIGGER, {"name": "weekly", "to": ["ada", {"subscriberId": "b", "timezone": "x"}]}, "to.1.timezone"),
        ("POST", TRIGGER, {"name": "weekly", "to": "ada", "actor": {"subscriberId": ""}}, "actor.subscriberId"),
    ],
)
def test_errors_have_the_names_that_were_sent(idle, method, path, body, field):
    told = is_error(idle.ask(method, path, body), 422)
    assert list(told["errors"]) == [field]


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400", "1" * 5000])
def test_what_is_no_number_of_json_is_refused_in_a_query_and_in_text(idle, number):
    inbox = "/v2/subscribers/ada/notifications"
    text = f'{{"n": {number}}}'
    filters = quote('[{"data": ' + text + "}]")
    for path in (f"{inbox}?data={quote(text)}", f"{inbox}/count?filters={filters}"):
        is_error(idle.ask("GET", path), 400)
    is_error(idle.ask("POST", f"{inbox}/delete", {"data": text}), 400)
    payload = quote(base64.b64encode(text.encode()).decode(), safe="")
    is_error(idle.ask("GET", f"/v1/subscribers/ada/notifications/feed?payload={payload}"), 400)


@pytest.mark.parametrize("path", ["/v2/subscribers", "/v2/topics", "/v2/subscribers/ada/notifications"])
def test_a_cursor_in_another_spelling_is_no_cursor(idle, path):
    cursor = "0000000a-abcd-7000-8000-00000000000f"
    assert idle.ask("GET", f"{path}?after={cursor}").status == 200
    for spelling in (cursor.upper(), cursor.replace("-", ""), f"{{{cursor}}}", f"urn:uuid:{cursor}"):
        told = is_error(idle.ask("GET", f"{path}?after={spelling}"), 422)
        assert list(told["errors"]) == ["after"]


@pytest.mark.parametrize("name", ["ada/", "ada//", "/"])
def test_an_encoded_slash_at_the_end_belongs_to_the_id(make_novu, registry, framework, name):
    novu = make_novu(fill(registry), framework, works=False)
    path = f"/v2/subscribers/{quote(name, safe='')}"
    novu.good("POST", "/v2/subscribers", {"subscriberId": "ada"}, 201)
    is_error(novu.ask("DELETE", path), 404)
    novu.good("POST", "/v2/subscribers", {"subscriberId": name}, 201)
    assert novu.good("GET", path + "/")["subscriberId"] == name
    novu.good("DELETE", path)
    assert [item["subscriberId"] for item in novu.ask("GET", "/v2/subscribers").json["data"]] == ["ada"]


@pytest.mark.parametrize(
    "bad",
    [{"to": "a\x00"}, {"to": "ada", "payload": {"text": "cut off \ud83d"}}, {"to": "ada", "transactionId": "\udfff"}],
)
def test_what_is_no_text_in_one_event_does_not_stop_the_others(stored, bad):
    good = {"name": "weekly", "to": "ada"}
    done = stored.good("POST", TRIGGER + "/bulk", {"events": [good, {"name": "weekly", **bad}, good]}, 201)
    assert [item["status"] for item in done] == ["processed", "error", "processed"]
    assert "not text" in done[1]["error"][0]
    assert len(stored.client.executions.list()) == 2
    is_error(stored.ask("POST", TRIGGER, {"name": "weekly", **bad}), 400)
    is_error(stored.ask("POST", TRIGGER + "/bulk", {"events": [good], "x": "\ud800"}), 400)


@pytest.mark.parametrize("bad", [{"subscriberId": "\x00"}, {"subscriberId": "x", "data": {"\ud800": 1}}, "\udc00"])
def test_what_is_no_text_in_one_subscriber_does_not_stop_the_others(stored, bad):
    sent = {"subscribers": [{"subscriberId": "bob"}, bad, {"subscriberId": "ada"}]}
    done = stored.good("POST", "/v1/subscribers/bulk", sent, 201)
    assert (done["created"], done["updated"]) == ([{"subscriberId": "bob"}], [{"subscriberId": "ada"}])
    assert len(done["failed"]) == 1


@pytest.mark.parametrize(
    ("text", "status"),
    [("5", 200), ("5.0", 200), ("1e1", 200), ("1_0", 422), ("\uff15", 422), (" 5", 422), ("5\n", 422), ("0x5", 422), ("-0", 422),
     ("1e3", 422), ("NaN", 422), ("infinity", 422), ("5.5", 422), ("9" * 400, 422), ("1e999", 422), ("--5", 422), ("e", 422)],
)  # fmt: skip
def test_numbers_of_a_query(idle, text, status):
    assert idle.ask("GET", f"/v2/subscribers?limit={quote(text)}").status == status
    assert idle.ask("GET", f"/v1/topics?pageSize={quote(text)}").status == status


@pytest.mark.parametrize(
    ("path", "entries"),
    [("/v2/subscribers?limit={}", 3), ("/v1/messages?limit={}", 4), ("/v1/notifications?limit={}", 3)],
)
def test_a_page_that_would_be_too_large_is_asked_for_in_parts(make_novu, registry, monkeypatch, path, entries):
    novu = make_novu(fill(registry))
    for name in ("ada", "bob", "eve"):
        novu.good("POST", "/v2/subscribers", {"subscriberId": name, "data": {"note": "x" * 5000}}, 201)
        novu.trigger(name, payload={"firstName": "y" * 5000})
    monkeypatch.setattr("novu_core.http.shapes.sizes.MOST_ANSWER_BYTES", 12_000)
    told = is_error(novu.ask("GET", path.format(entries)), 422)
    assert "ask for fewer entries" in told["errors"]["limit"]["messages"][0]
    assert novu.ask("GET", path.format(1)).status == 200
