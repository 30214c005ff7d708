"""Methods, and that every framework answers with the same bytes."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest

from novu_core import SystemClock
from tests.conformance.frameworks.conftest import KEY, MAKERS, installed


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

    expected = walk(MAKERS["flask"])
    for name in installed():
        for flask, other in zip(expected, walk(MAKERS[name]), strict=True):
            assert flask == other


def without_ids(answer):
    """The bytes, with ids, lines of this test and the framework's own name taken out."""
    text = re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}", b"ID", answer.body)
    return re.sub(rb'"(fastapi|django)"', b'"flask"', text)
