"""What an embedded engine has not: 405 with the way out; and what nobody has: 404. Both in Novu's error body."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conformance.novu.conftest import WITH_KEY, is_error


def sdk_operations() -> list[tuple[str, str]]:
    """Every operation of the installed novu-py, as (method, path)."""
    novu_py = pytest.importorskip("novu_py")
    found = set()
    for file in Path(novu_py.__file__).parent.rglob("*.py"):
        found |= set(re.findall(r'method="([A-Z]+)",\s*path="([^"]+)"', file.read_text("utf-8")))
    return sorted(found)


def test_every_operation_of_novu_py_is_answered_or_told_to_be_unavailable(novu):
    operations = sdk_operations()
    assert len(operations) >= 149
    for method, path in operations:
        answer = novu.ask(method, re.sub(r"{\w+}", "x-1", path), {} if method != "GET" else None)
        assert answer.status in (200, 201, 204, 400, 404, 405, 422), (method, path, answer.status)
        if answer.status == 404:
            assert "Cannot" not in answer.json["message"], (method, path)


@pytest.mark.parametrize(
    ("method", "path", "allow", "way"),
    [
        ("POST", "/v2/workflows", "GET, HEAD, OPTIONS", "workflows are code"),
        ("DELETE", "/v2/workflows/welcome", "GET, HEAD, OPTIONS", "workflows are code"),
        ("PUT", "/v2/workflows/welcome/sync", "OPTIONS", "workflows are code"),
        ("POST", "/v1/integrations", "GET, HEAD, OPTIONS", "NOVU_DELIVERY"),
        ("POST", "/v1/integrations/x/set-primary", "OPTIONS", "NOVU_DELIVERY"),
        ("GET", "/v2/layouts", "OPTIONS", "templates are Python"),
        ("GET", "/v2/translations/group/workflow/x", "OPTIONS", "templates are Python"),
        ("POST", "/v2/contexts", "OPTIONS", "context"),
        ("POST", "/v1/subscribers/a/messages/b/actions/primary", "OPTIONS", "actions are completed"),
        ("PATCH", "/v2/topics/a/subscriptions/b", "OPTIONS", "settings of its own"),
        ("GET", "/v1/tenants", "OPTIONS", "Novu's platform"),
        ("POST", "/v1/notification-templates", "OPTIONS", "workflows are code"),
        ("GET", "/v1/events/trigger", "POST, OPTIONS", "use POST"),
        ("PUT", "/v2/subscribers/ada", "GET, PATCH, DELETE, HEAD, OPTIONS", "use GET"),
        ("GET", "/v1/events/trigger/bulk", "POST, DELETE, OPTIONS", "use POST"),
        ("PROPFIND", "/v2/topics", "GET, POST, HEAD, OPTIONS", "use GET"),
    ],
)
def test_what_is_not_available_says_so_and_what_is(novu, method, path, allow, way):
    answer = novu.ask(method, path)
    body = is_error(answer, 405)
    assert body["message"].startswith(f"{method} {path} is not available")
    assert way in body["message"]
    assert body["ctx"] == {"reason": "not_available"}
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "path",
    [
        "/v1", "/v2", "/v1/", "/v1/nothing", "/v2/subscribers/a/b/c/d", "/v1/events", "/v2/events/trigger", "/v1//topics",
        "/v1/events/trigger/a/b", "/v2/topics//subscriptions", "/v1/inboxes/session", "/v2/%00", "/v1/%ff/x", "/v1/ü",
    ],
)  # fmt: skip
def test_a_path_that_novu_has_not_is_not_found(framework, make_novu, registry, path):
    novu = make_novu(registry, framework, works=False)
    for method in ("GET", "POST", "PATCH", "OPTIONS", "TRACE"):
        is_error(novu.ask(method, path), 404)
    is_error(novu.api.request("GET", path), 401)


def test_options_is_answered_with_what_the_path_allows_and_needs_no_key(framework, make_novu, registry):
    novu = make_novu(registry, framework, works=False)
    for path, allow in (("/v2/topics", "GET, POST, HEAD, OPTIONS"), ("/v2/layouts/x", "OPTIONS")):
        answer = novu.api.request("OPTIONS", path)
        assert (answer.status, answer.headers["allow"], answer.body) == (200, allow, b"{}")


def test_head_is_a_get_without_its_body(framework, make_novu, registry):
    novu = make_novu(registry, framework, works=False)
    answer = novu.ask("HEAD", "/v2/workflows")
    assert (answer.status, answer.body) == (200, b"")
    assert novu.ask("HEAD", "/v1/events/trigger").status == 405


@pytest.mark.parametrize("path", ["/v2/workflows", "/v1/environments", "/v1/integrations/active"])
def test_a_slash_at_the_end_changes_nothing_and_redirects_nowhere(framework, make_novu, registry, path):
    novu = make_novu(registry, framework, works=False)
    plain, slashed = novu.ask("GET", path), novu.ask("GET", path + "/")
    assert (plain.status, slashed.status) == (200, 200)
    assert plain.json.keys() == slashed.json.keys()
    assert novu.ask("POST", "/v1/events/trigger/", {"name": "none", "to": "a"}).status == 422


def test_the_path_of_an_error_is_the_one_asked_for(framework, make_novu, registry):
    novu = make_novu(registry, framework, works=False)
    body = is_error(novu.ask("GET", "/v2/workflows/a%20b?x=1&y=%C3%BC"), 404)
    assert body["path"] == "/api/novu/v2/workflows/a%20b?x=1&y=%C3%BC"


def test_without_a_key_or_with_a_wrong_one_nothing_is_answered(framework, make_novu, registry):
    novu = make_novu(registry, framework, works=False)
    for headers, words in (
        ({}, "Missing authorization header"),
        ({"authorization": "Basic eA=="}, 'Invalid authentication scheme: "Basic"'),
        ({"authorization": "ApiKey wrong"}, "API Key not found"),
    ):
        for method, path in (("GET", "/v2/workflows"), ("GET", "/v2/layouts"), ("POST", "/v1/events/trigger")):
            answer = novu.api.request(method, path, headers=headers)
            assert is_error(answer, 401)["message"] == words
    assert novu.api.request("GET", "/v2/workflows", headers=WITH_KEY).status == 200
