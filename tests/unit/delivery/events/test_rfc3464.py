"""Delivery status notifications and complaints as mails."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from novu_core.delivery.events.base import Post
from novu_core.delivery.events.rfc3464 import PlainReports
from novu_core.delivery.webhook_signature import WebhookSigner
from novu_core.errors import AuthenticationError, RequestInvalidError
from tests.event_posts import WHSEC, Bounce, dsn

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
SOURCE = PlainReports(WHSEC)


def read(body):
    return list(SOURCE.read(Post({}, body, NOON)).events)


def test_a_report_of_postfix():
    [event] = read(dsn("<a@b.c>", "ada@example.org"))
    assert (event.kind, event.addresses, event.message_ids) == (
        "hard_bounce",
        ("ada@example.org",),
        ("a@b.c", "<a@b.c>"),
    )
    assert event.reason == "smtp; 550 5.1.1 <ada@example.org>: Recipient address rejected"
    assert (event.at, event.idempotency_key) == (NOON - timedelta(hours=4), None)
    assert read(dsn("<a@b.c>", "ada@example.org"))[0].event_id == event.event_id
    assert read(dsn("<a@b.c>", "ada@example.org", "5.1.2"))[0].event_id != event.event_id


@pytest.mark.parametrize(
    ("status", "action", "kind"),
    [
        ("5.1.1", "failed", "hard_bounce"), ("5.1.10", "Failed", "hard_bounce"), ("5.7.1", "failed", "soft_bounce"),
        ("5.2.2", "failed", "soft_bounce"), ("4.4.7", "failed", "soft_bounce"), ("4.1.1", "delayed", None),
        ("2.0.0", "delivered", None), ("2.0.0", "relayed", None), ("5.1.1", "", None), ("5.1.8", "failed", "soft_bounce"),
    ],
)  # fmt: skip
def test_what_counts_as_hard(status, action, kind):
    assert [event.kind for event in read(dsn("<a@b.c>", "ada@b.c", status, action))] == ([] if kind is None else [kind])


def test_a_server_that_is_quoted_knows_more_than_the_report():
    body = dsn("<a@b.c>", "ada@b.c", "5.0.0").replace(b"550 5.0.0", b"550-5.1.1")
    assert [event.kind for event in read(body)] == ["hard_bounce"]


def test_several_recipients_and_a_forwarded_one():
    more = "\nFinal-Recipient: rfc822; bob@elsewhere.org\nOriginal-Recipient: rfc822;bob@b.c\nAction: failed\nStatus: 5.7.1\n"
    first, second = read(dsn("<a@b.c>", "ada@b.c", more=more))
    assert (second.kind, second.addresses, second.reason) == ("soft_bounce", ("bob@b.c", "bob@elsewhere.org"), "5.7.1")
    assert first.message_ids == second.message_ids


def test_only_the_headers_of_the_mail_are_sent_back():
    body = dsn("<a@b.c>", "ada@b.c").replace(b"Content-Type: message/rfc822", b"Content-Type: text/rfc822-headers")
    body = body.replace(b"Subject: Hello", b"X-Novu-Idempotency-Key: run:step")
    [event] = read(body)
    assert (event.message_ids, event.idempotency_key) == (("a@b.c", "<a@b.c>"), "run:step")


def test_no_mail_at_all_is_sent_back():
    whole = dsn("<a@b.c>", "ada@b.c")
    [event] = read(whole[: whole.index(b"--9B095B5ADSN\nContent-Description: Undelivered")] + b"--9B095B5ADSN--\n")
    assert (event.message_ids, event.idempotency_key) == ((), None)


def test_a_complaint():
    body = Bounce("rfc3464", "<a@b.c>").data(NOON, "complaint")
    [event] = read(body)
    assert (event.kind, event.addresses, event.reason) == ("complaint", ("ada@example.org",), "abuse")
    assert read(body.replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam")) == []


def test_line_ends_of_the_wire_and_no_date():
    body = dsn("<a@b.c>", "ada@b.c").replace(b"\n", b"\r\n")
    assert [event.kind for event in read(body)] == ["hard_bounce"]
    for date in (b"", b"Date: never", b"Date: Mon, 99 Jan 99999 08:00:00 +0000"):
        [event] = read(dsn("<a@b.c>", "ada@b.c").replace(b"Date: Mon, 5 Jan 2026 08:00:00 +0000", date or b"X: y"))
        assert event.at == NOON


def test_a_mail_of_no_id_is_known_by_its_bytes():
    whole = dsn("<a@b.c>", "ada@b.c")
    start = whole.index(b"Message-ID: <report")
    whole = whole[:start] + whole[whole.index(b"\n", start) + 1 :]
    assert read(whole)[0].event_id == read(whole)[0].event_id != read(whole + b" ")[0].event_id


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\x00", b"Subject: Hello\n\nHello", b"Content-Type: multipart/report\n\n--x\n",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: text/plain\n\nbounced: ada\n--x--\n",
        b"boundary" * 30, b"Content-Type: message/rfc822\n\n" * 5000, b"Content-Type: multipart/mixed; boundary=\xff\n\n--\xff\n",
        b'Content-Type: text/plain; charset="\xff\x00"\n\nx',
    ],
)  # fmt: skip
def test_what_is_not_a_report(body):
    with pytest.raises(RequestInvalidError):
        read(body)


def test_a_long_mail_that_is_sent_back_is_read_as_far_as_its_headers():
    [event] = read(dsn("<a@b.c>", "ada@b.c").replace(b"\nHello\n", b"\n" + b"Hello\n" * 100_000))
    assert event.message_ids == ("a@b.c", "<a@b.c>")


def test_a_status_part_that_is_not_one_says_nothing():
    assert read(b"Content-Type: message/delivery-status\n\n") == []
    assert read(b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\nRmlu") == []


def signed(**changes):
    body = dsn("<a@b.c>", "ada@b.c")
    headers = WebhookSigner([WHSEC]).headers("report-1", changes.pop("at", NOON), body)
    return Post({**headers, **changes}, body, NOON)


def test_who_posts_signs_as_standard_webhooks_says():
    SOURCE.verify(signed())
    other = "whsec_" + "A" * 32
    both = WebhookSigner([other, WHSEC]).headers("report-1", NOON, signed().body)
    SOURCE.verify(Post(both, signed().body, NOON))
    for age in (timedelta(minutes=4), -timedelta(minutes=4)):
        SOURCE.verify(signed(at=NOON - age))


@pytest.mark.parametrize(
    "changes",
    [
        {"at": NOON - timedelta(minutes=6)}, {"at": NOON + timedelta(minutes=6)}, {"webhook-id": "other"}, {"webhook-signature": ""},
        {"webhook-signature": "v1,"}, {"webhook-signature": "v2,x v1"}, {"webhook-signature": "v1,\udc80ä"}, {"webhook-timestamp": ""},
        {"webhook-timestamp": "x"}, {"webhook-timestamp": "9" * 5000}, {"webhook-timestamp": "٣"}, {"webhook-timestamp": "nan"},
        {"webhook-id": "\udc80"},
    ],
)  # fmt: skip
def test_what_is_not_signed_now_is_refused(changes):
    with pytest.raises(AuthenticationError):
        SOURCE.verify(signed(**changes))


@pytest.mark.parametrize("error", [ValueError, LookupError, TypeError, AttributeError, RecursionError])
def test_what_the_parser_raises_of_an_odd_mail_is_told_as_garbage(monkeypatch, error):
    def parse(body):
        raise error("odd")

    monkeypatch.setattr("novu_core.delivery.events.rfc3464.message_from_bytes", parse)
    with pytest.raises(RequestInvalidError) as refused:
        read(b"Subject: odd")
    assert "it is not an e-mail message" in str(refused.value)
