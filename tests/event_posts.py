"""Reports as each service posts them, made and signed here; nothing was recorded from a service."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from novu_core.delivery.webhook_signature import WebhookSigner

TOPIC = "arn:aws:sns:eu-central-1:123456789012:bounces"
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123.pem"
SUBSCRIBE = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
MAILGUN_KEY = "mailgun-signing-key"
PASSWORD = "postmark-password"  # of a test
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_AT = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)


@cache
def ecdsa():
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@cache
def sendgrid_key() -> str:
    der = ecdsa().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@cache
def certificate(key=None) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.not_valid_before(_AT).not_valid_after(_AT + timedelta(days=9000))
    public = (key or rsa_key()).public_key()
    made = builder.public_key(public).sign(rsa_key(), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def keys() -> dict[str, str]:
    """The ``events_key`` of each."""
    return {"ses": TOPIC, "sendgrid": sendgrid_key(), "mailgun": MAILGUN_KEY, "postmark": PASSWORD, "rfc3464": WHSEC}


def delivery(name: str) -> str:
    """The URL of a provider whose reports are read."""
    from urllib.parse import quote

    key = quote(keys()[name], safe="")
    return {
        "ses": f"ses://KEY:SECRET@email.eu-central-1.amazonaws.com?from=a@b.c&events_key={key}",
        "sendgrid": f"sendgrid://KEY@api.sendgrid.com?from=a@b.c&events_key={key}",
        "mailgun": f"mailgun://KEY@api.mailgun.net/b.c?from=a@b.c&events_key={key}",
        "postmark": f"postmark://KEY@api.postmarkapp.com?from=a@b.c&events_key={key}",
        "rfc3464": f"smtp://127.0.0.1:1?from=a@b.c&events_key={key}",
    }[name]


Posted = tuple[bytes, dict[str, str]]


def sendgrid(now: datetime, data: Any) -> Posted:
    body, moment = _bytes(data), str(int(now.timestamp()))
    signature = ecdsa().sign(moment.encode() + body, ec.ECDSA(hashes.SHA256()))
    return body, {
        "content-type": "application/json",
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": moment,
    }


def mailgun(now: datetime, data: Any, token: str = "token-1") -> Posted:  # of a test
    moment = str(int(now.timestamp()))
    signature = hmac.new(MAILGUN_KEY.encode(), f"{moment}{token}".encode(), hashlib.sha256).hexdigest()
    whole = {"signature": {"timestamp": moment, "token": token, "signature": signature}, "event-data": data}
    return _bytes(whole), {"content-type": "application/json"}


def postmark(now: datetime, data: Any, password: str = PASSWORD) -> Posted:
    login = base64.b64encode(f"novu:{password}".encode()).decode()
    return _bytes(data), {"content-type": "application/json", "authorization": f"Basic {login}"}


def rfc3464(now: datetime, body: bytes) -> Posted:
    signed = WebhookSigner([WHSEC]).headers("report-1", now, body)
    return body, {"content-type": "message/rfc822", **signed}


def sns(now: datetime, message: Any, version: str = "2", key=None, **fields: str) -> Posted:
    whole = {
        "Type": "Notification",
        "MessageId": "sns-1",
        "TopicArn": TOPIC,
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": now.isoformat(),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **fields,
    }
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    signed = "".join(f"{name}\n{whole[name]}\n" for name in names if name in whole).encode()
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()  # what SNS has
    signature = (key or rsa_key()).sign(signed, padding.PKCS1v15(), digest)
    whole["Signature"] = base64.b64encode(signature).decode()
    return _bytes(whole), {"content-type": "text/plain; charset=UTF-8"}


def confirmation(now: datetime, **fields: str) -> Posted:
    given = {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": SUBSCRIBE, **fields}
    return sns(now, "You have chosen to subscribe", **given)


def dsn(message_id: str, address: str, status: str = "5.1.1", action: str = "failed", more: str = "") -> bytes:
    """A delivery status notification as Postfix writes it."""
    return f"""From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces@b.c
Date: Mon, 5 Jan 2026 08:00:00 +0000
Message-ID: <report-{hashlib.sha256(f"{message_id}{address}{status}".encode()).hexdigest()[:8]}@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="9B095B5ADSN"

--9B095B5ADSN
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--9B095B5ADSN
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Mon, 5 Jan 2026 07:59:59 +0000

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 {status} <{address}>: Recipient address rejected
{more}
--9B095B5ADSN
Content-Description: Undelivered Message
Content-Type: message/rfc822

Message-ID: {message_id}
Subject: Hello
From: a@b.c
To: {address}

Hello

--9B095B5ADSN--
""".encode()


def _bytes(data: Any) -> bytes:
    return data if isinstance(data, bytes) else json.dumps(data).encode()


class Bounce:
    """One hard bounce, soft bounce or complaint, in the words of each service."""

    def __init__(self, name: str, message_id: str = "id-1", address: str = "ada@example.org", event_id: str = "e1"):
        self.name, self.message_id, self.address, self.event_id = name, message_id, address, event_id

    def post(self, now: datetime, kind: str = "hard", token: str = "token-1") -> Posted:  # of a test
        if self.name == "mailgun":
            return mailgun(now, self.data(now, kind), token)
        made = {"ses": sns, "sendgrid": sendgrid, "postmark": postmark, "rfc3464": rfc3464}[self.name]
        return made(now, self.data(now, kind))

    def data(self, now: datetime, kind: str) -> Any:
        return getattr(self, f"_{self.name}")(now, kind)

    def _ses(self, now, kind):
        mail = {"messageId": self.message_id, "destination": [self.address], "headers": []}
        if kind == "complaint":
            told = {"complainedRecipients": [{"emailAddress": self.address}], "complaintFeedbackType": "abuse"}
            return {"notificationType": "Complaint", "complaint": {**told, **self._ses_times(now)}, "mail": mail}
        recipient = {"emailAddress": self.address, "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 no such user"}
        bounce = {"bounceType": "Permanent" if kind == "hard" else "Transient", "bouncedRecipients": [recipient]}
        return {"notificationType": "Bounce", "bounce": {**bounce, **self._ses_times(now)}, "mail": mail}

    def _ses_times(self, now):
        return {"timestamp": now.isoformat(), "feedbackId": self.event_id}

    def _sendgrid(self, now, kind):
        event = {"email": self.address, "timestamp": int(now.timestamp()), "sg_event_id": self.event_id,
                 "sg_message_id": f"{self.message_id}.recvd-5d9-1.0"}  # fmt: skip
        if kind == "complaint":
            return [{**event, "event": "spamreport"}]
        told = {"reason": "550 5.1.1 no such user", "type": "bounce" if kind == "hard" else "blocked"}
        return [{**event, **told, "event": "bounce"}, {**event, "event": "open", "sg_event_id": "open"}]

    def _mailgun(self, now, kind):
        event = {"id": self.event_id, "timestamp": now.timestamp(), "recipient": self.address,
                 "message": {"headers": {"message-id": self.message_id.strip("<>")}}}  # fmt: skip
        if kind == "complaint":
            return {**event, "event": "complained"}
        status = {"code": 550, "message": "5.1.1 no such user"}
        told = {"severity": "permanent", "reason": "bounce" if kind == "hard" else "generic", "delivery-status": status}
        return {**event, "event": "failed", **told}

    def _postmark(self, now, kind):
        at = now.strftime("%Y-%m-%dT%H:%M:%S.1234567Z")
        event = {"MessageID": self.message_id, "Email": self.address, "BouncedAt": at, "ID": self.event_id}
        if kind == "complaint":
            return {**event, "RecordType": "SpamComplaint", "Type": "SpamComplaint"}
        told = {"Type": "HardBounce" if kind == "hard" else "SoftBounce", "Details": "550 5.1.1 no such user"}
        return {**event, **told, "RecordType": "Bounce"}

    def _rfc3464(self, now, kind):
        if kind != "complaint":
            return dsn(self.message_id, self.address, "5.1.1" if kind == "hard" else "5.7.1")
        fields = f"Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\nOriginal-Rcpt-To: <{self.address}>\n"
        report = dsn(self.message_id, self.address).decode()
        before, _, rest = report.partition("Reporting-MTA")
        after = rest.partition("--9B095B5ADSN\n")[2]
        before = before.replace("message/delivery-status", "message/feedback-report")
        return f"{before}{fields}\n--9B095B5ADSN\n{after}".encode()
