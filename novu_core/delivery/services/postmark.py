"""E-mail through Postmark's API."""

from __future__ import annotations

from typing import Any

from novu_core.delivery.letter import Letter
from novu_core.delivery.services.email import EmailService, all_headers, base64_of, copies, filled, mailbox, mailboxes
from novu_core.delivery.services.service_url import ServiceURL, sender_of
from novu_core.delivery.transport import Answer
from novu_core.errors import DeliveryError
from novu_core.types import JsonObject


class Postmark(EmailService):
    """Sends e-mail. ``stream``: the message stream, Postmark's ``outbound`` where none is given."""

    name = scheme = "postmark"
    home = "https://api.postmarkapp.com"
    example = "postmark://SERVER_TOKEN@api.postmarkapp.com?from=Shop%20<no-reply@example.com>&stream=outbound"
    options = ("from", "stream", "events_key")
    credential_name = "the server's token"
    path = "/email"

    def __init__(self, token: str, *, sender: str, stream: str | None = None, **wiring: Any) -> None:
        super().__init__(token, sender=sender, **wiring)
        self._stream = stream

    @classmethod
    def from_url(cls, url: ServiceURL, **wiring: Any) -> Postmark:
        """Make one of its URL. Raises ConfigurationError."""
        sender, stream = sender_of(url.need("from")), url.options.get("stream")
        return cls(url.token(cls.credential_name), sender=sender, stream=stream, **url.common(), **wiring)

    def headers(self, letter: Letter) -> dict[str, str]:
        """Return the token."""
        return {"Accept": "application/json", "X-Postmark-Server-Token": self.token}

    def data(self, letter: Letter) -> JsonObject:
        """Return the letter in Postmark's words."""
        cc, bcc = copies(letter)
        files = [
            filled(
                {
                    "Name": one.name,
                    "Content": base64_of(one),
                    "ContentType": one.type,
                    "ContentID": f"cid:{one.cid}" if one.cid else "",
                }
            )
            for one in letter.attachments
        ]
        return filled(
            {
                "From": mailbox(letter.sender),
                "To": mailbox(letter.to),
                "Cc": ", ".join(mailboxes(cc)),
                "Bcc": ", ".join(mailboxes(bcc)),
                "ReplyTo": ", ".join(mailboxes(letter.reply_to)),
                "Subject": letter.subject,
                "TextBody": letter.text,
                "HtmlBody": letter.html,
                "Headers": [{"Name": name, "Value": value} for name, value in all_headers(letter).items()],
                "Attachments": files,
                "MessageStream": self._stream,
            }
        )

    def id_of(self, answer: Answer) -> str | None:
        """Return Postmark's MessageID."""
        return answer.id("MessageID")

    def fault(self, answer: Answer) -> DeliveryError | None:
        """Return what a code other than 0 says."""
        return self.failed(f"refused: {self.reason(answer)}") if answer.json.get("ErrorCode") else None

    def reason(self, answer: Answer) -> str:
        """Return Postmark's code and message."""
        found = answer.json
        return f"{found.get('ErrorCode')} {found['Message']}" if found.get("Message") else answer.text
