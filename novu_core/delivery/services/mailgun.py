"""E-mail through Mailgun's API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from novu_core.delivery.base import Message
from novu_core.delivery.letter import Letter, letter_of
from novu_core.delivery.services.base import Request, storable_text
from novu_core.delivery.services.email import EmailService, all_headers, copies, mailbox, mailboxes
from novu_core.delivery.services.service_url import ServiceURL, sender_of
from novu_core.delivery.transport import Answer, basic


class Mailgun(EmailService):
    """Sends e-mail of ``domain``."""

    name = scheme = "mailgun"
    home = "https://api.mailgun.net"
    options = ("from", "events_key")
    example = "mailgun://API_KEY@api.mailgun.net/mg.example.com?from=Shop%20<no-reply@mg.example.com>"

    def __init__(self, token: str, *, domain: str, sender: str, **wiring: Any) -> None:
        super().__init__(token, sender=sender, **wiring)
        self._domain = domain

    @classmethod
    def from_url(cls, url: ServiceURL, **wiring: Any) -> Mailgun:
        """Make one of ``mailgun://KEY@host/DOMAIN?from=ADDRESS``. Raises ConfigurationError."""
        token, sender = url.token(cls.credential_name), sender_of(url.need("from"))
        if len(url.path) != 1:
            raise url.missing("the domain")
        return cls(token, domain=url.path[0], sender=sender, **url.common(), **wiring)

    def request(self, message: Message, to: str) -> Request:
        """Return the letter as a form with files; what the step gives this provider are further fields of it."""
        letter = letter_of(message, self.sender)
        letter.refuse(type(self).__name__, *self.refused)
        given = {name: value for name, value in self.override(message).items() if value is not None}
        fields = [(name, value) for name, value in _fields(letter) if name not in given]
        for name, value in given.items():
            texts = value if isinstance(value, list) else [value]
            fields += [(name, one if isinstance(one, str) else json.dumps(one)) for one in texts]
        body, kind = _multipart(fields, letter)
        url = f"{self.base_url}/v3/{quote(self._domain, '')}/messages"
        return Request(url, body, {"Content-Type": kind, "Authorization": basic(f"api:{quote(self.token, '')}")})

    def reason(self, answer: Answer) -> str:
        """Return the message of the error."""
        return str(answer.json.get("message") or answer.text)


def _fields(letter: Letter) -> Iterator[tuple[str, str]]:
    cc, bcc = copies(letter)
    yield "from", mailbox(letter.sender)
    yield "to", mailbox(letter.to)
    for name, addresses in (("cc", cc), ("bcc", bcc)):
        for one in mailboxes(addresses):
            yield name, one
    yield "subject", letter.subject
    yield "text", letter.text
    if letter.html:
        yield "html", letter.html
    if letter.reply_to:
        yield "h:Reply-To", ", ".join(mailboxes(letter.reply_to))
    for name, value in all_headers(letter).items():
        yield f"h:{name}", value


def _multipart(fields: list[tuple[str, str]], letter: Letter) -> tuple[bytes, str]:
    """The form, and its media type. A file that HTML shows is known by its name there."""
    boundary = secrets.token_hex(16)
    parts = [
        f'Content-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{storable_text(value)}'.encode()
        for name, value in fields
    ]
    for one in letter.attachments:
        where, name = ("inline", one.cid) if one.cid else ("attachment", one.name)
        head = f'Content-Disposition: form-data; name="{where}"; filename="{_quoted(name)}"\r\nContent-Type: {one.type}'
        parts.append(f"{head}\r\n\r\n".encode() + one.content)
    start = f"--{boundary}\r\n".encode()
    body = b"".join(start + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def _quoted(name: str) -> str:
    """As browsers write it (RFC 7578 and the HTML standard)."""
    return storable_text(name).replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
