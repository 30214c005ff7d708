"""Suppressed addresses over HTTP."""

from __future__ import annotations

import pytest

from tests.conformance.frameworks.conftest import KEY


@pytest.fixture
def api(make_api, registry):
    registry.workflow("news")(lambda step: step.email("mail", {"subject": "s", "body": "b"}))
    return make_api(registry)


def test_an_address_is_added_shown_listed_and_removed(api):
    made = api.post("/suppressions", json={"address": "Ada <ada@EXAMPLE.org>", "reason": "asked by phone"})
    assert made.status == 200
    assert (made.json["address"], made.json["reason"], made.json["detail"]) == (
        "ada@example.org",
        "asked by phone",
        None,
    )
    assert api.get("/suppressions/ada@example.org").json == api.get("/suppressions/ada%40example.org").json == made.json
    api.post("/suppressions", json={"address": "bob@example.org"})
    page = api.get("/suppressions?limit=1").json
    assert ([item["reason"] for item in page["items"]], page["total"]) == (["manual"], 2)
    assert api.get(f"/suppressions?limit=1&cursor={page['next_cursor']}").json["items"] == [made.json]
    run = api.execute("news", to={"subscriberId": "ada", "email": "ada@example.org"}).json
    reason = f"suppressed: asked by phone ({made.json['created_at'][:10]})"
    assert (run["status"], run["steps"][0]["reason"]) == ("completed", reason)
    assert api.get(f"/executions/{run['execution_id']}").json["steps"][0]["reason"] == reason
    assert api.request("DELETE", "/suppressions/ada@example.org").json == {"removed": "ada@example.org"}
    gone = api.request("DELETE", "/suppressions/ada@example.org")
    assert (gone.status, gone.json["error_type"]) == (404, "SuppressionNotFoundError")
    assert "ada@example.org" in gone.json["detail"]
    assert api.get("/suppressions/ada@example.org").status == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"address": "ada"}, {"address": 5}, {"address": None}, {"address": "a@b.c", "reason": " "}, {"address": "a@b.c", "x": 1},
     {"address": "a@b.c", "reason": "a\nb"}, {"address": ["a@b.c"]}, []],
)  # fmt: skip
def test_what_is_wrong_is_named(api, body):
    answer = api.post("/suppressions", json=body)
    assert (answer.status, bool(answer.json["errors"])) == (400, True)
    assert api.get("/suppressions").json["total"] == 0


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=x"])
def test_a_page_that_is_none(api, query):
    assert api.get(f"/suppressions?{query}").status == 400
    assert api.get("/suppressions/ada").status == 400


def test_the_key_opens_them(make_api, registry):
    api = make_api(registry, secret_key=KEY, strict_authentication=True)
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/a@b.c"), ("DELETE", "/a@b.c")):
        assert api.request(method, f"/suppressions{path}").status == 401
    assert api.get("/suppressions", headers={"authorization": f"ApiKey {KEY}"}).status == 200
