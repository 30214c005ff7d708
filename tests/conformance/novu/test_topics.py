"""Topics and memberships."""

from __future__ import annotations

import pytest

from tests.conformance.novu.conftest import fill, is_error


@pytest.fixture
def idle(make_novu, registry):
    novu = make_novu(fill(registry), works=False)
    for name in ("ada", "bob", "cleo"):
        novu.good("POST", "/v2/subscribers", {"subscriberId": name, "firstName": name.title()}, 201)
    return novu


def subscribe(novu, key, *names, status=201):
    answer = novu.ask("POST", f"/v2/topics/{key}/subscriptions", {"subscriberIds": list(names)})
    assert answer.status == status, answer.body
    return answer.json


def test_a_topic_is_made_once_and_a_name_that_is_not_sent_stays(idle):
    made = idle.good("POST", "/v2/topics", {"key": "t", "name": "T"}, 201)
    again = idle.good("POST", "/v2/topics", {"key": "t"}, 200)
    assert (again["_id"], again["name"]) == (made["_id"], "T")
    assert idle.good("POST", "/v2/topics", {"key": "t", "name": None}, 200)["name"] == "T"
    assert idle.good("PATCH", "/v2/topics/t", {"name": "U"})["name"] == "U"
    assert idle.good("PATCH", "/v2/topics/t", {})["name"] == "U"


@pytest.mark.parametrize("key", ["a", "A-z_0:9.x", "x" * 300, "ada@example.org"])
def test_keys_that_can_be(idle, key):
    assert idle.good("POST", "/v2/topics", {"key": key}, 201)["key"] == key
    assert subscribe(idle, key.replace("@", "%40"), "ada")["meta"]["successful"] == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "a/b", "ü", "a'b", "%", "a?b", "@", "a@"])
def test_keys_that_cannot_be_are_a_400(idle, key):
    from urllib.parse import quote

    is_error(idle.ask("POST", "/v2/topics", {"key": key}), 400)
    is_error(idle.ask("POST", "/v1/topics", {"key": key, "name": "n"}), 400)
    if key.strip():
        is_error(idle.ask("POST", f"/v2/topics/{quote(key, safe='')}/subscriptions", {"subscriberIds": ["ada"]}), 400)
        is_error(idle.ask("GET", f"/v2/topics/{quote(key, safe='')}"), 404)


@pytest.mark.parametrize("body", [{}, {"key": None}, {"key": 5}, {"key": "t", "name": 5}, {"key": ["t"]}])
def test_a_topic_of_another_form_is_a_422(idle, body):
    is_error(idle.ask("POST", "/v2/topics", body), 422)


def test_joining_makes_the_topic_and_joining_again_is_the_same_membership(idle):
    first = subscribe(idle, "new", "ada", "ada")
    again = subscribe(idle, "new", "ada")
    assert (first["meta"], first["data"]) == ({"totalCount": 1, "successful": 1, "failed": 0}, again["data"])
    assert "errors" not in first
    assert idle.good("GET", "/v2/topics/new")["key"] == "new"


@pytest.mark.parametrize(
    "body",
    [
        {"subscriberIds": ["ada", "bob"]}, {"subscriptions": ["ada", "bob"]}, {"subscriptions": ["ada", {"subscriberId": "bob", "name": "n"}]},
        {"subscriptions": [{"identifier": "tk_t:si_ada", "subscriberId": "ada"}, {"subscriberId": "bob", "identifier": "x"}]},
    ],
)  # fmt: skip
def test_every_form_of_naming_members(idle, body):
    for method, status in (("POST", 201), ("DELETE", 200)):
        answer = idle.ask(method, "/v2/topics/t/subscriptions", body)
        assert answer.status == status, answer.body
        assert [item["subscriber"]["subscriberId"] for item in answer.json["data"]] == ["ada", "bob"]


def test_leaving_by_the_identifier_of_the_membership(idle):
    [membership] = subscribe(idle, "t", "ada")["data"]
    body = {"subscriptions": [{"identifier": membership["identifier"]}]}
    assert idle.ask("DELETE", "/v2/topics/t/subscriptions", body).json["meta"]["successful"] == 1


def test_partial_success_tells_who_failed_and_none_at_all_is_a_400(idle):
    done = subscribe(idle, "t", "ada", "nobody", "", "bob")
    assert done["meta"] == {"totalCount": 4, "successful": 2, "failed": 2}
    assert [(item["subscriberId"], item["code"]) for item in done["errors"]] == [
        ("nobody", "SUBSCRIBER_NOT_FOUND"),
        ("", "SUBSCRIBER_NOT_FOUND"),
    ]
    told = is_error(idle.ask("POST", "/v2/topics/t/subscriptions", {"subscriberIds": ["no", "body"]}), 400)
    assert (told["data"], told["meta"]["failed"], len(told["errors"])) == ([], 2, 2)
    left = idle.ask("DELETE", "/v2/topics/t/subscriptions", {"subscriberIds": ["ada", "cleo"]}).json
    assert (left["meta"]["successful"], left["errors"][0]["code"]) == (1, "SUBSCRIPTION_NOT_FOUND")
    told = is_error(idle.ask("DELETE", "/v2/topics/t/subscriptions", {"subscriberIds": ["ada"]}), 400)
    assert told["errors"][0]["code"] == "SUBSCRIPTION_NOT_FOUND"
    is_error(idle.ask("DELETE", "/v2/topics/none/subscriptions", {"subscriberIds": ["ada"]}), 404)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"subscriberIds": []},
        {"subscriberIds": [f"s{n}" for n in range(101)]},
        {"subscriberIds": "ada"},
        {"subscriberIds": [5]},
        {"subscriptions": [5]},
        {"subscriptions": []},
    ],
)
def test_1_to_100_members_at_once(idle, body):
    idle.good("POST", "/v2/topics", {"key": "t"}, 201)
    for method in ("POST", "DELETE"):
        is_error(idle.ask(method, "/v2/topics/t/subscriptions", body), 422)


def test_lists_of_members_and_of_topics(idle):
    subscribe(idle, "t", "ada", "bob", "cleo")
    subscribe(idle, "u", "ada")
    first = idle.ask("GET", "/v2/topics/t/subscriptions?limit=2").json
    second = idle.ask("GET", f"/v2/topics/t/subscriptions?limit=2&after={first['next']}").json
    assert (first["totalCount"], first["previous"], second["next"]) == (3, None, None)
    found = [item["subscriber"]["subscriberId"] for item in (*first["data"], *second["data"])]
    assert sorted(found) == ["ada", "bob", "cleo"]
    [only] = idle.ask("GET", "/v2/topics/t/subscriptions?subscriberId=bob").json["data"]
    assert (only["subscriber"]["subscriberId"], only["topic"]["key"]) == ("bob", "t")
    assert [item["topic"]["key"] for item in idle.ask("GET", "/v2/subscribers/ada/subscriptions").json["data"]] == [
        "u",
        "t",
    ]
    assert [
        item["topic"]["key"] for item in idle.ask("GET", "/v2/subscribers/ada/subscriptions?key=t").json["data"]
    ] == ["t"]
    is_error(idle.ask("GET", "/v2/topics/none/subscriptions"), 404)
    is_error(idle.ask("GET", "/v2/subscribers/none/subscriptions"), 404)
    assert [item["key"] for item in idle.ask("GET", "/v2/topics?orderDirection=ASC").json["data"]] == ["t", "u"]


def test_one_membership_in_the_older_form(idle):
    subscribe(idle, "t", "ada")
    found = idle.good("GET", "/v1/topics/t/subscribers/ada")
    assert (found["topicKey"], found["externalSubscriberId"]) == ("t", "ada")
    assert found["_subscriberId"] == idle.good("GET", "/v2/subscribers/ada")["_id"]
    assert found["_topicId"] == idle.good("GET", "/v2/topics/t")["_id"]
    for path in ("t/subscribers/bob", "t/subscribers/none", "none/subscribers/ada"):
        is_error(idle.ask("GET", f"/v1/topics/{path}"), 404)


def test_deleting_a_topic_takes_its_memberships(idle):
    subscribe(idle, "t", "ada")
    assert idle.good("DELETE", "/v2/topics/t") == {"acknowledged": True}
    for method, path in (("DELETE", "/v2/topics/t"), ("PATCH", "/v2/topics/t"), ("DELETE", "/v1/topics/t")):
        is_error(idle.ask(method, path, {"name": "x"}), 404)
    assert idle.ask("GET", "/v2/subscribers/ada/subscriptions").json["data"] == []


def test_the_older_routes(idle):
    assert set(idle.good("POST", "/v1/topics", {"key": "t", "name": "T"}, 201)) == {"_id", "key"}
    done = idle.good("POST", "/v1/topics/t/subscribers", {"subscribers": ["ada", "none", "bob"]})
    assert done == {"succeeded": ["ada", "bob"], "failed": {"notFound": ["none"]}}
    assert idle.good("POST", "/v1/topics/t/subscribers", {"subscribers": ["ada"]}) == {"succeeded": ["ada"]}
    assert idle.good("GET", "/v1/topics/t")["subscribers"] == ["ada", "bob"]
    assert idle.good("PATCH", "/v1/topics/t", {"name": "U"})["name"] == "U"
    assert idle.good("POST", "/v1/topics/t/subscribers/removal", {"subscribers": ["ada", "none"]}, 204) is None
    page = idle.ask("GET", "/v1/topics?page=0&pageSize=5&key=t").json
    assert (page["totalCount"], page["pageSize"], page["data"][0]["key"]) == (1, 5, "t")
    is_error(idle.ask("POST", "/v1/topics/none/subscribers/removal", {"subscribers": []}), 404)
    is_error(idle.ask("POST", "/v1/topics/t/subscribers", {}), 422)
    assert idle.good("DELETE", "/v1/topics/t", status=204) is None


def test_a_large_topic(idle):
    names = [f"s{number}" for number in range(300)]
    idle.good("POST", "/v1/subscribers/bulk", {"subscribers": [{"subscriberId": name} for name in names]}, 201)
    for at in range(0, 300, 100):
        assert subscribe(idle, "big", *names[at : at + 100])["meta"]["successful"] == 100
    page = idle.ask("GET", "/v2/topics/big/subscriptions?limit=100").json
    assert (page["totalCount"], len(page["data"])) == (300, 100)
    assert len(idle.good("GET", "/v1/topics/big")["subscribers"]) == 300
