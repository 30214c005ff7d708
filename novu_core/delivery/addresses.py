"""Where a message goes: a subscriber's address on a channel, and what counts as an e-mail address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from novu_core.records.credentials import credentials_of
from novu_core.types import Channel, JsonObject

_BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\ufeff"
"""What forms leave around an address. No control characters: those stay, and are refused."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NAMED = re.compile(r"([^<>]*)<([^<>]+)>")
"""Name <a@b.c>"""
_LOCAL_PART = re.compile(r"(?!.*=\?)[^\s@<>()\[\],:;\"\\\ud800-\udfff]+")
"""Without what a reader may take for an encoded word: it would show, and answer to, another address."""
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE
)
_LONGEST = 254
"""Octets of an address (RFC 5321, erratum 1690). The part before the @ has no limit of its own: servers take more."""


@dataclass(frozen=True)
class Address:
    """An e-mail address that :func:`parse_address` took; ``domain`` is ASCII, ``username`` what stands before the @."""

    display_name: str
    username: str
    domain: str

    def __str__(self) -> str:
        return f"{self.display_name} <{self.addr_spec}>" if self.display_name else self.addr_spec

    @property
    def addr_spec(self) -> str:
        """``username@domain``, quoted where dots stand as RFC 5322 has them only in quotes."""
        quote = '"' if "" in self.username.split(".") else ""
        return f"{quote}{self.username}{quote}@{self.domain}"


def address_of(subscriber: JsonObject, channel: Channel) -> str | None:
    """Return the subscriber's address on ``channel``: e-mail, phone number, or a credential under ``channels``.

    Of several credentials it is the first: a device token for push, a webhook's URL or a channel for chat. Blanks
    around it are left out.
    """
    if channel is Channel.EMAIL:
        found = subscriber.get("email")
    elif channel is Channel.SMS:
        found = subscriber.get("phone")
    else:
        stored = subscriber.get("channels")
        found = stored.get(channel) if isinstance(stored, dict) else stored and _first_credential(stored, channel)
    return found.strip(_BLANKS) or None if isinstance(found, str) else None


def _first_credential(stored: Any, channel: Channel) -> Any:
    fields = ("deviceTokens",) if channel is Channel.PUSH else ("webhookUrl", "channel")
    for entry in credentials_of(stored):
        credentials = entry.get("credentials")
        for found in [credentials.get(field) for field in fields] if isinstance(credentials, dict) else ():
            first = found[0] if isinstance(found, list) and found else found
            if isinstance(first, str) and first:
                return first
    return None


def parse_address(text: object) -> Address:
    """Return ``a@b.c`` or ``Name <a@b.c>`` as an Address, the domain in ASCII. Raises ValueError for anything else.

    Dots may follow each other before the @, since providers have given such addresses away; at its ends they may stand
    only in quotes.
    """
    shown = f"{repr(text)[:120]} is not an e-mail address"
    if not isinstance(text, str) or _CONTROL.search(text):
        raise ValueError(shown)
    named = _NAMED.fullmatch(text.strip(_BLANKS))
    name, spec = named.groups() if named else ("", text)
    name = name.strip(_BLANKS)
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    if not quoted and "@" in name and re.search("[,;]", name):
        raise ValueError(f"{shown}: it looks like several")
    local, _, domain = spec.strip(_BLANKS).rpartition("@")
    if len(local) > 2 and local[0] == local[-1] == '"':
        local = local[1:-1]
    elif local[:1] == "." or local[-1:] == ".":
        raise ValueError(shown)
    if not _LOCAL_PART.fullmatch(local):
        raise ValueError(shown)
    try:
        domain = ascii_domain(domain)
    except ValueError as error:
        raise ValueError(f"{shown}: {error}") from None
    address = Address(re.sub(r"\\(.)", r"\1", name[1:-1]) if quoted else name, local, domain)
    if len(address.addr_spec.encode()) > _LONGEST:
        raise ValueError(f"{shown}: it is longer than {_LONGEST} bytes")
    return address


def address_key(text: object) -> str:
    """Return what is the same for every spelling of an e-mail address. Raises ValueError for what is none.

    The domain's letters have no case. What stands before the ``@`` is kept as it is: only its own server knows whether
    ``Ada`` and ``ada``, or ``ada+news``, are one mailbox.
    """
    address = parse_address(text)
    return Address("", address.username, address.domain.lower()).addr_spec


def address_key_or_none(text: object) -> str | None:
    """Return the :func:`address_key` of an e-mail address, None for what is none."""
    try:
        return address_key(text)
    except ValueError:
        return None


def ascii_domain(domain: str) -> str:
    """Return a domain as the DNS knows it: ``straße.example`` is ``xn--strae-oqa.example``.

    By UTS 46 as browsers use it (not transitional): the codec ``idna`` of Python makes ``strasse.example`` of it, which
    may be somebody else's. Raises ValueError.
    """
    found = domain
    if not domain.isascii() and len(domain) <= _LONGEST:
        import idna  # its tables are loaded only when a domain needs them

        try:
            labels = idna.uts46_remap(domain, std3_rules=True).split(".")
            found = ".".join(
                label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels
            )
        except UnicodeError:
            found = ""
    if not _DOMAIN.fullmatch(found):
        raise ValueError("its domain is not valid")
    return found
