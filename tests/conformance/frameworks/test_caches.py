"""What a cache between may keep: health and the OpenAPI document, and no answer of one origin for another one's page."""

from __future__ import annotations

import hashlib
import hmac
import time

import pytest

from tests.conformance.frameworks.conftest import KEY

UI, EVIL = "https://ui.example.org", "https://evil.example.org"
AUTHORIZED = {"authorization": f"ApiKey {KEY}"}


def directives(answer):
    return answer.headers.get("cache-control", "").lower().replace(" ", "").split(",")


def signed():
    now = int(time.time() * 1000)
    digest = hmac.new(KEY.encode(), f"{now}.{{}}".encode(), hashlib.sha256).hexdigest()
    return {"novu-signature": f"t={now},v1={digest}"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/executions", 200),
        ("HEAD", "/executions", 200),
        ("GET", "/workflows", 200),
        ("GET", "/workflows/hello/controls", 200),
        ("OPTIONS", "/executions", 200),
        ("GET", "/executions/nobody", 404),
        ("GET", "/nothing/here", 404),
        ("GET", "/executions%2Fx", 404),
        ("DELETE", "/executions", 405),
        ("PUT", "/health", 405),
        ("DELETE", "/triggers/t", 200),
        ("GET", "?action=nothing", 400),
    ],
)
def test_no_cache_keeps_an_answer(make_api, hello, method, path, status):
    api = make_api(hello, debug=False, secret_key=KEY)
    answer = api.request(method, path, headers={**AUTHORIZED, **signed()})
    assert (answer.status, directives(answer)) == (status, ["no-store"])


def test_no_cache_keeps_a_run_or_a_refusal(make_api, hello):
    api = make_api(hello, debug=False, secret_key=KEY)
    ran = api.post("/workflows/hello/execute", json={"to": "ada"}, headers=AUTHORIZED)
    assert (ran.status, directives(ran)) == (200, ["no-store"])
    shown = api.get("/executions/" + ran.json["execution_id"], headers=AUTHORIZED)
    assert (shown.status, directives(shown)) == (200, ["no-store"])
    for path in ("/executions", "?action=discover", "/workflows/hello"):
        refused = api.get(path)
        assert (refused.status, directives(refused)) == (401, ["no-store"])


@pytest.mark.parametrize("action", ["discover", "code&workflowId=hello"])
def test_no_cache_keeps_what_the_bridge_tells(make_api, hello, action):
    api = make_api(hello, debug=False, secret_key=KEY)
    answer = api.get(f"?action={action}", headers=signed())
    assert (answer.status, directives(answer)) == (200, ["no-store"])


@pytest.mark.parametrize("path", ["/health", "/openapi.json"])
def test_what_is_everybodys_may_be_kept(make_api, hello, path):
    answer = make_api(hello, debug=False, secret_key=KEY).get(path)
    assert (answer.status, answer.headers.get("cache-control")) == (200, None)


@pytest.mark.parametrize("settings", [{"cors_origins": UI}, {"cors_origins": [UI, "https://b.example.org"]},
                                      {"cors": {"origins": UI, "supports_credentials": True}}, {"cors_origins": "*"}])  # fmt: skip
@pytest.mark.parametrize("origin", [None, UI, EVIL])
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/executions", AUTHORIZED),
        ("GET", "/executions", {}),
        ("GET", "/health", {}),
        ("HEAD", "/openapi.json", {}),
        ("GET", "/nothing", {}),
        ("DELETE", "/executions", AUTHORIZED),
        ("OPTIONS", "/executions", {}),
        ("OPTIONS", "/executions", {"access-control-request-method": "GET"}),
    ],
)
def test_an_answer_depends_on_who_asks(make_api, hello, settings, origin, method, path, headers):
    api = make_api(hello, debug=False, secret_key=KEY, **settings)
    answer = api.request(method, path, headers={**headers, **({"origin": origin} if origin else {})})
    varies = [name.strip().lower() for name in answer.headers.get("vary", "").split(",")]
    assert varies.count("origin") == 1


def test_without_other_origins_answers_are_the_same_for_all(make_api, hello):
    answer = make_api(hello).get("/health", headers={"origin": UI})
    assert "origin" not in answer.headers.get("vary", "").lower()
