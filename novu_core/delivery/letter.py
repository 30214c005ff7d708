"""An e-mail as every provider of e-mail reads it: checked, with what a provider's own override changes laid over it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from novu_core.delivery.addresses import Address, parse_address
from novu_core.delivery.attachments import Attachment, attachments_of
from novu_core.delivery.base import Message
from novu_core.delivery.content import html_of, text_of
from novu_core.delivery.custom_headers import checked_headers, unsubscribing
from novu_core.delivery.headers import clean, one_line
from novu_core.delivery.nodemailer import from_nodemailer
from novu_core.delivery.plaintext import with_preheader
from novu_core.errors import DeliveryError, FieldError
from novu_core.types import JsonObject

KEYS = (
    "subject", "body", "text", "html", "content_type", "preheader", "from", "useProviderDefaults", "envelope_from",
    "replyTo", "cc", "bcc", "headers", "attachments",
)  # fmt: skip
"""What an e-mail is made of. ``_providers`` beside these holds the overrides of single providers."""


@dataclass(frozen=True)
class Letter:
    """One e-mail, ready to be sent.

    ``to`` is the subscriber; ``bcc`` stands in no header. ``envelope_from``: where bounces go, None where nothing was
    said. ``subject`` is one line, ``html`` holds the preheader already, ``text`` is never None. ``headers`` are the
    user's own, and where to unsubscribe: names that may be sent, values of one line each. ``message_id`` is
    ``<...@domain>`` and follows from ``idempotency_key``.
    """

    sender: Address
    to: Address
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    envelope_from: Address | None
    subject: str
    text: str
    html: str | None
    headers: dict[str, str]
    attachments: tuple[Attachment, ...]
    message_id: str
    idempotency_key: str
    created_at: datetime

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Everyone that it goes to, ``to`` first, each once."""
        return tuple({address.addr_spec: address for address in (self.to, *self.cc, *self.bcc)}.values())

    def refuse(self, provider: str, *fields: str) -> None:
        """Raise DeliveryError (permanent) where a field has something that ``provider`` cannot send."""
        given = [f"{field!r}" for field in fields if getattr(self, field)]
        if given:
            raise DeliveryError(f"The e-mail has fields that {provider} cannot send: {', '.join(given)}.")


def letter_of(message: Message, default_sender: Address, *overrides: str) -> Letter:
    """Return an e-mail's message as a Letter.

    ``default_sender``: who it comes from where the content names nobody, or says ``useProviderDefaults``.
    ``overrides``: which overrides (``providers=`` of the step) hold an e-mail's own keys; each is laid over those
    before it, ``nodemailer`` in nodemailer's words. Raises DeliveryError (permanent) for an address that is missing or
    is none, for headers and attachments that cannot be sent, and for whatever would be left out.
    """
    content = _laid_over(message, overrides)
    sender = _sender(content, default_sender)
    try:
        headers, attachments = checked_headers(content.get("headers")), attachments_of(content)
    except ValueError as error:
        raise DeliveryError(f"The e-mail cannot be sent: {error}.") from error
    html, preheader = html_of(content), one_line(content.get("preheader"))
    digest = hashlib.sha256(message.idempotency_key.encode("utf-8", "replace")).hexdigest()[:32]
    return Letter(
        sender=sender,
        to=_address("to", message.to),
        cc=addresses_of("cc", content.get("cc")),
        bcc=addresses_of("bcc", content.get("bcc")),
        reply_to=addresses_of("replyTo", content.get("replyTo")),
        envelope_from=_envelope_from(content),
        subject=one_line(content.get("subject")),
        text=clean(text_of(content)),
        html=(with_preheader(clean(html), preheader) if preheader else clean(html)) if html else None,
        headers={**headers, **unsubscribing(content.get("headers"), message.unsubscribe_url)},
        attachments=attachments,
        message_id=f"<{digest}@{sender.domain}>",
        idempotency_key=message.idempotency_key,
        created_at=message.created_at,
    )


def mail_faults(content: Mapping[str, Any]) -> list[FieldError]:
    """Return what :func:`letter_of` would refuse of the addresses and headers of a step's output."""
    faults = []
    for key in _CHECKS.keys() & content.keys():
        try:
            _CHECKS[key](content)
        except (DeliveryError, ValueError) as error:
            faults.append(FieldError(f"/{key}", error.message if isinstance(error, DeliveryError) else str(error)))
    return sorted(faults)


def addresses_of(where: str, given: object) -> tuple[Address, ...]:
    """Return an address or a list of them, each ``a@b.c``, ``Name <a@b.c>`` or {email, name}. Raises DeliveryError."""
    everyone = given if isinstance(given, list | tuple) else [given] if given else []
    return tuple(_address(where, one) for one in everyone)


def _laid_over(message: Message, overrides: tuple[str, ...]) -> JsonObject:
    content = {name: value for name, value in message.content.items() if name != "_providers"}
    lost = [repr(name) for name, value in content.items() if value and name not in KEYS]
    for provider in overrides:
        given = message.override(provider)
        laid, left = from_nodemailer(given) if provider == "nodemailer" else (given, [])
        left += [name for name, value in laid.items() if value and name not in KEYS]
        lost += [f"{name!r} of the override for {provider}" for name in left]
        content |= laid
    if lost:
        raise DeliveryError(
            f"The e-mail has unknown fields: {', '.join(lost)}. Use only {', '.join(KEYS)}, or "
            "a provider of your own that sends the others."
        )
    return content


def _sender(content: Mapping[str, Any], default: Address) -> Address:
    given = content.get("from")
    if not given or content.get("useProviderDefaults") is True:
        return default
    if not isinstance(given, Mapping):
        return _address("from", given)
    address = _address("from", given["email"]) if given.get("email") else default
    name = one_line(given.get("name")) or (default.display_name if not given.get("email") else "")
    return Address(name, address.username, address.domain)


def _envelope_from(content: Mapping[str, Any]) -> Address | None:
    given = content.get("envelope_from")
    return _address("envelope_from", given) if given else None


def _address(where: str, given: object) -> Address:
    value, name = (given.get("email"), given.get("name")) if isinstance(given, Mapping) else (given, None)
    if not value:
        raise DeliveryError(f"The e-mail has no address in {where!r}.")
    try:
        found = parse_address(value)
    except ValueError as error:
        raise DeliveryError(f"The e-mail's {where!r} cannot be used: {error}.") from error
    return Address(one_line(name), found.username, found.domain) if name else found


_NOBODY = Address("", "nobody", "localhost")
_CHECKS: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "from": lambda content: _sender(content, _NOBODY),
    "envelope_from": _envelope_from,
    "replyTo": lambda content: addresses_of("replyTo", content.get("replyTo")),
    "cc": lambda content: addresses_of("cc", content.get("cc")),
    "bcc": lambda content: addresses_of("bcc", content.get("bcc")),
    "headers": lambda content: checked_headers(content.get("headers")),
}
