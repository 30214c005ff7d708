"""Pages of other origins: the preflight of every route, and the headers of every answer, errors too."""

from __future__ import annotations

import pytest

from tests.conformance.inbox.conftest import INBOX, hashed
from tests.conformance.inbox.test_tokens import CLOSED

UI, EVIL = "https://ui.example.org", "https://evil.example.org"
SENT = ["authorization", "content-type", "novu-api-version", "novu-application-identifier", "novu-client-version"]
PATHS = sorted({path for _, path in CLOSED} | {"/session", "/nope", ""})


def listed(answer, name):
    return {part.strip().lower() for part in answer.headers.get(name, "").split(",") if part.strip()}


def preflight(inbox, method, path, origin=UI, sent=SENT):
    headers = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": ", ".join(sent),
    }
    return inbox.api.request("OPTIONS", INBOX + path, headers=headers)


def granted(inbox, method, path, origin=UI, sent=SENT):
    """Whether a browser sends the request."""
    answer = preflight(inbox, method, path, origin, sent)
    return (
        200 <= answer.status < 300
        and answer.headers.get("access-control-allow-origin") in (origin, "*")
        and method.lower() in listed(answer, "access-control-allow-methods") | {"get", "head", "post"}
        and set(sent) <= listed(answer, "access-control-allow-headers")
    )


@pytest.mark.parametrize(
    "settings", [{"cors_origins": UI}, {"cors_origins": "*"}, {"cors": {"origins": UI, "allow_headers": ["x-own"]}}]
)
def test_every_route_grants_what_the_clients_send_without_a_token(make_inbox, framework, settings):
    inbox = make_inbox(framework=framework, **settings)
    for path in PATHS:
        for method in ("GET", "POST", "PATCH", "DELETE"):
            assert granted(inbox, method, path), (method, path)


def test_other_origins_and_other_headers_are_not_granted(make_inbox, framework):
    inbox = make_inbox(framework=framework, cors_origins=UI)
    assert not granted(inbox, "PATCH", "/notifications/x/read", EVIL)
    assert not granted(inbox, "GET", "/notifications", UI, ["x-other"])
    assert not granted(make_inbox(framework=framework), "GET", "/notifications")


def test_the_server_api_grants_no_more_than_before(make_inbox, framework):
    inbox = make_inbox(framework=framework, cors_origins=UI)
    headers = {
        "origin": UI,
        "access-control-request-method": "GET",
        "access-control-request-headers": "novu-client-version",
    }
    answer = inbox.api.request("OPTIONS", "/v2/subscribers", headers=headers)
    assert "novu-client-version" not in listed(answer, "access-control-allow-headers")


def answers(inbox, origin):
    """An answer of every kind: success, and each error."""
    headers = {"origin": origin}
    message_id = inbox.send("ada", "b")
    one = f"/notifications/{message_id}"
    yield 200, inbox.ask("ada", "GET", "/notifications", headers=headers)
    yield 200, inbox.ask("ada", "PATCH", one + "/read", headers=headers)
    yield (
        201,
        inbox.ask(
            None,
            "POST",
            "/session",
            {"applicationIdentifier": "x", "subscriber": "ada", "subscriberHash": hashed("ada")},
            headers=headers,
        ),
    )
    yield 204, inbox.ask("ada", "DELETE", one + "/delete", headers=headers)
    yield 400, inbox.ask(None, "POST", "/session", {"applicationIdentifier": "x", "subscriber": "ada"}, headers=headers)
    yield 400, inbox.ask("ada", "POST", "/notifications/read", raw=b"{", headers=headers)
    yield 401, inbox.ask(None, "GET", "/notifications", headers=headers)
    yield 402, inbox.ask("ada", "PATCH", one + "/snooze", {"snoozeUntil": "2030-01-01T00:00:00Z"}, headers=headers)
    yield 404, inbox.ask("ada", "PATCH", one + "/read", headers=headers)
    yield 404, inbox.ask(None, "PUT", "/nope", headers=headers)
    yield 413, inbox.ask("ada", "POST", "/notifications/read", raw=b" " * 2_000_000, headers=headers)
    yield 422, inbox.ask("ada", "GET", "/notifications?limit=0", headers=headers)


@pytest.mark.parametrize(("origin", "allowed"), [(UI, UI), (EVIL, None)])
def test_every_answer_says_whether_the_page_may_read_it(make_inbox, framework, origin, allowed, monkeypatch):
    inbox = make_inbox(framework=framework, cors_origins=UI)
    issue = inbox.client.inbox_tokens.issue
    for status, answer in answers(inbox, origin):
        assert answer.status == status, answer.body
        assert answer.headers.get("access-control-allow-origin") == allowed, status
        assert "origin" in listed(answer, "vary")
        assert "access-control-allow-credentials" not in answer.headers
        if status >= 400:
            assert isinstance(answer.json["message"], str)

    def broken(self, name):
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(type(inbox.client.subscribers), "get", broken)
    answer = inbox.ask(
        None, "GET", "/notifications", headers={"origin": origin, "authorization": f"Bearer {issue('ada')}"}
    )
    assert (answer.status, answer.headers.get("access-control-allow-origin")) == (500, allowed)
    assert "database" not in answer.body.decode()
    assert {"statusCode", "message", "errorId"} <= answer.json.keys()


def test_without_the_setting_no_answer_is_shared(inbox):
    answer = inbox.ask("ada", "GET", "/notifications", headers={"origin": UI})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
