"""Subscribers."""

from __future__ import annotations

import threading

import pytest

from tests.conformance.novu.conftest import create, fill, is_error


def names(page):
    return [item["subscriberId"] for item in page["data"]]


def listed(novu, query=""):
    answer = novu.ask("GET", "/v2/subscribers" + query)
    assert answer.status == 200, answer.body
    return answer.json


def test_one_id_one_subscriber_whoever_creates_it_at_once(idle):
    answers = []

    def send():
        answers.append(idle.ask("POST", "/v2/subscribers?failIfExists=true", {"subscriberId": "ada"}))

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    assert len({answer.json.get("_id") or answer.json["data"]["_id"] for answer in answers}) == 1


def test_the_409_is_flat_and_is_the_entity_and_changes_nothing(idle):
    create(idle, "ada", firstName="Ada")
    body = is_error(
        idle.ask("POST", "/v2/subscribers?failIfExists=true", {"subscriberId": "ada", "firstName": "X"}), 409
    )
    assert (body["subscriberId"], body["firstName"], "data" in body) == ("ada", "Ada", False)
    idle.good("POST", "/v2/topics", {"key": "t", "name": "T"}, 201)
    body = is_error(idle.ask("POST", "/v2/topics?failIfExists=true", {"key": "t", "name": "X"}), 409)
    assert (body["key"], body["name"]) == ("t", "T")
    for path in ("/v2/subscribers?failIfExists=false", "/v1/subscribers"):
        assert idle.ask("POST", path, {"subscriberId": "ada"}).status == 201


def test_null_clears_and_what_is_not_sent_stays(idle):
    create(idle, "ada", firstName="Ada", lastName="King", data={"a": 1, "b": 2})
    changed = idle.good("PATCH", "/v2/subscribers/ada", {"lastName": None, "data": {"c": 3}, "unknown": 1})
    assert (changed["firstName"], changed.get("lastName"), changed["data"]) == ("Ada", None, {"c": 3})
    assert idle.good("PATCH", "/v2/subscribers/ada", {"data": None}).get("data") in (None, {})
    assert idle.good("PUT", "/v1/subscribers/ada", {"firstName": None, "email": "a@b.c"}).get("firstName") is None
    assert idle.good("PATCH", "/v2/subscribers/ada", {})["email"] == "a@b.c"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"subscriberId": ""}, {"subscriberId": "  "}, {"subscriberId": None}, {"subscriberId": 7}, {"subscriberId": ["a"]},
        {"subscriberId": "a", "firstName": 7}, {"subscriberId": "a", "data": "x"}, {"subscriberId": "a", "data": [1]},
        {"subscriberId": "a", "timezone": "Mars/Base"}, {"subscriberId": "a", "email": {"x": 1}},
    ],
)  # fmt: skip
def test_a_subscriber_that_is_none_is_a_422_that_names_the_field(idle, body):
    for path in ("/v2/subscribers", "/v1/subscribers"):
        assert is_error(idle.ask("POST", path, body), 422)["errors"]
    assert listed(idle)["totalCount"] == 0


@pytest.mark.parametrize(
    "name", ["x" * 300, "zoë", "日本", "a'b", 'a"b', "100%", "a_b", "a b", "a+b", "a&b=c", "%41", "..", "a\\b", "😀"]
)
def test_an_id_is_any_text(idle, name):
    from urllib.parse import quote

    create(idle, name, firstName="N")
    path = f"/v2/subscribers/{quote(name, safe='')}"
    if name != "..":  # a client resolves that one before it asks
        assert idle.good("GET", path)["subscriberId"] == name
        assert idle.good("PATCH", path, {"lastName": "L"})["lastName"] == "L"
    assert names(listed(idle, f"?subscriberId={quote(name, safe='')}")) == [name]
    create(idle, "other")
    assert names(listed(idle, f"?name={quote('N L') if name != '..' else 'N'}")) == [name]


def test_an_id_with_a_slash_that_was_sent_encoded(framework, make_novu, registry):
    novu = make_novu(fill(registry), framework, works=False)
    create(novu, "js/1")
    for path in ("/v2/subscribers/js%2F1", "/v1/subscribers/js%2f1/"):
        assert novu.good("GET", path)["subscriberId"] == "js/1"
    is_error(novu.ask("GET", "/v2/subscribers/js%2F2"), 404)


def test_cursors_lead_forth_and_back_in_either_order(idle):
    for number in range(7):
        create(idle, f"s{number}")
    everybody = [f"s{number}" for number in range(7)]
    for order, expected in (("ASC", everybody), ("DESC", everybody[::-1])):
        seen, after, pages = [], "", []
        while True:
            page = listed(idle, f"?limit=3.0&orderDirection={order}{after}")
            assert (page["totalCount"], page["totalCountCapped"]) == (7, False)
            pages.append(page)
            seen += names(page)
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert seen == expected
        assert pages[0]["previous"] is None
        back = listed(idle, f"?limit=3&orderDirection={order}&before={pages[2]['previous']}")
        assert names(back) == names(pages[1])
        assert back["next"] is not None
        first = listed(idle, f"?limit=3&orderDirection={order}&before={back['previous']}")
        assert (names(first), first["previous"]) == (expected[:3], None)


def test_filters_are_exact_and_all_must_hold(idle):
    create(idle, "ada", firstName="Ada", lastName="King", email="ada@example.org", phone="+15550199")
    create(idle, "bob", firstName="Ada", email="bob@example.org")
    for query, found in [
        ("email=ada%40example.org", ["ada"]), ("email=ada", []), ("phone=%2B15550199", ["ada"]), ("name=Ada%20King", ["ada"]),
        ("name=Ada", ["bob"]), ("name=Ada%20K", []), ("subscriberId=bob&email=ada%40example.org", []), ("email=%25", []),
        ("email=", ["bob", "ada"]), ("name=_da", []),
    ]:  # fmt: skip
        page = listed(idle, f"?{query}")
        assert (names(page), page["totalCount"]) == (found, len(found)), query


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=x", "limit=1.5", "limit=-1", "limit=1e9", "after=none", "before=%00", "after=x&before=y",
        "orderDirection=UP", "includeCursor=maybe", "email=%00",
    ],
)  # fmt: skip
def test_what_no_list_can_mean_is_a_422(idle, query):
    for path in ("/v2/subscribers", "/v2/topics"):
        if "email" not in query or "subscribers" in path:
            is_error(idle.ask("GET", f"{path}?{query}"), 422)


def test_a_cursor_of_nobody_is_no_trouble(idle):
    create(idle, "ada")
    gone = "019abcde-0000-7000-8000-000000000000"
    for name in ("after", "before"):
        assert idle.ask("GET", f"/v2/subscribers?{name}={gone}").status in (200, 422)


def test_numbered_pages_end_and_may_be_beyond_the_end(idle):
    for number in range(5):
        create(idle, f"s{number}")
    page = idle.ask("GET", "/v1/subscribers?page=1.0&limit=2.0").json
    assert (page["page"], page["pageSize"], page["totalCount"], page["hasMore"], len(page["data"])) == (
        1,
        2,
        5,
        True,
        2,
    )
    assert idle.ask("GET", "/v1/subscribers?page=2&limit=2").json["hasMore"] is False
    far = idle.ask("GET", "/v1/subscribers?page=1000000&limit=100").json
    assert (far["data"], far["hasMore"]) == ([], False)
    for query in ("page=-1", "page=99999999999999999999", "limit=0"):
        is_error(idle.ask("GET", f"/v1/subscribers?{query}"), 422)


def test_bulk_tells_each_in_the_order_sent(idle):
    create(idle, "ada")
    sent = [
        {"subscriberId": "bob"},
        "x",
        {"subscriberId": "ada", "locale": "en"},
        {},
        {"subscriberId": "eve", "timezone": "No/Where"},
        {"subscriberId": "cleo"},
    ]
    done = idle.good("POST", "/v1/subscribers/bulk", {"subscribers": sent}, 201)
    assert [item["subscriberId"] for item in done["created"]] == ["bob", "cleo"]
    assert done["updated"] == [{"subscriberId": "ada"}]
    assert [item.get("subscriberId") for item in done["failed"]] == [None, None, "eve"]
    assert all(item["message"] for item in done["failed"])
    is_error(idle.ask("POST", "/v1/subscribers/bulk", {"subscribers": [{"subscriberId": "a"}] * 501}), 422)
    assert (
        len(
            idle.good(
                "POST", "/v1/subscribers/bulk", {"subscribers": [{"subscriberId": f"n{n}"} for n in range(500)]}, 201
            )["created"]
        )
        == 500
    )
    is_error(idle.ask("POST", "/v1/subscribers/bulk", {"subscribers": {}}), 422)


def test_deleting_a_subscriber_takes_what_was_theirs_and_leaves_the_runs(novu):
    create(novu, "ada", email="ada@example.org")
    novu.good("POST", "/v2/topics", {"key": "t"}, 201)
    assert novu.ask("POST", "/v2/topics/t/subscriptions", {"subscriberIds": ["ada"]}).status == 201
    novu.trigger("ada", transactionId="tx")
    assert novu.ask("GET", "/v1/messages?transactionId=tx").json["totalCount"] == 2
    assert novu.good("DELETE", "/v2/subscribers/ada") == {"acknowledged": True, "status": "deleted"}
    for path in ("", "/preferences", "/subscriptions", "/notifications"):
        is_error(novu.ask("GET", f"/v2/subscribers/ada{path}"), 404)
    is_error(novu.ask("DELETE", "/v2/subscribers/ada"), 404)
    assert novu.ask("GET", "/v1/messages?transactionId=tx").json["data"] == []
    assert novu.ask("GET", "/v2/topics/t/subscriptions").json["data"] == []
    [run] = novu.ask("GET", "/v1/notifications?transactionId=tx").json["data"]
    assert ("subscriber" in run, run["_subscriberId"]) == (False, "ada")
