"""Which addresses a request may go to, decided on the address that is connected to: a name may change its mind."""

from __future__ import annotations

import ipaddress
import socket

from novu_core.errors import DeliveryError

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses behind a translator (RFC 6052)."""


def refusal(address: str, *, deny_private: bool) -> str | None:
    """Return why nothing may be sent to an IP address, or None.

    Link-local addresses are always refused: clouds answer there with their machines' credentials. ``deny_private``:
    so is every address that is not one of the public internet's.
    """
    found = _embedded(ipaddress.ip_address(address.partition("%")[0]))
    if found.is_link_local:
        return "a link-local address"
    if deny_private and (found.is_multicast or found.is_reserved or not found.is_global):
        return "not an address of the public internet (NOVU_WEBHOOK_DENY_PRIVATE)"
    return None


def dial(
    where: tuple[str, int], timeout: float | None, source: object = None, *, deny_private: bool = False
) -> socket.socket:
    """Connect to a host and port as :func:`socket.create_connection` does, and to no address that is refused.

    Raises OSError, and a DeliveryError that is not worth another attempt where every address of the host is refused.
    """
    host, port = where
    last: Exception | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        why = refusal(str(address[0]), deny_private=deny_private)
        if why is not None:
            last = last or DeliveryError(f"{host} is {address[0]}, {why}; nothing is sent there.")
            continue
        sock = None
        try:
            sock = socket.socket(family, kind, protocol)
            sock.settimeout(timeout)
            sock.connect(address)
        except OSError as error:
            if sock is not None:
                sock.close()
            last = error
        else:
            return sock
    raise last or OSError(f"{host} has no address")


def _embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
