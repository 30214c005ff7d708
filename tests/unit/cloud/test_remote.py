"""Calls of Novu's API: what is sent, tried again and told."""

from __future__ import annotations

import httpx
import pytest
from pydantic import BaseModel

from novu_core import Client, Registry, Settings
from novu_core.cloud import dispatch
from novu_core.cloud.remote import Remote
from novu_core.errors import (
    ConfigurationError,
    PayloadInvalidError,
    RecipientInvalidError,
    RemoteError,
    ValidationError,
)
from tests.conformance.bridge.fake_api import fake_api


class Api:
    """httpx with scripted answers; keeps what it was sent."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    def request(self, method, url, *, headers, timeout, json=None):
        assert timeout
        self.sent.append((method, url, headers["Authorization"], json))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return httpx.Response(status, json=body, request=httpx.Request(method, url))


def remote(*answers):
    api, pauses = Api(*answers), []
    return Remote("https://api.example.org/", "key", pause=pauses.append, http=api), api, pauses


OK = (201, {"data": {"acknowledged": True, "transactionId": "t"}})


def test_network_errors_and_5xx_are_tried_again_with_the_same_transaction_id():
    made, api, pauses = remote(httpx.ConnectError("down"), (503, {}), OK)
    assert made.trigger({"name": "w", "to": "ada", "payload": {}, "transactionId": "t"})["data"]["acknowledged"]
    assert [json["transactionId"] for _, _, _, json in api.sent] == ["t"] * 3
    assert api.sent[0][:3] == ("POST", "https://api.example.org/v1/events/trigger", "ApiKey key")
    assert len(pauses) == 2


@pytest.mark.parametrize("answers", [[httpx.ReadTimeout("slow")] * 3, [(500, {"message": "no"})] * 3])
def test_three_failures_are_a_remote_error(answers):
    made, api, _ = remote(*answers)
    with pytest.raises(RemoteError):
        made.trigger({"transactionId": "t"})
    assert len(api.sent) == 3


def test_a_refusal_is_not_tried_again_and_tells_why():
    made, api, _ = remote((401, {"message": "Unauthorized key"}))
    with pytest.raises(RemoteError, match="Unauthorized key") as caught:
        made.trigger({})
    assert caught.value.status_code == 401
    assert len(api.sent) == 1


def test_cancel_names_the_transaction():
    made, api, _ = remote((200, {"data": True}))
    made.cancel("t-1")
    assert api.sent[0][:2] == ("DELETE", "https://api.example.org/v1/events/trigger/t-1")


def test_no_key_tells_the_fix():
    with pytest.raises(ConfigurationError, match="NOVU_SECRET_KEY"):
        Remote("https://api.example.org", None)


def test_the_bridges_origin_goes_along(monkeypatch):
    monkeypatch.setenv("NOVU_BRIDGE_ORIGIN", "https://app.example.org")
    made, api, _ = remote(OK)
    made.trigger({"name": "w"})
    assert api.sent[0][3]["bridgeUrl"] == "https://app.example.org/api/novu"


def test_dispatch_to_the_cloud_posts_what_the_npm_package_posts(monkeypatch):
    registry = Registry()

    class Payload(BaseModel):
        name: str
        count: int = 1

    @registry.workflow("w")
    def w(payload: Payload, step):
        step.in_app("a", {"body": payload.name})

    seen = []
    with fake_api() as url:
        settings = Settings(dispatch="cloud", api_url=url, secret_key="key", worker="none")
        with Client(settings, registry) as client:
            spy = Remote(url, "key")
            monkeypatch.setattr(spy, "trigger", lambda body, trigger=spy.trigger: seen.append(trigger(body)))
            monkeypatch.setattr(dispatch, "remote", lambda settings: spy)
            result = w.trigger(to={"subscriberId": "ada"}, payload={"name": "A"}, transaction_id="t", actor="ben")
            with pytest.raises(PayloadInvalidError):
                w.trigger(to="ada", payload={})
            assert client.cancel("t") == 1
            assert client.engine.parts.store.next_due(["w"]) is None
    assert result.transaction_id == "t"
    [answer] = seen
    assert answer["_seen"]["headers"]["authorization"] == "ApiKey key"
    assert answer["_seen"]["body"] == {
        "name": "w", "to": {"subscriberId": "ada"}, "payload": {"name": "A", "count": 1}, "transactionId": "t",
        "actor": "ben",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"to": ""}, RecipientInvalidError), ({"to": 5}, RecipientInvalidError), ({"to": object()}, RecipientInvalidError),
        ({"to": "ada", "transaction_id": 7}, RecipientInvalidError), ({"to": "ada", "overrides": "x"}, ValidationError),
        ({"to": "ada", "actor": ""}, RecipientInvalidError), ({"to": "ada", "typo": 1}, TypeError),
    ],
)  # fmt: skip
def test_what_novu_would_refuse_is_not_sent(given, error):
    registry, sent = Registry(), []

    @registry.workflow("w")
    def w(step):
        step.in_app("a", {"body": "b"})

    with Client(Settings(dispatch="cloud", secret_key="key", worker="none"), registry) as client:
        client.remote = lambda: type("Spy", (), {"trigger": lambda self, body: sent.append(body)})()
        with pytest.raises(error):
            client.trigger(w, **given)
    assert sent == []
