"""What SNS signs, and whose certificate is believed."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from novu_core.delivery.events import sns
from novu_core.delivery.events.base import Post
from novu_core.delivery.events.ses import SESEvents
from novu_core.delivery.transport import Transport
from novu_core.errors import AuthenticationError, DeliveryError, RemoteError, RequestInvalidError
from tests import event_posts
from tests.event_posts import CERTIFICATE, TOPIC
from tests.unit.delivery.web_servers import web

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


class Amazon:
    def __init__(self, certificate=None):
        self.certificate = certificate or event_posts.certificate()
        self.asked = []

    def __call__(self, address):
        self.asked.append(address)
        return self.certificate


def source(amazon=None):
    return SESEvents(TOPIC, amazon or Amazon())


def post(posted):
    body, headers = posted
    return Post(headers, body, NOON)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("more", [{}, {"Subject": "Amazon SES Email Event Notification"}])
def test_both_versions_of_the_signature(version, more):
    source().verify(post(event_posts.sns(NOON, {"a": 1}, version, **more)))


def test_a_certificate_is_asked_for_once_and_few_are_kept():
    amazon = Amazon()
    reports = source(amazon)
    for _ in range(2):
        reports.verify(post(event_posts.sns(NOON, {})))
    assert amazon.asked == [CERTIFICATE]
    for number in range(20):
        reports.verify(
            post(event_posts.sns(NOON, {}, SigningCertURL=f"https://sns.eu-west-1.amazonaws.com/{number}.pem"))
        )
    assert len(reports.topic._certificates) == 8
    reports.verify(post(event_posts.sns(NOON, {})))
    assert amazon.asked.count(CERTIFICATE) == 2


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-west-1.amazonaws.com/a.pem", "https://evil.example/a.pem", "https://sns.eu-west-1.amazonaws.com.evil.example/a",
        "https://evil.example/sns.eu-west-1.amazonaws.com", "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://user@sns.eu-west-1.amazonaws.com/a.pem", "https://sns.eu-west-1.amazonaws.com:444/a.pem",
        "https://s3.amazonaws.com/bucket/a.pem", "https://sns.eu-west-1.evil.amazonaws.com/a.pem", "https://sns..amazonaws.com/",
        "https://sns.amazonaws.com.cn.evil/", "https://SNS.eu\u2100.amazonaws.com/", "https://[::1/a.pem", "https://169.254.169.254/",
        "https://sns.eu-west-1.amazonaws.com/a\n.pem", "file:///etc/passwd", "", "https://sns.eu-west-1.amazonaws.com:x/",
    ],
)  # fmt: skip
def test_no_certificate_is_taken_from_elsewhere(address):
    amazon = Amazon()
    with pytest.raises(AuthenticationError, match="SigningCertURL"):
        source(amazon).verify(post(event_posts.sns(NOON, {}, SigningCertURL=address)))
    assert amazon.asked == []
    reports = source(amazon)
    with pytest.raises(RequestInvalidError, match="SubscribeURL"):
        reports.read(post(event_posts.confirmation(NOON, SubscribeURL=address)))
    assert amazon.asked == []


@pytest.mark.parametrize(
    "address", [CERTIFICATE, "https://sns.cn-north-1.amazonaws.com.cn/a.pem", event_posts.SUBSCRIBE]
)
def test_amazons_own_addresses(address):
    assert sns.is_amazons(address)


def changed(name, value):
    body, headers = event_posts.sns(NOON, {"a": 1})
    return json.dumps({**json.loads(body), name: value}).encode(), headers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Message", "{}"), ("MessageId", "other"), ("Timestamp", "1"), ("Subject", "added"), ("Signature", "bm8="), ("Signature", "!"),
        ("Signature", 5), ("SignatureVersion", "1"), ("SignatureVersion", "3"), ("Type", "Other"), ("Type", ["Notification"]),
        ("Type", "UnsubscribeConfirmation"), ("TopicArn", TOPIC + "x"), ("SigningCertURL", None),
    ],
)  # fmt: skip
def test_what_was_changed_is_refused(name, value):
    with pytest.raises(AuthenticationError):
        source().verify(post(changed(name, value)))


def test_another_key_a_certificate_of_another_kind_and_none():
    other = rsa.generate_private_key(65537, 2048)
    for amazon, key in (
        (Amazon(), other),
        (Amazon(event_posts.certificate(ec.generate_private_key(ec.SECP256R1()))), None),
        (Amazon(b"no certificate"), None),
    ):
        with pytest.raises(AuthenticationError, match="does not match"):
            source(amazon).verify(post(event_posts.sns(NOON, {}, key=key)))


def test_a_topic_that_is_not_subscribed_to_any_more_is_told(caplog):
    posted = post(event_posts.confirmation(NOON, Type="UnsubscribeConfirmation"))
    amazon = Amazon()
    source(amazon).verify(posted)
    assert source(amazon).read(posted).events == ()
    assert ("has ended" in caplog.text, len(amazon.asked)) == (True, 1)


@pytest.mark.parametrize("error", [OSError("gone"), DeliveryError("answered 404")])
def test_where_amazon_does_not_answer_the_post_is_to_come_again(error):
    def fetch(address):
        raise error

    with pytest.raises(RemoteError) as told:
        source(fetch).verify(post(event_posts.sns(NOON, {})))
    assert told.value.status_code == 502


@pytest.mark.parametrize(
    "message", ["Successfully validated SNS topic for Amazon SES event publishing.", "[]", "{}", "5"]
)
def test_other_messages_of_the_topic_say_nothing(message):
    assert source().read(post(event_posts.sns(NOON, message))).events == ()


def test_what_is_fetched_is_bounded_and_no_redirect_is_followed(monkeypatch):
    monkeypatch.setattr(sns, "Transport", lambda deny_private: Transport(20))  # the test's own server is private
    with web() as server:
        server.answer(200, b"x" * 1_000_000)
        assert len(sns._fetch(server.url)) < 200_000
        server.answer(302, Location="http://evil.example")
        with pytest.raises(DeliveryError, match="302"):
            sns._fetch(server.url)
        assert len(server.requests) == 2


def test_nothing_private_is_asked():
    with pytest.raises(DeliveryError, match="not an address of the public internet"):
        sns._fetch("http://127.0.0.1:1/")
