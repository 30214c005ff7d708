"""A Message as an e-mail: headers, a text part beside HTML, and addresses that can not smuggle anything in."""

from __future__ import annotations

import hashlib
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Any, NamedTuple

from novu_core.delivery.base import Message
from novu_core.delivery.plaintext import html_to_text, looks_like_html, with_preheader
from novu_core.errors import DeliveryError

NAMED = re.compile(r"([^<>]*)<([^<>]+)>")
"""Name <a@b.c>"""
_LOCAL_PART = re.compile(r"[^\s@<>()\[\],:;\"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)
_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Letter(NamedTuple):
    """An e-mail and its envelope. ``international``: an address needs a server with SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    message_id: str
    email: EmailMessage
    international: bool


def parse_address(text: object) -> Address:
    """Return ``a@b.c`` or ``Name <a@b.c>`` as an Address, the domain in ASCII. Raises ValueError for anything else."""
    shown = repr(text)[:120]
    if not isinstance(text, str) or _LINE_BREAKS.search(text):
        raise ValueError(f"{shown} is not an e-mail address")
    named = NAMED.fullmatch(text)
    name, spec = named.groups() if named else ("", text)
    local, _, domain = spec.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if not _LOCAL_PART.fullmatch(local) or local[0] == "." or local[-1] == "." or ".." in local:
        raise ValueError(f"{shown} is not an e-mail address")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{shown} is not an e-mail address: its domain is not valid")
    return Address(_text(name.strip().strip('"')), local, domain)


def compose(message: Message, default_sender: Address) -> Letter:
    """Return ``message`` as an e-mail.

    ``content``: ``subject``, ``body`` (HTML gets a text part beside it), ``from`` {email, name} over ``default_sender``
    unless ``useProviderDefaults``, ``replyTo``, ``preheader`` (HTML only). Line breaks in headers become spaces.
    Message-ID follows from the idempotency key, so that a mailbox or a log shows a repetition for what it is.
    Raises DeliveryError (permanent) for an address that is missing or not one.
    """
    content = message.content
    sender = _sender(content, default_sender)
    recipient = _address("to", message.to)
    reply_to = _address("replyTo", content["replyTo"]) if content.get("replyTo") else None
    addresses = [address for address in (sender, recipient, reply_to) if address]
    international = not all(address.addr_spec.isascii() for address in addresses)

    # 7bit: a body that is not ASCII is encoded, so that it passes servers without 8BITMIME too.
    email = EmailMessage(policy=(SMTPUTF8 if international else SMTP).clone(cte_type="7bit"))
    digest = hashlib.sha256(message.idempotency_key.encode("utf-8", "replace")).hexdigest()[:32]
    message_id = f"<{digest}@{sender.domain}>"
    email["From"] = sender
    email["To"] = recipient
    if reply_to:
        email["Reply-To"] = reply_to
    email["Subject"] = _line(content.get("subject"))
    email["Date"] = format_datetime(message.created_at)
    email["Message-ID"] = message_id
    email["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    email["X-Novu-Idempotency-Key"] = _line(message.idempotency_key)
    _fill(email, _text(content.get("body")), _line(content.get("preheader")))
    return Letter(sender.addr_spec, recipient.addr_spec, message_id, email, international)


def _sender(content: dict[str, Any], default: Address) -> Address:
    given = content.get("from")
    if not isinstance(given, dict) or content.get("useProviderDefaults") is True:
        return default
    address = _address("from", given["email"]) if given.get("email") else default
    name = _line(given.get("name")) or (default.display_name if not given.get("email") else "")
    return Address(name, address.username, address.domain)


def _fill(email: EmailMessage, body: str, preheader: str) -> None:
    if not looks_like_html(body):
        email.set_content(body)
        return
    email.set_content(html_to_text(body))
    email.add_alternative(with_preheader(body, preheader) if preheader else body, subtype="html")


def _address(where: str, value: object) -> Address:
    if not value:
        raise DeliveryError(f"The e-mail has no address in {where!r}.")
    try:
        return parse_address(value)
    except ValueError as error:
        raise DeliveryError(f"The e-mail's {where!r} can not be used: {error}.") from error


def _line(value: object) -> str:
    return _LINE_BREAKS.sub(" ", _text(value)).strip()


def _text(value: object) -> str:
    """``value`` as text that can be sent: JSON may hold lone surrogates and NUL, mail may not."""
    text = "" if value is None else str(value)
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
