"""Every service: how its URL looks, what it answers when it takes a message, and the id in that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

from novu_core.delivery import provider_from_url
from novu_core.types import Channel

SECRET = "S3CRET-token"
"""Stands in every URL below, and in no error, repr or log."""


class Case(NamedTuple):
    url: str
    """``{base}`` is the server's address."""
    channel: Channel
    accepted: tuple[int, Any]
    id: str | None
    to: str | None = None
    content: dict[str, Any] = {"body": "Hi Ann"}
    channels: Any = ()
    headers: dict[str, str] = {}


MAIL: dict[str, Any] = {"to": "ann@example.com", "content": {"subject": "Hello", "body": "Hi Ann"}}

CASES = {
    "twilio": Case(
        f"twilio://AC1:{SECRET}@api.twilio.com?from=+15550199&base_url={{base}}",
        Channel.SMS,
        (201, {"sid": "SM1", "status": "queued", "error_code": None}),
        "SM1",
        to="+15550100",
    ),
    "slack": Case(
        f"slack://hooks.slack.com/services/T0/B0/{SECRET}?base_url={{base}}", Channel.CHAT, (200, b"ok"), None
    ),
    "slack of the subscriber": Case(
        "slack://?base_url={base}",
        Channel.CHAT,
        (200, b"ok"),
        None,
        channels=[
            {"providerId": "discord", "credentials": {"webhookUrl": "https://discord.com/api/webhooks/1/2"}},
            {"providerId": "slack", "credentials": {"webhookUrl": f"https://hooks.slack.com/services/T0/B0/{SECRET}"}},
        ],
    ),
    "discord": Case(
        f"discord://discord.com/api/webhooks/1/{SECRET}?base_url={{base}}", Channel.CHAT, (200, {"id": "55"}), "55"
    ),
    "msteams": Case(
        f"msteams://prod-1.westus.logic.azure.com:443/workflows/1/invoke?sig={SECRET}&base_url={{base}}",
        Channel.CHAT,
        (202, b""),
        None,
    ),
    "ses": Case(
        f"ses://AKID:{SECRET}@email.eu-central-1.amazonaws.com?from=Shop+<shop@example.org>&base_url={{base}}",
        Channel.EMAIL,
        (200, {"MessageId": "ses-1"}),
        "ses-1",
        **MAIL,
    ),
    "sendgrid": Case(
        f"sendgrid://{SECRET}@api.sendgrid.com?from=Shop%20<shop@example.org>&base_url={{base}}",
        Channel.EMAIL,
        (202, b""),
        "sg-1",
        **MAIL,
        headers={"X-Message-Id": "sg-1"},
    ),
    "mailgun": Case(
        f"mailgun://{SECRET}@api.mailgun.net/mg.example.org?from=Shop+<shop@example.org>&base_url={{base}}",
        Channel.EMAIL,
        (200, {"id": "<mg-1@mg.example.org>", "message": "Queued. Thank you."}),
        "<mg-1@mg.example.org>",
        **MAIL,
    ),
    "postmark": Case(
        f"postmark://{SECRET}@api.postmarkapp.com?from=Shop+<shop@example.org>&stream=news&base_url={{base}}",
        Channel.EMAIL,
        (200, {"MessageID": "pm-1", "ErrorCode": 0, "Message": "OK"}),
        "pm-1",
        **MAIL,
    ),
    "resend": Case(
        f"resend://{SECRET}@api.resend.com?from=Shop+<shop@example.org>&base_url={{base}}",
        Channel.EMAIL,
        (200, {"id": "re-1"}),
        "re-1",
        **MAIL,
    ),
}


def provider_of(case, base, clock=None, timeout=None):
    url = case.url.format(base=base) + ("" if timeout is None else f"&timeout={timeout}")
    return provider_from_url(url, case.channel, clock=clock)


def message_of(case, make_message, **fields):
    ann = SimpleNamespace(
        subscriber_id="ann", email="ann@example.com", phone="+15550100", data={}, channels=list(case.channels)
    )
    given = {"content": case.content, "channel": case.channel, "to": case.to, "subscriber": ann, **fields}
    return make_message(**given)
