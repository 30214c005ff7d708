"""What keeps other websites out: a browser sends along who asks, and open mode is for this machine alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from novu_core.errors import CrossSiteError
from novu_core.http.messages import Request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
IN_PROCESS = "testclient"
"""What ``Request.client`` is for a test client, which opens no connection."""
_REMEMBERED = frozenset({"basic", "digest", "negotiate", "ntlm"})
_FORWARDED = ("forwarded", *(f"x-forwarded-{name}" for name in ("for", "host", "port", "prefix", "proto", "server")))


def check_same_site(request: Request, origins: Sequence[str] = ()) -> None:
    """Raise CrossSiteError where a page of another origin asks for a change, as its browser tells.

    ``origins``: others whose pages may, in lower case, ``*`` for any. A request with ``Authorization`` passes: no page
    of another origin can send that unasked, but for what a browser remembers and sends along by itself. So does one
    without any of a browser's headers: it is a program's.
    """
    scheme = request.headers.get("authorization", "").partition(" ")[0].lower()
    if request.method in SAFE_METHODS or (scheme and scheme not in _REMEMBERED):
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if origin is not None and ("*" in origins or origin.lower() in origins):
        return
    if site is not None:
        same = site in ("same-origin", "none")
    else:  # browsers of before 2023
        same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not same:
        raise CrossSiteError(
            "A page of another origin may not do this. Send `Authorization: ApiKey <NOVU_SECRET_KEY>` from a server."
        )


def is_local(request: Request) -> bool:
    """Whether a request comes from this machine, for this machine by name, and through no proxy or tunnel."""
    if request.client == IN_PROCESS:
        return True
    return (
        _is_loopback(request.client)
        and _names_this_machine(request.headers.get("host"))
        and not any(request.headers.get(name) for name in _FORWARDED)
    )


def _is_loopback(address: str | None) -> bool:
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def _names_this_machine(host: str | None) -> bool:
    """Whether ``Host`` is a loopback name: another one is a website that had its own name resolved to this machine."""
    if host is None:
        return True
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)
