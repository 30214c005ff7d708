"""A Message as an e-mail: headers, and a text part beside HTML."""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Any, NamedTuple

from novu_core.delivery.addresses import Address, parse_address
from novu_core.delivery.base import Message
from novu_core.delivery.headers import address_header, clean, one_line, text_header
from novu_core.delivery.plaintext import with_preheader
from novu_core.errors import DeliveryError

_USED = frozenset(
    {"subject", "body", "text", "html", "content_type", "from", "replyTo", "preheader", "useProviderDefaults"}
)
"""What an e-mail is made of; ``_providers`` holds the overrides of single providers."""
_OVERRIDE = "nodemailer"
"""Novu's name for plain SMTP."""


class Letter(NamedTuple):
    """An e-mail and its envelope. ``international``: an address needs a server with SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    message_id: str
    email: EmailMessage
    international: bool


def compose(message: Message, default_sender: Address) -> Letter:
    """Return ``message`` as an e-mail.

    ``content``: ``subject``; ``text``, ``html`` and ``body`` as :mod:`novu_core.delivery.content` reads them (HTML gets
    a text part beside it); ``from`` {email, name} over ``default_sender`` unless ``useProviderDefaults``, ``replyTo``,
    ``preheader`` (HTML only). Line breaks in headers become blanks. Message-ID follows from the idempotency key, so
    that a mailbox or a log shows a repetition for what it is. Raises DeliveryError (permanent) for an address that is
    missing or not one, and for what would be left out: other content, an override for nodemailer.
    """
    content = message.content
    _check_nothing_is_lost(content)
    sender = _sender(content, default_sender)
    recipient = _address("to", message.to)
    reply_to = _address("replyTo", content["replyTo"]) if content.get("replyTo") else None
    addresses = {"From": sender, "To": recipient, **({"Reply-To": reply_to} if reply_to else {})}
    international = not all(address.addr_spec.isascii() for address in addresses.values())
    digest = hashlib.sha256(message.idempotency_key.encode("utf-8", "replace")).hexdigest()[:32]
    message_id = f"<{digest}@{sender.domain}>"
    texts = {
        "Subject": one_line(content.get("subject")),
        "Date": format_datetime(message.created_at),
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
        "X-Novu-Idempotency-Key": one_line(message.idempotency_key),
    }

    # 7bit: a body that is not ASCII is encoded, so that it passes servers without 8BITMIME too. The headers that are
    # set raw are folded already.
    policy = (SMTPUTF8 if international else SMTP).clone(cte_type="7bit", refold_source="none")
    email = EmailMessage(policy=policy)
    for name, address in addresses.items():
        email.set_raw(name, address_header(name, address))
    for name, line in texts.items():
        email.set_raw(name, text_header(name, line))
    email.set_content(clean(message.text))
    if message.html:
        preheader = one_line(content.get("preheader"))
        html = clean(message.html)
        email.add_alternative(with_preheader(html, preheader) if preheader else html, subtype="html")
    return Letter(sender.addr_spec, recipient.addr_spec, message_id, email, international)


def _check_nothing_is_lost(content: dict[str, Any]) -> None:
    override = (content.get("_providers") or {}).get(_OVERRIDE, {})
    lost = [f"{name!r}" for name, value in content.items() if value and name not in (*_USED, "_providers")]
    lost += [f"{name!r} of the override for {_OVERRIDE}" for name, value in override.items() if value]
    if lost:
        raise DeliveryError(
            f"The e-mail holds what SMTP does not send: {', '.join(lost)}. It sends {', '.join(sorted(_USED))}. "
            "Leave the rest out, or use a provider of your own that sends it."
        )


def _sender(content: dict[str, Any], default: Address) -> Address:
    given = content.get("from")
    if not isinstance(given, dict) or content.get("useProviderDefaults") is True:
        return default
    address = _address("from", given["email"]) if given.get("email") else default
    name = one_line(given.get("name")) or (default.display_name if not given.get("email") else "")
    return Address(name, address.username, address.domain)


def _address(where: str, value: object) -> Address:
    if not value:
        raise DeliveryError(f"The e-mail has no address in {where!r}.")
    try:
        return parse_address(value)
    except ValueError as error:
        raise DeliveryError(f"The e-mail's {where!r} cannot be used: {error}.") from error
