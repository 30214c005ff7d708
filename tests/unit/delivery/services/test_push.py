"""Push services: FCM v1 and browsers."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from novu_core.clock import ManualClock
from novu_core.delivery import provider_from_url
from novu_core.errors import ConfigurationError, DeliveryError
from novu_core.types import Channel
from tests.unit.delivery.test_endless_answers import BODIES, saying

cryptography = pytest.importorskip("cryptography")

from cryptography.exceptions import InvalidSignature  # noqa: E402  # it is not here without the extra
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: E402

from novu_core.delivery.services import crypto  # noqa: E402

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = RSA.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
VAPID = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
TOKEN = {"access_token": "S3CRET-access", "expires_in": 3600, "token_type": "Bearer"}


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token, verify):
    """The claims of a JSON Web Token whose signature is right."""
    head, body, signature = token.split(".")
    verify(json.loads(unb64(head))["alg"], unb64(signature), f"{head}.{body}".encode())
    return json.loads(unb64(body))


@pytest.fixture
def clock():
    return ManualClock(NOON)


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


@pytest.fixture
def message(make_message):
    def make(*tokens, provider="fcm", **fields):
        channels = [{"providerId": provider, "credentials": {"deviceTokens": list(tokens)}}] if tokens else []
        ann = SimpleNamespace(subscriber_id="ann", email=None, phone=None, data={}, channels=channels)
        return make_message(**{"channel": "push", "to": None, "subscriber": ann, **fields})

    return make


def failure(provider, message):
    with pytest.raises(DeliveryError) as failed:
        provider.send(message)
    assert "S3CRET" not in f"{failed.value} {failed.value.__cause__!r}"
    return failed.value


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
        ({"token_uri": "ftp://x"}, "base_url must be like"),
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


class Browser:
    """A subscription, and what can read its messages (RFC 8291, with another implementation of its steps)."""

    def __init__(self, endpoint="https://push.example/send/1"):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = bytes(range(16))
        self.public = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": crypto.b64url(self.public), "auth": crypto.b64url(self._secret)}
        self.token = json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys})

    def read(self, body):
        salt, size, sender, sealed = body[:16], body[20], body[21:86], body[86:]
        assert (int.from_bytes(body[16:20], "big"), size) == (4096, 65)
        shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))

        def derived(secret, salt, info, length):
            return HKDF(hashes.SHA256(), length, salt, info).derive(secret)

        seed = derived(shared, self._secret, b"WebPush: info\0" + self.public + sender, 32)
        key = derived(seed, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derived(seed, salt, b"Content-Encoding: nonce\0", 12)
        text = AESGCM(key).decrypt(nonce, sealed, None)
        assert text[-1:] == b"\2"
        return json.loads(text[:-1])


@pytest.fixture
def webpush(server, clock):
    url = f"webpush://{VAPID}@?subject=mailto:me@example.org&base_url={server.url}"
    made = provider_from_url(url, Channel.PUSH, clock=clock)
    yield made
    made.close()


def test_the_example_of_the_specification():
    sealed = crypto.encrypted(
        b"When I grow up, I want to be a watermelon",
        unb64("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        unb64("BTBZMqHH6r4Tts7J_aSIgg"),
        sender=crypto.ec_key(unb64(VAPID)),
        salt=unb64("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert crypto.b64url(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("provider", ["webpush", "push-webhook"])
def test_a_browser_reads_its_message(webpush, server, message, provider):
    server.answers = [(201, {"Location": "https://push.example/m/1"}, b"")]
    browser = Browser()
    fields = {"to": browser.token} if provider == "push-webhook" else {}
    delivery = webpush.send(message(browser.token, provider=provider, **fields))
    assert (delivery.id, delivery.detail) == ("https://push.example/m/1", {"status": 201, "devices": 1})
    request = server.last
    assert request.path == "/send/1"
    assert (request.headers["Content-Encoding"], request.headers["TTL"]) == ("aes128gcm", "86400")
    assert browser.read(request.body) == {"title": "Hello", "body": "Hi Ann"}
    told, _, key = request.headers["Authorization"].removeprefix("vapid t=").partition(", k=")
    assert key == webpush.public_key
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(key))

    def verify(algorithm, signature, text):
        assert (algorithm, len(signature)) == ("ES256", 64)
        numbers = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
        public.verify(utils.encode_dss_signature(*numbers), text, ec.ECDSA(hashes.SHA256()))
        with pytest.raises(InvalidSignature):
            public.verify(utils.encode_dss_signature(1, 2), text, ec.ECDSA(hashes.SHA256()))

    assert claims_of(told, verify) == {
        "aud": "https://push.example",
        "exp": int(NOON.timestamp()) + 43_200,
        "sub": "mailto:me@example.org",
    }


def test_the_step_gives_more_for_browsers(webpush, server, message):
    browser = Browser()
    content = {"subject": "s", "body": "b", "_providers": {"webpush": {"icon": "/i.png", "data": {"n": 1}}}}
    webpush.send(message(browser.token, provider="webpush", content=content))
    assert browser.read(server.last.body) == {"title": "s", "body": "b", "icon": "/i.png", "data": {"n": 1}}


@pytest.mark.parametrize(("status", "retriable"), [(404, False), (410, False), (413, False), (429, True), (503, True)])
def test_what_push_services_refuse(webpush, server, message, status, retriable):
    server.answers = [(status, {"Retry-After": "9"}, b"no")]
    error = failure(webpush, message(Browser().token, provider="webpush"))
    assert (error.retriable, error.retry_after) == (retriable, 9.0)


def test_a_message_too_long_for_browsers(webpush, server, message):
    room = crypto.LONGEST - len(json.dumps({"title": "", "body": ""}))
    server.answer(201)
    webpush.send(message(Browser().token, provider="webpush", content={"body": "x" * room}))
    assert len(server.last.body) == 4096
    error = failure(webpush, message(Browser().token, provider="webpush", content={"body": "x" * (room + 1)}))
    assert "a browser takes 3993" in str(error)
    assert not error.retriable


@pytest.mark.parametrize(
    "token",
    [
        "device",
        "[]",
        "{}",
        '{"endpoint": "https://push.example/1"}',
        '{"endpoint": "https://push.example/1", "keys": {"p256dh": "!", "auth": "x"}}',
        '{"endpoint": "https://push.example/1", "keys": {"p256dh": 7, "auth": null}}',
        *(json.dumps({**json.loads(Browser().token), "endpoint": endpoint})
          for endpoint in ("http://push.example", "https://u@push.example", "https://push.example:8443", "https://", 7,
                           "https://push.example/ x", "https://push.example/\r\nX: y", "https://[")),
        *(json.dumps({"endpoint": "https://push.example", "keys": keys})
          for keys in ({"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
                       {"p256dh": crypto.b64url(Browser().public), "auth": "AAAA"})),
    ],
)  # fmt: skip
def test_what_is_no_subscription_is_not_asked(webpush, server, message, token):
    error = failure(webpush, message(token, provider="webpush"))
    assert not error.retriable
    assert "was not asked" in str(error)
    assert server.requests == []


@pytest.mark.parametrize(
    "endpoint", ["https://127.0.0.1/x", "https://10.0.0.1/x", "https://169.254.169.254/x", "https://[::1]/"]
)
def test_a_subscription_inside_the_network_is_not_asked(message, endpoint, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    provider = provider_from_url(f"webpush://{VAPID}@?subject=mailto:me@example.org", Channel.PUSH)
    error = failure(provider, message(Browser(endpoint).token, provider="webpush"))
    assert not error.retriable
    assert "nothing is sent there" in str(error)
    assert repr(provider) == "<WebPush>"


def test_nobody_without_a_device_is_asked(webpush, fcm, message):
    for provider in (webpush, fcm):
        assert "has no device" in str(failure(provider, message()))


def test_answers_without_end(message, clock):
    with saying(BODIES["a body without end"]) as port:
        url = f"webpush://{VAPID}@?subject=mailto:me@example.org&base_url=http://127.0.0.1:{port}&timeout=0.3"
        provider = provider_from_url(url, Channel.PUSH, clock=clock)
        assert provider.send(message(Browser().token, provider="webpush")).detail["status"] == 200
        provider.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("webpush://?subject=mailto:a@b.c", "the private key is missing"),
        (f"webpush://{VAPID}@", "the option 'subject' is missing"),
        (f"webpush://{VAPID}@?subject=me", "the subject must be like mailto:"),
        ("webpush://S3CRET@?subject=mailto:a@b.c", "the private key must be the base64url of 32 bytes"),
        ("webpush://S3!CRET@?subject=mailto:a@b.c", "the private key must be the base64url of 32 bytes"),
        (f"webpush://{'_' * 43}@?subject=mailto:a@b.c", "the private key must be"),
        ("fcm://", "the option 'credentials' is missing"),
    ],
)
def test_urls_that_lack_something(url, words):
    with pytest.raises(ConfigurationError) as refused:
        provider_from_url(url, Channel.PUSH)
    assert words in str(refused.value)
    assert "S3" not in str(refused.value)
