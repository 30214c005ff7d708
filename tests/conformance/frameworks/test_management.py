"""The routes beside execute: health, workflows, history, controls, authentication, methods, CORS."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from datetime import datetime, timezone

import pytest
from pydantic import BaseModel

from novu_core import HealthCheckResponse, SystemClock
from tests.conformance.frameworks.conftest import KEY, MAKERS

SECURED = ["/workflows", "/workflows/hello", "/executions", "/executions/x", "/workflows/hello/controls"]


@pytest.fixture
def hello(registry):
    class Controls(BaseModel):
        text: str = "hello"

    @registry.workflow("hello", name="Hello", tags=["t"])
    def hello(step):
        step.in_app("inbox", lambda controls: {"body": controls.text}, control_schema=Controls)

    return registry


@pytest.mark.mission("F-US1.2")
@pytest.mark.mission("F-FR-003")
@pytest.mark.mission("F-US1.1")
def test_health_counts_what_is_served(make_api, hello):
    api = make_api(hello, debug=False)
    for path in ("/health", "/health/", ""):
        answer = api.get(path)
        assert answer.status == 200
        assert answer.json["status"] == "ok"
        assert answer.json["discovered"] == {"workflows": 1, "steps": 1}
        assert {"sdkVersion", "frameworkVersion"} <= answer.json.keys()


def test_workflows_describe_themselves(make_api, hello):
    api = make_api(hello)
    [item] = api.get("/workflows").json["items"]

    assert item["workflow_id"] == "hello"
    assert item["steps"][0]["type"] == "in_app"
    assert api.get("/workflows/hello").json == item
    assert HealthCheckResponse.model_validate(api.get("/health").json).discovered.steps == 1
    assert api.get("/workflows/none").status == 404


def test_a_workflow_that_can_not_be_discovered_does_not_hide_the_others(make_api, hello):
    @hello.workflow("broken")
    def broken(payload, step):
        raise RuntimeError("at discovery")

    api = make_api(hello, debug=False, strict_authentication=False)
    found = {item["workflow_id"]: item for item in api.get("/workflows").json["items"]}

    assert found["broken"]["error"] == "RuntimeError"
    assert found["hello"]["steps"]
    assert api.get("/health").json["discovered"]["workflows"] == 1


@pytest.mark.mission("P-FR-010")
def test_the_history_is_paged_and_filtered(make_api, hello):
    api = make_api(hello)
    ids = [api.execute("hello", to=f"user-{number % 2}").json["execution_id"] for number in range(5)]

    first = api.get("/executions?limit=2").json
    second = api.get(f"/executions?limit=2&cursor={first['next_cursor']}").json
    third = api.get(f"/executions?limit=2&cursor={second['next_cursor']}").json
    seen = [run["execution_id"] for page in (first, second, third) for run in page["items"]]

    assert seen == sorted(ids, reverse=True)
    assert third["next_cursor"] is None
    assert len(api.get("/executions?subscriber_id=user-1").json["items"]) == 2
    assert api.get("/executions?status=failed").json["items"] == []
    assert api.get("/executions?status=lost").status == 400
    assert api.get("/executions?limit=0").status == 400
    assert api.get("/executions?limit=many").status == 400
    assert api.get(f"/executions/{ids[0]}").json["status"] == "completed"
    assert api.get("/executions/none").status == 404


@pytest.mark.mission("D3-X5")
def test_a_failed_run_is_retried_without_repeating_what_was_done(make_api, registry):
    state = {"broken": True}

    @registry.workflow("fragile")
    def fragile(step):
        step.in_app("first", {"body": "once"})
        step.custom("second", lambda: {"ok": 1 / 0} if state["broken"] else {"ok": 1})

    api = make_api(registry)
    execution_id = api.execute("fragile").json["execution_id"]
    state["broken"] = False
    again = api.post(f"/executions/{execution_id}/retry")
    refused = api.post(f"/executions/{execution_id}/retry")

    assert again.status == 200
    assert again.json["status"] == "completed"
    assert api.novu.inbox("user-1").count() == 1
    assert refused.status == 409
    assert api.post("/executions/none/retry").status == 404


def test_runs_are_canceled_one_by_one_and_by_transaction(make_api, registry):
    @registry.workflow("slow")
    def slow(step):
        step.delay("wait", {"amount": 1, "unit": "days"})

    api = make_api(registry)
    one = api.execute("slow").json["execution_id"]
    api.execute("slow", to=["a", "b"], transaction_id="both")

    assert api.post(f"/executions/{one}/cancel").json["outcome"] == "canceled"
    assert api.post(f"/executions/{one}/cancel").status == 409
    assert api.request("DELETE", "/triggers/both").json == {"transaction_id": "both", "canceled": 2}
    assert api.request("DELETE", "/triggers/both").json["canceled"] == 0


@pytest.mark.mission("D3-C4")
@pytest.mark.mission("D3-Z3")
def test_controls_are_stored_and_only_approved_fields(make_api, hello):
    api = make_api(hello)
    path = "/workflows/hello/steps/inbox/controls"
    stored = api.request("PUT", path, json={"text": "changed"})

    assert stored.json["values"] == {"text": "changed"}
    assert api.get(path).json["schema"]["properties"]["text"]["type"] == "string"
    assert api.execute("hello").json["step_results"]["inbox"]["body"] == "changed"
    refused = api.request("PUT", path, json={"other": 1})
    assert refused.status == 400
    assert refused.json["errors"][0]["path"] == "/other"
    assert api.request("PUT", path, json={"text": 5}).status == 400
    assert api.request("PUT", "/workflows/hello/steps/none/controls", json={}).status == 404


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("ApiKey wrong", 401),
        ("Bearer " + KEY, 401),
        ("ApiKey", 401),
        ("ApiKey " + KEY, 200),
        ("apikey " + KEY, 200),
        ("ApiKey older-key", 200),
        ("ApiKey \xff", 401),
    ],
)
def test_strict_routes_want_the_api_key(make_api, hello, header, status):
    api = make_api(hello, debug=False, secret_key=[KEY, "older-key"])
    answer = api.get("/executions", headers={"authorization": header} if header else {})

    assert answer.status == status
    if status == 401:
        assert answer.headers["www-authenticate"] == "ApiKey"


@pytest.mark.parametrize("path", SECURED)
def test_without_a_secret_nothing_but_health_is_open(make_api, hello, path):
    api = make_api(hello, debug=False)
    answer = api.get(path, headers={"authorization": "ApiKey "})

    assert answer.status == 401
    assert "NOVU_SECRET_KEY" in answer.json["detail"]
    assert "--debug" in answer.json["detail"]
    assert api.get("/health").status == 200
    assert api.execute("hello").status == 401


@pytest.mark.mission("D0-10")
@pytest.mark.parametrize("keys", [["", KEY], [KEY, ""], [KEY, None], [""], [None], ""])
@pytest.mark.parametrize("header", ["ApiKey ", "ApiKey", "ApiKey None", ""])
def test_an_empty_key_of_a_rotation_list_opens_nothing(make_api, hello, keys, header):
    api = make_api(hello, debug=False, secret_key=keys)
    assert api.get("/workflows", headers={"authorization": header}).status == 401
    assert api.post("?action=execute&workflowId=hello&stepId=inbox", json={}).status == 401
    assert api.get("/workflows", headers={"authorization": f"ApiKey {KEY}"}).status == (200 if KEY in keys else 401)


def test_a_bridge_signature_opens_no_other_route(make_api, hello):
    api = make_api(hello, debug=False, secret_key=KEY)
    moment = int(time.time() * 1000)
    signature = hmac.new(KEY.encode(), f"{moment}.{{}}".encode(), hashlib.sha256).hexdigest()

    assert api.get("/executions", headers={"novu-signature": f"t={moment},v1={signature}"}).status == 401
    assert api.get("?action=discover", headers={"novu-signature": f"t={moment},v1={signature}"}).status == 200
    assert api.get("?action=discover").status == 401


@pytest.mark.mission("F-FR-008")
def test_methods_heads_and_options(make_api, hello):
    api = make_api(hello, debug=False)
    wrong = api.request("PATCH", "/health")
    preflight = api.request("OPTIONS", "/executions")
    head = api.request("HEAD", "/health")

    assert wrong.status == 405
    assert wrong.json["error_type"] == "MethodNotAllowedError"
    assert "GET" in wrong.headers["allow"]
    assert preflight.status == 200
    assert head.status == 200
    assert head.body == b""
    bridge = api.request("PUT", "")
    assert (bridge.status, bridge.json["code"]) == (405, "MethodNotAllowedError")


def test_configured_origins_may_read_the_answers(make_api, hello):
    api = make_api(hello, cors_origins=["https://ui.example.org"])
    mine = api.get("/workflows", headers={"origin": "https://ui.example.org"})
    other = api.get("/workflows", headers={"origin": "https://evil.example.org"})

    assert mine.headers["access-control-allow-origin"] == "https://ui.example.org"
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.mission("F-US2.1")
@pytest.mark.mission("F-SC-002")
@pytest.mark.mission("F-SC-003")
def test_every_framework_answers_with_the_same_bytes(hello, monkeypatch):
    monkeypatch.setattr(SystemClock, "now", lambda self: datetime(2026, 1, 5, 9, tzinfo=timezone.utc))

    @hello.workflow("boom")
    def boom(step):
        step.custom("breaks", lambda: 1 / 0)

    def walk(make):
        api = make(hello, {"store_url": "sqlite://", "worker": "none", "debug": False, "secret_key": KEY})
        key = {"authorization": f"ApiKey {KEY}"}
        requests = [
            ("POST", "/workflows/hello/execute", b'{"to": "ada", "transaction_id": "t"}'),
            ("POST", "/workflows/hello/execute", b'{"to": ["ada", "bob"], "payload": {"n": 1}}'),
            ("POST", "/workflows/boom/execute", b'{"to": "ada"}'), ("GET", "/executions?status=failed", None),
            ("GET", "/openapi.json", None), ("HEAD", "/workflows", None), ("OPTIONS", "/executions", None),
            ("GET", "/health", None), ("GET", "/workflows", None), ("GET", "/workflows/none", None),
            ("POST", "/workflows/hello/execute", b"{"), ("POST", "/workflows/hello/execute", b'{"to": ""}'),
            ("PUT", "/workflows/hello/steps/inbox/controls", b'{"x": 1}'), ("DELETE", "/triggers/t", None),
            ("GET", "/executions", None), ("PATCH", "/executions", None), ("GET", "?action=discover", None),
            ("TRACE", "/executions", None), ("TRACE", "", None),
            ("GET", "?action=health-check", None), ("POST", "?action=nope", b"{}"),
        ]  # fmt: skip
        try:
            answers = [api.request(method, path, data=data, headers=key) for method, path, data in requests]
        finally:
            api.novu.close()
        return [(answer.status, without_ids(answer)) for answer in answers]

    for flask, fastapi in zip(walk(MAKERS["flask"]), walk(MAKERS["fastapi"]), strict=True):
        assert flask == fastapi


def without_ids(answer):
    """The bytes, with ids, lines of this test and the framework's own name taken out."""
    return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}", b"ID", answer.body).replace(b'"fastapi"', b'"flask"')


def test_controls_of_a_workflow_whose_function_raises_name_the_reason(make_api, hello):
    @hello.workflow("broken")
    def broken(payload, step):
        step.email("mail", {"subject": "s", "body": "b"})
        return {}["missing"]

    api = make_api(hello)
    for answer in (
        api.get("/workflows/broken/steps/mail/controls"),
        api.execute("broken", controls={"steps": {"mail": {}}}),
    ):
        assert (answer.status, answer.json["error_type"]) == (500, "DiscoveryError")
        assert "`broken` raised KeyError: 'missing'" in answer.json["detail"]


def test_while_errors_are_exposed_a_failed_run_tells_its_fields(make_api, registry):
    @registry.workflow("w")
    def w(step):
        step.email("mail", lambda: {"subject": "s"}, on_error="stop")

    body = make_api(registry).execute("w").json
    assert body["step_id"] == "mail"
    assert body["errors"] == [{"path": "", "message": "must have required property 'body'"}]
    assert "errors" not in make_api(registry, debug=False, strict_authentication=False).execute("w").json


def test_numbers_beyond_64_bits_come_back_as_they_were(make_api, registry):
    @registry.workflow("w")
    def w(step, payload):
        step.custom("echo", lambda: payload)

    payload = {"id": 123456789012345678901234567890, "at": -(2**64)}
    answer = make_api(registry).execute("w", payload=payload)
    assert answer.json["payload"] == answer.json["step_results"]["echo"] == payload
    assert b"123456789012345678901234567890" in answer.body


def test_a_damaged_cursor_is_told_and_an_empty_one_is_none(make_api, hello):
    api = make_api(hello)
    api.execute("hello")
    assert len(api.get("/executions?cursor=").json["items"]) == 1
    answer = api.get("/executions?cursor=damaged")
    assert (answer.status, answer.json["errors"][0]["path"]) == (400, "/cursor")
