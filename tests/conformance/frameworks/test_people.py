"""Subscribers over HTTP: who there is, and what decides about messages to one."""

from __future__ import annotations

import pytest


@pytest.fixture
def api(make_api, registry):
    @registry.workflow("order")
    def order(step):
        step.email("mail", {"subject": "s", "body": "b"})
        step.in_app("bell", {"body": "b"})

    @registry.workflow("code", critical=True)
    def code(step):
        step.sms("text", {"body": "b"})

    @registry.workflow("broken")
    def broken(step):
        raise KeyError("no")

    made = make_api(registry)
    made.novu.subscribers.upsert(
        {"subscriberId": "ada", "email": "ada@example.org", "firstName": "Ada", "lastName": "L"}
    )
    made.novu.subscribers.upsert({"subscriberId": "bob/1"})
    return made


def test_who_there_is(api):
    found = api.get("/subscribers").json
    assert [item["subscriber_id"] for item in found["items"]] == ["bob/1", "ada"]
    assert (found["total"], found["total_capped"], found["next_cursor"]) == (2, False, None)
    assert found["items"][1]["subscriber"]["firstName"] == "Ada"
    first = api.get("/subscribers?limit=1").json
    rest = api.get(f"/subscribers?limit=1&cursor={first['next_cursor']}").json
    assert [item["subscriber_id"] for item in first["items"] + rest["items"]] == ["bob/1", "ada"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [("email=ada@example.org", ["ada"]), ("name=Ada%20L", ["ada"]), ("subscriber_id=bob/1", ["bob/1"]), ("phone=%2B1", []),
     ("email=", 400), ("limit=0", 400), ("cursor=x", 400)],
)  # fmt: skip
def test_filters(api, query, ids):
    answer = api.get(f"/subscribers?{query}")
    if ids == 400:
        assert answer.status == 400
    else:
        assert [item["subscriber_id"] for item in answer.json["items"]] == ids


def test_what_somebody_gets(api):
    api.novu.preferences.set("ada", {"channels": {"email": {"enabled": False}}}, workflow_id="order")
    api.novu.preferences.set("ada", {"channels": {"sms": {"enabled": False}}})
    api.novu.topics.subscribe("team", "ada")
    assert api.execute("order", to="ada").status == 200
    found = api.get("/subscribers/ada").json
    assert (found["topics"], found["unread"]) == (["team"], 1)
    assert (found["reachable"]["email"], found["reachable"]["sms"]) == (True, False)
    wishes = found["preferences"]
    assert wishes["channels"]["sms"] == {"enabled": False, "rule": "subscriber_global"}
    assert wishes["workflows"] == [
        {"workflow_id": "order", "critical": False, "channels": {
            "email": {"enabled": False, "rule": "subscriber_workflow"}, "in_app": {"enabled": True, "rule": "default"}}},
        {"workflow_id": "code", "critical": True, "channels": {"sms": {"enabled": True, "rule": "critical"}}},
    ]  # fmt: skip
    assert api.get("/subscribers/nobody").status == 404
    assert api.get("/subscribers/bob%2F1").json["unread"] == 0


def test_somebody_is_exported_and_erased(api):
    assert api.execute("order", to="ada").status == 200
    told = api.get("/subscribers/ada/export").json
    assert (len(told["executions"]), told["subscriber"]["data"]["firstName"]) == (1, "Ada")
    erased = api.post("/subscribers/ada/erase").json
    assert (erased["subscriber_id"], erased["runs"]) == ("ada", 1)
    assert api.get("/subscribers/ada/export").status == api.post("/subscribers/ada/erase").status == 404
