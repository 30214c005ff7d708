"""E-mail through Resend's API."""

from __future__ import annotations

from novu_core.delivery.letter import Letter
from novu_core.delivery.services.email import EmailService, all_headers, base64_of, copies, filled, mailbox, mailboxes
from novu_core.delivery.transport import Answer
from novu_core.types import JsonObject


class Resend(EmailService):
    """Sends e-mail. The idempotency key goes along, so that Resend itself sends nothing twice within a day."""

    name = scheme = "resend"
    home = "https://api.resend.com"
    example = "resend://API_KEY@api.resend.com?from=Shop%20<no-reply@example.com>"
    path = "/emails"

    def headers(self, letter: Letter) -> dict[str, str]:
        """Return the key, and the message's own."""
        key = letter.idempotency_key.encode("ascii", "backslashreplace").decode()
        return {**super().headers(letter), "Idempotency-Key": "".join(filter(str.isprintable, key))[:256]}

    def data(self, letter: Letter) -> JsonObject:
        """Return the letter in Resend's words."""
        cc, bcc = copies(letter)
        files = [
            filled(
                {"filename": one.name, "content": base64_of(one), "content_type": one.type, "content_id": one.cid or ""}
            )
            for one in letter.attachments
        ]
        return filled(
            {
                "from": mailbox(letter.sender),
                "to": [mailbox(letter.to)],
                "cc": mailboxes(cc),
                "bcc": mailboxes(bcc),
                "reply_to": mailboxes(letter.reply_to),
                "subject": letter.subject,
                "text": letter.text,
                "html": letter.html,
                "headers": all_headers(letter),
                "attachments": files,
            }
        )

    def reason(self, answer: Answer) -> str:
        """Return the message of the error."""
        return str(answer.json.get("message") or answer.text)
