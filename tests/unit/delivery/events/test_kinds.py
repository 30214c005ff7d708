"""Which words of each service are a hard bounce, a soft one, a complaint, or none of these."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from novu_core.delivery.events.base import Post, time_of
from novu_core.delivery.events.sources import source_of
from novu_core.errors import AuthenticationError
from tests import event_posts

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


def read(name, data):
    wrapped = {
        "ses": {"Type": "Notification", "Message": json.dumps(data)},
        "sendgrid": [data],
        "mailgun": {"event-data": data},
    }
    body = json.dumps(wrapped.get(name, data)).encode()
    return list(source_of(name, event_posts.keys()[name]).read(Post({}, body, NOON)).events)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("sendgrid", {"event": "bounce", "type": "bounce"}, "hard_bounce"),
        ("sendgrid", {"event": "bounce"}, "hard_bounce"),
        ("sendgrid", {"event": "bounce", "type": "blocked"}, "soft_bounce"),
        ("sendgrid", {"event": "dropped", "reason": "Bounced Address"}, "hard_bounce"),
        ("sendgrid", {"event": "dropped", "reason": "Invalid"}, "hard_bounce"),
        ("sendgrid", {"event": "dropped", "reason": "Spam Reporting Address"}, "complaint"),
        ("sendgrid", {"event": "dropped", "reason": "Unsubscribed Address"}, "soft_bounce"),
        ("sendgrid", {"event": "spamreport"}, "complaint"),
        *[("sendgrid", {"event": other}, None) for other in ("delivered", "open", "deferred", "click", "processed", 5, None)],
        ("mailgun", {"event": "failed", "severity": "permanent", "reason": "bounce"}, "hard_bounce"),
        ("mailgun", {"event": "failed", "severity": "permanent", "reason": "suppress-bounce"}, "hard_bounce"),
        ("mailgun", {"event": "failed", "severity": "permanent", "reason": "suppress-complaint"}, "complaint"),
        ("mailgun", {"event": "failed", "severity": "permanent", "reason": "generic"}, "soft_bounce"),
        ("mailgun", {"event": "failed", "severity": "permanent", "reason": "old"}, "soft_bounce"),
        ("mailgun", {"event": "failed", "severity": "permanent", "reason": "bounce", "delivery-status": {"bounce-type": "soft"}},
         "soft_bounce"),
        ("mailgun", {"event": "failed", "severity": "temporary", "reason": "generic"}, None),
        ("mailgun", {"event": "complained"}, "complaint"),
        ("mailgun", {"event": "delivered"}, None),
        ("mailgun", {}, None),
        ("postmark", {"RecordType": "Bounce", "Type": "HardBounce"}, "hard_bounce"),
        ("postmark", {"RecordType": "Bounce", "Type": "BadEmailAddress"}, "hard_bounce"),
        *[("postmark", {"RecordType": "Bounce", "Type": kind}, "soft_bounce") for kind in ("SoftBounce", "Transient", "Blocked", "DnsError")],
        ("postmark", {"RecordType": "Bounce", "Type": "SpamComplaint"}, "complaint"),
        ("postmark", {"RecordType": "SpamComplaint"}, "complaint"),
        *[("postmark", {"RecordType": "Bounce", "Type": kind}, None) for kind in ("AutoResponder", "Unsubscribe", "AddressChange")],
        *[("postmark", {"RecordType": kind, "Type": "HardBounce"}, None) for kind in ("Delivery", "Open", "SubscriptionChange", None)],
        ("ses", {"notificationType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{}]}}, "hard_bounce"),
        ("ses", {"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{}]}}, "hard_bounce"),
        ("ses", {"eventType": "Bounce", "bounce": {"bounceType": "Undetermined", "bouncedRecipients": [{}]}}, "soft_bounce"),
        ("ses", {"eventType": "Complaint", "complaint": {"complainedRecipients": [{}]}}, "complaint"),
        ("ses", {"eventType": "Complaint", "complaint": {"complainedRecipients": [{}], "complaintFeedbackType": "not-spam"}}, None),
        ("ses", {"eventType": "Delivery"}, None),
        ("ses", {"eventType": ["Bounce"], "bounce": "x", "mail": 5}, None),
    ],
)  # fmt: skip
def test_what_the_services_call_it(name, data, kind):
    found = read(name, data)
    assert [event.kind for event in found] == ([] if kind is None else [kind])
    for event in found:
        assert event.event_id
        assert event.reason
        assert event.at <= NOON


def test_the_message_is_known_by_every_id_that_a_report_has():
    mail = {"messageId": "ses-1", "headers": [{"name": "Message-ID", "value": "<a@b.c>"}, {"name": "x-novu-idempotency-key", "value": "run:step"}]}  # fmt: skip
    bounce = {
        "bounceType": "Permanent",
        "bouncedRecipients": [{"emailAddress": "a@b.c"}, "x", {"emailAddress": "d@e.f"}],
    }
    first, second = read("ses", {"eventType": "Bounce", "bounce": bounce, "mail": mail})
    assert first.message_ids == ("ses-1", "a@b.c", "<a@b.c>")
    assert (first.idempotency_key, first.addresses, second.addresses) == ("run:step", ("a@b.c",), ("d@e.f",))
    [event] = read("sendgrid", {"event": "bounce", "sg_message_id": "x.y.z", "smtp-id": "<a@b.c>"})
    assert event.message_ids == ("x", "x.y.z", "a@b.c", "<a@b.c>")
    [event] = read("mailgun", {"event": "complained", "message": {"headers": {"message-id": "a@b.c"}}})
    assert event.message_ids == ("a@b.c", "<a@b.c>")


@pytest.mark.parametrize(
    "given", ["never", None, [], float("nan"), float("inf"), 10**30, "2999-01-01", -(10**30), "99999-01-01"]
)
def test_a_time_that_is_none_or_to_come_is_now(given):
    assert time_of(given, NOON) == NOON


@pytest.mark.parametrize(
    "given", ["2026-01-05T08:00:00", "2026-01-05T08:00:00.1234567Z", "2026-01-05T09:00:00+01:00", 1767600000]
)
def test_times_as_services_write_them(given):
    assert time_of(given, NOON).replace(microsecond=0) == NOON - timedelta(hours=4)


@pytest.mark.parametrize("age", [timedelta(days=1, seconds=5), -timedelta(minutes=6)])
def test_mailgun_is_believed_for_a_day(age):
    source = source_of("mailgun", event_posts.MAILGUN_KEY)
    body, headers = event_posts.mailgun(NOON - age, {})
    with pytest.raises(AuthenticationError, match="last day"):
        source.verify(Post(headers, body, NOON))
    body, headers = event_posts.mailgun(NOON - age * 0.8, {})
    source.verify(Post(headers, body, NOON))


@pytest.mark.parametrize("moment", ["", "x", "1" * 5000, "٣", "1767600000.5", None, [], -1])
def test_mailguns_timestamp_is_a_number(moment):
    import hashlib
    import hmac

    shown = str(moment) if isinstance(moment, str | int) else ""
    signature = hmac.new(event_posts.MAILGUN_KEY.encode(), f"{shown}t".encode(), hashlib.sha256).hexdigest()
    whole = {"signature": {"timestamp": moment, "token": "t", "signature": signature}}
    with pytest.raises(AuthenticationError, match="last day"):
        source_of("mailgun", event_posts.MAILGUN_KEY).verify(Post({}, json.dumps(whole).encode(), NOON))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !",
        "Bearer eDpwb3N0bWFyay1wYXNzd29yZA==",
        "Basic cG9zdG1hcms=",
        "Basic OnBvc3RtYXJr",
        "Basic \udc80",
    ],
)
def test_postmarks_password(header):
    source = source_of("postmark", event_posts.PASSWORD)
    with pytest.raises(AuthenticationError, match="password"):
        source.verify(Post({"authorization": header}, b"{}", NOON))
    for user in ("", "novu", "ä"):
        import base64

        login = base64.b64encode(f"{user}:{event_posts.PASSWORD}".encode()).decode()
        source.verify(Post({"authorization": f"basic {login}"}, b"{}", NOON))
