"""What the services for e-mail share: a finished letter becomes JSON, and nothing of it is left out."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, ClassVar

from novu_core.delivery.addresses import Address, parse_address
from novu_core.delivery.attachments import Attachment
from novu_core.delivery.base import Message
from novu_core.delivery.events.sources import source_of
from novu_core.delivery.headers import address_header, one_line
from novu_core.delivery.letter import Letter, letter_of
from novu_core.delivery.services.base import Request, Service, merged
from novu_core.delivery.services.service_url import ServiceURL, sender_of
from novu_core.errors import ConfigurationError
from novu_core.types import Channel, JsonObject


class EmailService(Service):
    """Sends e-mail from ``sender``, ``a@b.c`` or ``Name <a@b.c>``, with ``token``.

    ``events_key``: what verifies the service's reports of bounces and complaints; None, and there are none.

    A subclass says what its API is asked (:meth:`data`), where (``path``), and by which headers (:meth:`headers`).
    """

    channel = Channel.EMAIL
    options: ClassVar[tuple[str, ...]] = ("from",)
    credential_name: ClassVar[str] = "the API key"
    path: ClassVar[str]
    refused: ClassVar[tuple[str, ...]] = ("envelope_from",)
    """The parts of a letter that the API cannot send."""

    def __init__(self, token: str, *, sender: str, events_key: str | None = None, **wiring: Any) -> None:
        super().__init__(token, events_key, **wiring)
        self.token = token
        self.events = source_of(self.name, events_key)
        try:
            self.sender: Address = parse_address(sender)
        except ValueError as error:
            raise ConfigurationError(f"the sender (from) cannot be used: {error}.") from error

    @classmethod
    def from_url(cls, url: ServiceURL, **wiring: Any) -> EmailService:
        """Make one of ``scheme://TOKEN@host?from=ADDRESS``. Raises ConfigurationError."""
        token = url.token(cls.credential_name)
        return cls(token, sender=sender_of(url.need("from")), **url.common(), **wiring)

    def data(self, letter: Letter) -> JsonObject:
        """Return what the API is told of a letter."""
        raise NotImplementedError

    def headers(self, letter: Letter) -> dict[str, str]:
        """Return the headers of the request."""
        return {"Authorization": f"Bearer {self.token}"}

    def address(self, message: Message) -> str:
        """Return the address as it is: the letter checks it."""
        return message.to or ""

    def request(self, message: Message, to: str) -> Request:
        """Return the letter, with what the step gives this provider laid over it."""
        letter = letter_of(message, self.sender)
        letter.refuse(type(self).__name__, *self.refused)
        data = merged(self.data(letter), self.override(message))
        return Request.json(f"{self.base_url}{self.path}", data, self.headers(letter))


def mailbox(address: Address) -> str:
    """Return ``"Name" <a@b.c>``; a name that a reader may take for an encoded word is encoded."""
    name = one_line(address.display_name)
    if not name:
        return address.addr_spec
    if "=?" in name:
        return encoded_mailbox(address)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address.addr_spec}>'


def encoded_mailbox(address: Address) -> str:
    """Return the same in ASCII, a name outside it as encoded words."""
    return address_header("To", address).replace("\r\n", "")


def mailboxes(addresses: Iterable[Address]) -> list[str]:
    """Return addresses as a list of mailboxes."""
    return [mailbox(address) for address in addresses]


def copies(letter: Letter) -> tuple[list[Address], list[Address]]:
    """Return cc and bcc without whom the letter reaches already: some services refuse a letter for that."""
    seen = {letter.to.addr_spec}
    found: list[list[Address]] = []
    for addresses in (letter.cc, letter.bcc):
        found.append([one for one in addresses if one.addr_spec not in seen])
        seen |= {one.addr_spec for one in addresses}
    return found[0], found[1]


def all_headers(letter: Letter) -> dict[str, str]:
    """Return the letter's own headers, and those that tell a repetition and ask for no automatic answer."""
    key = one_line(letter.idempotency_key)
    return {"Auto-Submitted": "auto-generated", "X-Novu-Idempotency-Key": key, **letter.headers}


def base64_of(attachment: Attachment) -> str:
    """Return the bytes of a file as base64."""
    return base64.b64encode(attachment.content).decode()


def filled(data: JsonObject) -> JsonObject:
    """Return the fields that hold something."""
    return {name: value for name, value in data.items() if value}
