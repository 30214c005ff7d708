"""Signed webhooks, as https://www.standardwebhooks.com has them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timezone

import pytest

from novu_core.clock import ManualClock
from novu_core.delivery import Webhook
from novu_core.delivery.webhook_signature import WebhookSigner, without_secrets
from novu_core.errors import ConfigurationError
from tests.unit.delivery.web_servers import web

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER = "whsec_" + base64.b64encode(bytes(range(200, 232))).decode()


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def verified(secret, headers, body):
    """What a library of the specification checks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split(" ")


def test_the_example_of_the_specification():
    body = b'{"test": 2432232314}'
    headers = WebhookSigner([SECRET]).headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, timezone.utc), body
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_secret_signs_and_none_is_sent_on(make_message):
    with web() as server:
        url = f"{server.url}/hook?a=1&secret={SECRET}&secret={OLDER}&secret=mine"
        webhook = Webhook(url, clock=ManualClock(NOON))
        for _ in range(2):
            webhook.send(make_message(idempotency_key="run-1:order.paid"))
        webhook.close()
    first, second = server.requests
    assert first.path == "/hook?a=1&secret=mine"
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "run-1:order%2Epaid"
    assert first.headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert len(first.headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, OLDER):
        assert verified(secret, first.headers, first.body)
    assert not verified(SECRET, first.headers, first.body + b" ")
    assert not verified("whsec_" + "A" * 32, first.headers, first.body)


def test_without_a_secret_nothing_is_signed(make_message):
    with web() as server:
        webhook = Webhook(server.url)
        webhook.send(make_message())
        webhook.close()
    assert not [name for name in server.last.headers if name.lower().startswith("webhook-")]


def test_secrets_as_an_argument(make_message):
    with web() as server:
        webhook = Webhook(server.url, secrets=[SECRET])
        webhook.send(make_message())
        webhook.close()
    assert verified(SECRET, server.last.headers, server.last.body)


@pytest.mark.parametrize(
    ("url", "left", "secrets"),
    [
        ("https://x/y", "https://x/y", []),
        ("https://x/y?secret=plain", "https://x/y?secret=plain", []),
        ("https://x/y?secret=whsec_a%2Bb", "https://x/y", ["whsec_a+b"]),
        ("https://x/y?secret=whsec_a+b=&z=%20&secret=whsec_c#f", "https://x/y?z=%20#f", ["whsec_a+b=", "whsec_c"]),
    ],
)
def test_which_options_are_secrets(url, left, secrets):
    assert without_secrets(url) == (left, secrets)


@pytest.mark.parametrize(
    "secret",
    ["", "plain", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "whsec_" + "A" * 100, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
)
def test_what_is_not_a_secret_is_refused_and_not_told(secret):
    with pytest.raises(ConfigurationError, match="whsec_ followed by the base64 of 24 to 64 random bytes") as refused:
        Webhook("https://x.example", secrets=[secret])
    assert not secret.removeprefix("whsec_") or secret not in str(refused.value)
