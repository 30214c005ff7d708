"""Connections of libraries that open their own, refused where nothing may be sent.

The interpreter tells of each connection before it is made (an audit hook), to the address that it is made to, whatever
a name said before and whichever library asks.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from novu_core.delivery.network import refusal


@dataclass(frozen=True)
class _Watch:
    deny_private: bool
    refused: list[str] = field(default_factory=list)


_watch: ContextVar[_Watch | None] = ContextVar("novu_watched_connections", default=None)


@contextmanager
def watched(*, deny_private: bool) -> Generator[list[str]]:
    """Refuse what :func:`~novu_core.delivery.network.refusal` does, with a PermissionError, to this thread or task.

    Yields the list of what was refused, and why. Proxies of the environment may be anywhere.
    """
    _install()
    found = _Watch(deny_private)
    token = _watch.set(found)
    try:
        yield found.refused
    finally:
        _watch.reset(token)


@cache
def _install() -> None:
    """Add the hook, which stays for the process's life."""
    sys.addaudithook(_look)


def _look(event: str, args: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    watch = _watch.get()
    sock, address = args
    if watch is None or sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
        return
    token = _watch.set(None)  # what follows may connect
    try:
        why = _refusal(str(address[0]), deny_private=watch.deny_private)
        if why is not None and not _is_proxy(address):
            watch.refused.append(f"{address[0]} is {why}; nothing is sent there")
            raise PermissionError(watch.refused[-1])
    finally:
        _watch.reset(token)


def _refusal(host: str, *, deny_private: bool) -> str | None:
    """Why nothing may be sent to an address, or to one of a name's."""
    reasons = (refusal(address, deny_private=deny_private) for address in _addresses(host))
    return next((reason for reason in reasons if reason is not None), None)


def _is_proxy(address: tuple[Any, ...]) -> bool:
    from urllib.request import getproxies

    for url in getproxies().values():
        parts = urlsplit(url if "://" in url else f"http://{url}")
        with contextlib.suppress(ValueError):  # of .port
            if parts.hostname and parts.port == address[1] and str(address[0]) in _addresses(parts.hostname):
                return True
    return False


def _addresses(host: str) -> list[str]:
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host.partition("%")[0]))]
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, 0, socket.SOCK_STREAM)]
    except (OSError, UnicodeError):  # then there is nothing to connect to, either
        return []
