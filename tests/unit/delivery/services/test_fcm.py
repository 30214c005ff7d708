"""Firebase Cloud Messaging: its tokens, its devices, its service accounts."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from novu_core.delivery import provider_from_url
from novu_core.errors import ConfigurationError, DeliveryError
from novu_core.types import Channel

cryptography = pytest.importorskip("cryptography")

from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import padding  # noqa: E402

from tests.unit.delivery.services.conftest import NOON  # noqa: E402
from tests.unit.delivery.services.devices import PEM, RSA, TOKEN, claims_of, failure  # noqa: E402


@pytest.fixture
def account(tmp_path, server):
    path = tmp_path / "account.json"

    def write(**fields):
        given = {
            "type": "service_account",
            "project_id": "shop",
            "client_email": "novu@shop.iam.gserviceaccount.com",
            "private_key": PEM,
            "token_uri": f"{server.url}/token",
            **fields,
        }
        path.write_text(json.dumps({name: value for name, value in given.items() if value is not None}))
        return path

    return write


@pytest.fixture
def fcm(account, server, clock):
    made = provider_from_url(f"fcm://?credentials={account()}&base_url={server.url}", Channel.PUSH, clock=clock)
    yield made
    made.close()


SENT = {"name": "projects/shop/messages/1"}


def test_fcm_gets_a_token_and_sends_to_each_device(fcm, server, message, clock):
    server.answers = [(200, {}, TOKEN), (200, {}, SENT)]
    delivery = fcm.send(message("device-1", "device-2", "device-1"))
    assert (delivery.id, delivery.detail) == (SENT["name"], {"status": 200, "devices": 2})
    token, *sends = server.requests
    assert token.path == "/token"
    assert token.form()["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    (assertion,) = token.form()["assertion"]

    def verify(algorithm, signature, text):
        assert algorithm == "RS256"
        RSA.public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())

    assert claims_of(assertion, verify) == {
        "iss": "novu@shop.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
        "aud": f"{server.url}/token",
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 3600,
    }
    assert [send.path for send in sends] == ["/v1/projects/shop/messages:send"] * 2
    assert {send.headers["Authorization"] for send in sends} == {"Bearer S3CRET-access"}
    assert [send.json()["message"]["token"] for send in sends] == ["device-1", "device-2"]
    assert sends[0].json()["message"]["notification"] == {"title": "Hello", "body": "Hi Ann"}


def test_a_greeting_asks_for_a_token_and_browsers_for_nothing(fcm, webpush, server):
    server.answers = [(200, {}, TOKEN)]
    fcm.greet()
    webpush.greet()
    assert [request.path for request in server.requests] == ["/token"]
    server.answer(403, b"no")
    fcm._token = None
    with pytest.raises(DeliveryError, match="answered 403"):
        fcm.greet()


def test_fcm_uses_its_token_until_a_minute_before_its_end(fcm, server, message, clock):
    server.answers = [(200, {}, TOKEN), (200, {}, SENT)]
    for _ in range(3):
        fcm.send(message("d"))
    clock.advance(timedelta(minutes=59))
    server.answers = [(200, {}, TOKEN), (200, {}, SENT)]
    fcm.send(message("d"))
    assert [request.path for request in server.requests].count("/token") == 2


def test_fcm_replaces_a_token_that_is_refused_once(fcm, server, message):
    server.answers = [(200, {}, TOKEN), (200, {}, SENT)]
    fcm.send(message("d"))
    server.answers = [(401, {}, {"error": {"message": "expired"}}), (200, {}, TOKEN), (200, {}, SENT)]
    assert fcm.send(message("d")).id == SENT["name"]
    server.answers = [(401, {}, b"no S3CRET-access")]
    assert not failure(fcm, message("d")).retriable


def test_fcm_takes_what_the_step_gives_it(fcm, server, message):
    server.answers = [(200, {}, TOKEN), (200, {}, SENT)]
    given = {"data": {"order": 7, "at": "now"}, "android": {"priority": "high"}, "notification": {"image": "https://x"}}
    fcm.send(message("d", content={"subject": "s", "body": "b", "_providers": {"fcm": given}}))
    assert server.last.json()["message"] == {
        "token": "d",
        "notification": {"title": "s", "body": "b", "image": "https://x"},
        "data": {"order": "7", "at": "now"},
        "android": {"priority": "high"},
    }


UNREGISTERED = {"error": {"code": 404, "message": "Not found.", "details": [{"errorCode": "UNREGISTERED"}]}}


def test_a_device_that_is_gone_is_told_and_the_others_count(fcm, server, message):
    server.answers = [(200, {}, TOKEN), (404, {}, UNREGISTERED), (200, {}, SENT)]
    detail = fcm.send(message("gone-" + "x" * 40, "d")).detail
    assert detail["devices"] == 1
    ((device, why),) = detail["refused"].items()
    assert device == "gone-xxx...xxxxxxxxxxxx"
    assert "404: UNREGISTERED Not found." in why


def test_where_no_device_takes_it_the_error_that_may_pass_decides(fcm, server, message):
    server.answers = [(200, {}, TOKEN), (404, {}, UNREGISTERED)]
    assert not failure(fcm, message("a", "b")).retriable
    server.answers = [(404, {}, UNREGISTERED), (429, {"Retry-After": "60"}, {"error": "x"})]
    error = failure(fcm, message("a", "b"))
    assert (error.retriable, error.retry_after) == (True, 60.0)


@pytest.mark.parametrize(
    ("answer", "retriable"),
    [
        ((200, {}, b"garbage"), True),
        ((200, {}, {"access_token": "x\r\ny", "expires_in": 1}), True),
        ((400, {}, {"error": "invalid_grant", "error_description": "x"}), False),
        ((500, {}, b""), True),
    ],
)
def test_fcm_without_a_token(fcm, server, message, answer, retriable):
    server.answers = [answer]
    assert failure(fcm, message("d")).retriable is retriable


def test_a_token_without_a_lifetime_is_not_kept(fcm, server, message):
    server.answers = [(200, {}, {"access_token": "S3CRET-x"}), (200, {}, SENT)] * 2
    fcm.send(message("d"))
    fcm.send(message("d"))
    assert [request.path for request in server.requests].count("/token") == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"private_key": None}, "the service account has no private_key"),
        ({"project_id": None}, "the service account has no project_id"),
        ({"private_key": "S3CRET"}, "its private_key is not an RSA key"),
        ({"token_uri": "ftp://x"}, "base_url must have the form"),
    ],
)
def test_service_accounts_that_are_none(account, fields, words):
    with pytest.raises(ConfigurationError) as refused:
        provider_from_url(f"fcm://?credentials={account(**fields)}", Channel.PUSH)
    assert words in str(refused.value)
    assert "S3CRET" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"), [(None, "cannot be read: No such file"), ("x", "are not JSON"), ("[]", "has no")]
)
def test_files_that_are_no_service_account(tmp_path, text, words):
    path = tmp_path / "f.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigurationError, match=words):
        provider_from_url(f"fcm://?credentials={path}", Channel.PUSH)


def test_a_project_of_the_url(account):
    assert provider_from_url(f"fcm://?credentials={account(project_id=None)}&project=x", Channel.PUSH).name == "fcm"


# Browsers.


def test_nobody_without_a_device_is_asked(webpush, fcm, message):
    for provider in (webpush, fcm):
        assert "has no device" in str(failure(provider, message()))
