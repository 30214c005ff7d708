"""E-mail through SendGrid's API."""

from __future__ import annotations

from collections.abc import Iterable

from novu_core.delivery.addresses import Address
from novu_core.delivery.headers import one_line
from novu_core.delivery.letter import Letter
from novu_core.delivery.services.email import EmailService, all_headers, base64_of, copies, filled
from novu_core.delivery.transport import Answer
from novu_core.types import JsonObject


class SendGrid(EmailService):
    """Sends e-mail."""

    name = scheme = "sendgrid"
    home = "https://api.sendgrid.com"
    example = "sendgrid://API_KEY@api.sendgrid.com?from=Shop%20<no-reply@example.com>"
    path = "/v3/mail/send"
    options = ("from", "events_key")

    def data(self, letter: Letter) -> JsonObject:
        """Return the letter in SendGrid's words."""
        cc, bcc = copies(letter)
        texts = [("text/plain", letter.text), ("text/html", letter.html)]
        files = [
            filled(
                {
                    "content": base64_of(one),
                    "filename": one.name,
                    "type": one.type.partition(";")[0],  # it takes no parameters
                    "disposition": "inline" if one.cid else "attachment",
                    "content_id": one.cid or "",
                }
            )
            for one in letter.attachments
        ]
        person = filled({"to": _people([letter.to]), "cc": _people(cc), "bcc": _people(bcc)})
        data = {
            "personalizations": [person],
            "from": _people([letter.sender])[0],
            "reply_to_list": _people(letter.reply_to),
            "content": [{"type": kind, "value": text} for kind, text in texts if text],
            "attachments": files,
            "headers": all_headers(letter),
        }
        return {**filled(data), "subject": letter.subject}

    def id_of(self, answer: Answer) -> str | None:
        """Return the id, which stands in a header."""
        return answer.headers.get("X-Message-Id")

    def reason(self, answer: Answer) -> str:
        """Return the messages of the errors."""
        errors = answer.json.get("errors")
        listed = errors if isinstance(errors, list) else []
        return (
            "; ".join(str(one["message"]) for one in listed if isinstance(one, dict) and "message" in one)
            or answer.text
        )


def _people(addresses: Iterable[Address]) -> list[JsonObject]:
    return [filled({"email": one.addr_spec, "name": one_line(one.display_name)}) for one in addresses]
