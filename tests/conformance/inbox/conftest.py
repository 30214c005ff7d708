"""The inbox API on every framework: an app with the workflows of the recorded cases, and a clock that tests move."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from novu_core import ManualClock, Registry, SystemClock
from novu_core.managers.inbox_tokens import hash_of
from novu_core.storage.server_clock import ServerClock
from tests.conformance.frameworks.conftest import KEY, MAKERS, Answer, Api, installed

BOOK = json.loads(Path(__file__).with_name("inbox-cases.json").read_text("utf-8"))
START = datetime(2026, 11, 27, 13, 47, tzinfo=timezone.utc)
"""When the cases were recorded: the times that their requests name are ahead of it or behind it."""
HEADERS = {"novu-api-version": "2024-06-26", "novu-client-version": "@novu/js@3.19.2"}
INBOX = "/v1/inbox"


def fill(registry: Registry) -> Registry:
    """The four workflows that the cases need; each brings the in-app message that its payload describes."""

    @registry.workflow("order-update", name="Order updates", tags=["orders"])
    def order_update(payload, step):
        step.in_app("note", payload)
        step.email("letter", {"subject": "s", "body": "b"}, skip=lambda: True)

    @registry.workflow("comment", name="Comments", tags=["social", "orders"], severity="medium")
    def comment(payload, step):
        step.in_app("note", payload)

    @registry.workflow("newsletter", name="Newsletter", tags=["news"], severity="low")
    def newsletter(payload, step):
        step.in_app("note", payload)
        step.email("letter", {"subject": "s", "body": "b"}, skip=lambda: True)

    @registry.workflow("security-alert", name="Security alerts", tags=["security"], severity="high", critical=True)
    def security_alert(payload, step):
        step.in_app("note", payload)

    return registry


class InboxApi:
    """An app of one framework as Novu's browser clients call it."""

    def __init__(self, api: Api, clock: ManualClock) -> None:
        self.api = api
        self.client = api.novu
        self.clock = clock

    def send(self, subscriber_id: str, body: str, workflow: str = "order-update", **content: Any) -> str:
        """Bring a message; return its id."""
        self.clock.advance(timedelta(milliseconds=5))
        result = self.client.trigger(workflow, to=subscriber_id, payload={"body": body, **content})
        assert result.status == "completed", result
        return self.client.inbox(subscriber_id).list(limit=1).items[0].message_id

    def ask(self, subscriber_id: str | None, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Send a request for a subscriber, or without a token; ``raw``: bytes in the place of the JSON body."""
        token = {} if subscriber_id is None else {"authorization": f"Bearer {self.token(subscriber_id)}"}
        headers = {**HEADERS, "content-type": "application/json", **token, **options.get("headers", {})}
        raw = options.get("raw")
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        sent = {name: value for name, value in headers.items() if value is not None}
        return self.api.request(method, INBOX + path, data=data, headers=sent)

    def good(self, subscriber_id: str | None, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Send a request that is answered as it should be; return what stands in the envelope."""
        answer = self.ask(subscriber_id, method, path, body)
        assert answer.status == status, answer.body
        assert (answer.body == b"") is (status == 204)
        return answer.json["data"] if answer.body else None

    def token(self, subscriber_id: str) -> str:
        """A subscriber's token, as the app gives it."""
        return self.client.inbox(subscriber_id).token()

    def session(self, subscriber: Any, given: str | None = None, **more: Any) -> Answer:
        """Ask for a session; ``given``: the hash."""
        body = {"applicationIdentifier": "bars-app", "subscriber": subscriber, **more}
        return self.ask(None, "POST", "/session", {**body, **({} if given is None else {"subscriberHash": given})})

    def bodies(self, subscriber_id: str, query: str = "") -> list[str]:
        """The bodies of a list."""
        return [item["body"] for item in self.good(subscriber_id, "GET", f"/notifications{query}")]

    def counts(self, subscriber_id: str, *filters: Any) -> list[int]:
        """What several filters count."""
        found = self.good(subscriber_id, "GET", f"/notifications/count?filters={quote(json.dumps(filters))}")
        return [item["count"] for item in found]


def hashed(subscriber_id: str) -> str:
    """The hash that the app's server gives out."""
    return hash_of(subscriber_id, KEY)


def is_error(answer: Answer, status: int, message: str | None = None) -> dict[str, Any]:
    """Check that an answer is Novu's error body with this status, and return it."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    body = answer.json
    assert (body["statusCode"], type(body["message"])) == (status, str)
    assert body["path"].startswith("/api/novu/v1/inbox")
    assert body["timestamp"].endswith("Z")
    assert message is None or body["message"] == message
    if "errors" in body:
        assert all(isinstance(each, str) for each in body["errors"]["general"]["messages"])
    return body


@pytest.fixture(params=sorted(MAKERS))
def framework(request) -> str:
    if request.param not in installed():
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def clock(monkeypatch) -> ManualClock:
    """The time of every app of the test."""
    clock = ManualClock(START)
    monkeypatch.setattr(SystemClock, "now", lambda self: clock.now())
    monkeypatch.setattr(ServerClock, "measure", lambda self: None)  # a server's clock cannot be moved
    return clock


@pytest.fixture
def make_inbox(clock) -> Iterator[Callable[..., InboxApi]]:
    """Make apps."""
    made: list[Api] = []

    def make(registry: Registry | None = None, framework: str = "flask", **settings: Any) -> InboxApi:
        given = {"store_url": "sqlite://", "worker": "none", "debug": False, "secret_key": KEY, **settings}
        made.append(MAKERS[framework](fill(Registry()) if registry is None else registry, given))
        return InboxApi(made[-1], clock)

    yield make
    for api in made:
        api.novu.close()


@pytest.fixture
def inbox(make_inbox) -> InboxApi:
    """The workflows of the cases under Flask."""
    return make_inbox()
