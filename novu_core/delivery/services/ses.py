"""E-mail through Amazon SES (its API version 2)."""

from __future__ import annotations

import re
from typing import Any

from novu_core.delivery.base import Message
from novu_core.delivery.letter import Letter
from novu_core.delivery.services.aws_signature import signed
from novu_core.delivery.services.base import Request
from novu_core.delivery.services.email import (
    EmailService,
    all_headers,
    base64_of,
    copies,
    encoded_mailbox,
    filled,
)
from novu_core.delivery.services.service_url import ServiceURL, sender_of
from novu_core.delivery.transport import Answer
from novu_core.errors import ConfigurationError
from novu_core.types import JsonObject

_REGION = re.compile(r"email(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?(?::\d+)?")


class SES(EmailService):
    """Sends e-mail with an access key. ``session_token``: where the key is a temporary one."""

    name = scheme = "ses"
    home = "https://email.us-east-1.amazonaws.com"
    example = "ses://ACCESS_KEY:SECRET_KEY@email.eu-central-1.amazonaws.com?from=Shop%20<no-reply@example.com>"
    options = ("from", "region", "configuration_set", "session_token", "events_key")
    path = "/v2/email/outbound-emails"
    refused = ()

    def __init__(
        self,
        access_key: str,
        secret_key: str,
        *,
        region: str,
        sender: str,
        configuration_set: str | None = None,
        session_token: str | None = None,
        **wiring: Any,
    ) -> None:
        super().__init__(secret_key, sender=sender, **wiring)
        self._key = access_key
        self._region = region
        self._set = configuration_set
        self._session = session_token
        self._secrets += [session_token] if session_token else []

    @classmethod
    def from_url(cls, url: ServiceURL, **wiring: Any) -> SES:
        """Make one of its URL. Raises ConfigurationError."""
        key, secret = url.credentials("the access key", "the secret key")
        host = _REGION.fullmatch(url.host or "")
        region = url.options.get("region") or (host and host[1])
        if not region:
            raise ConfigurationError(f"the region is missing. Use the form {cls.example}.")
        return cls(
            key,
            secret,
            region=region,
            sender=sender_of(url.need("from")),
            configuration_set=url.options.get("configuration_set"),
            session_token=url.options.get("session_token"),
            **url.common(),
            **wiring,
        )

    def request(self, message: Message, to: str) -> Request:
        """Return the letter, signed."""
        made = super().request(message, to)
        headers = signed(
            made.url,
            dict(made.headers),
            made.body,
            key=self._key,
            secret=self.token,
            region=self._region,
            service="ses",
            now=self._clock.now(),
        )
        return Request(made.url, made.body, headers)

    def headers(self, letter: Letter) -> dict[str, str]:
        """Return the token of a temporary key, which is signed as well."""
        return {"X-Amz-Security-Token": self._session} if self._session else {}

    def data(self, letter: Letter) -> JsonObject:
        """Return the letter in SES's words."""
        cc, bcc = copies(letter)
        people = {"ToAddresses": [letter.to], "CcAddresses": cc, "BccAddresses": bcc}
        body = {"Text": _text(letter.text), "Html": _text(letter.html) if letter.html else None}
        simple = {
            "Subject": _text(letter.subject),
            "Body": filled(body),
            "Headers": [{"Name": name, "Value": value} for name, value in all_headers(letter).items()],
            "Attachments": [
                filled(
                    {
                        "FileName": one.name,
                        "RawContent": base64_of(one),
                        "ContentType": one.type,
                        "ContentDisposition": "INLINE" if one.cid else "ATTACHMENT",
                        "ContentId": one.cid or "",
                        "ContentTransferEncoding": "BASE64",
                    }
                )
                for one in letter.attachments
            ],
        }
        return filled(
            {
                "FromEmailAddress": encoded_mailbox(letter.sender),
                "Destination": {name: [encoded_mailbox(one) for one in each] for name, each in people.items() if each},
                "ReplyToAddresses": [encoded_mailbox(one) for one in letter.reply_to],
                "FeedbackForwardingEmailAddress": letter.envelope_from and letter.envelope_from.addr_spec,
                "Content": {"Simple": filled(simple)},
                "ConfigurationSetName": self._set,
            }
        )

    def id_of(self, answer: Answer) -> str | None:
        """Return SES's MessageId."""
        return answer.id("MessageId")

    def reason(self, answer: Answer) -> str:
        """Return the message of the error, and its kind, which stands in a header."""
        kind = (answer.headers.get("x-amzn-ErrorType") or "").partition(":")[0]
        told = answer.json.get("message") or answer.text
        return f"{kind} {told}".strip()


def _text(text: str) -> JsonObject:
    return {"Data": text, "Charset": "UTF-8"}
