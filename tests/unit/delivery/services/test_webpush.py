"""Web Push: messages that only the browser can read (RFC 8291), and what push services refuse."""

from __future__ import annotations

import json

import pytest

from novu_core.delivery import provider_from_url
from novu_core.errors import ConfigurationError
from novu_core.types import Channel
from tests.unit.delivery.test_endless_answers import BODIES, saying

cryptography = pytest.importorskip("cryptography")

from cryptography.exceptions import InvalidSignature  # noqa: E402  # noqa: E402  # it is not here without the extra
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: E402

from novu_core.delivery.services import crypto  # noqa: E402
from tests.unit.delivery.services.conftest import NOON, VAPID  # noqa: E402
from tests.unit.delivery.services.devices import Browser, claims_of, failure, unb64  # noqa: E402


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
    assert "was not called" in str(error)
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
        (f"webpush://{VAPID}@?subject=me", "the subject must be an address such as mailto:"),
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
