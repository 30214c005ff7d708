"""``NOVU_DELIVERY`` URLs as providers, and as text without their secrets."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from novu_core.delivery.base import Provider
from novu_core.delivery.console import Console
from novu_core.delivery.memory import Outbox
from novu_core.errors import ConfigurationError
from novu_core.types import Channel

if TYPE_CHECKING:
    from novu_core.delivery.smtp import Security

_SECURITY: dict[str, Security] = {"smtp": "plain", "smtp+starttls": "starttls", "smtps": "tls"}
_OPTIONS = ("from", "timeout")
_EXAMPLES = (
    "smtp://host:25?from=a@b.c, smtp+starttls://user:password@host:587?from=a@b.c, "
    "smtps://user:password@host:465?from=a@b.c, https://host/path, console://, memory://"
)


def provider_from_url(url: str, channel: Channel) -> Provider:
    """Return the provider that ``url`` describes.

    ``smtp://``, ``smtp+starttls://`` and ``smtps://`` (e-mail only): ``[user:password@]host[:port]?from=ADDRESS`` and
    optionally ``&timeout=SECONDS``; ``http://`` and ``https://``: a :class:`Webhook`; ``console://``; ``memory://``.
    Raises ConfigurationError that names the channel, the URL without its secrets, and the fix.
    """
    try:
        return _provider(url.strip(), channel)
    except ConfigurationError as error:
        raise ConfigurationError(f"NOVU_DELIVERY, channel {channel.value!r}: {redact(url)}: {error.message}") from error


def redact(url: str) -> str:
    """Return ``url`` for messages and logs: no password, no path (where webhooks keep theirs), no unknown option.

    Works on broken URLs too; in doubt it hides more.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "'***'"
    base, question, query = rest.partition("?")
    userinfo, at, host = base.rpartition("@")
    host, slash, path = host.partition("/")
    user, colon, _ = userinfo.partition(":")
    if not at:
        user, colon = "", ""
        name, port_colon, port = host.rpartition(":")
        if port_colon and not port.isdecimal() and not host.endswith("]"):
            host = f"{name.partition(':')[0]}:***"  # perhaps a password with an unescaped "/", "?" or "#"
    shown = f"{user}:***@" if colon else ("***@" if at else "")
    options = "&".join(_option(option) for option in query.split("&")) if question else ""
    return f"{scheme}://{shown}{host}{'/...' if path else slash}{question}{options}"


def _option(option: str) -> str:
    return option if option.partition("=")[0] in _OPTIONS else "***"


def _provider(url: str, channel: Channel) -> Provider:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError(
            "the host or port cannot be read. A port is a number from 1 to 65535; "
            "in a user name or password write @ : / ? # % as %40 %3A %2F %3F %23 %25."
        ) from None
    if re.search(r"\s", url):
        raise ConfigurationError("it has a space. Write a space as %20.")
    if parts.scheme == "console":
        return Console()
    if parts.scheme == "memory":
        return Outbox()
    if parts.scheme in ("http", "https"):
        from novu_core.delivery.webhook import Webhook  # smtplib and urllib.request: only who needs them waits for them

        return Webhook(url)
    if parts.scheme in _SECURITY:
        return _smtp(parts, port, channel)
    raise ConfigurationError(f"unknown scheme {parts.scheme!r}. Use one of: {_EXAMPLES}.")


def _smtp(parts: SplitResult, port: int | None, channel: Channel) -> Provider:
    from novu_core.delivery.smtp import SMTP

    if channel is not Channel.EMAIL:
        raise ConfigurationError("SMTP delivers e-mail only. Use https://... to hand this channel to a service.")
    if not parts.hostname or port == 0 or parts.path not in ("", "/") or parts.fragment:
        raise ConfigurationError(f"it must be like {parts.scheme}://host:port?from=a@b.c, the port from 1 to 65535.")
    options = _options(parts.query)
    unknown = sorted(options.keys() - set(_OPTIONS))
    if unknown:
        shown = unknown[0] if re.fullmatch(r"\w+", unknown[0]) else "***"  # perhaps the end of a password with a "?"
        raise ConfigurationError(f"unknown option {shown!r}. The options are {' and '.join(_OPTIONS)}.")
    if not options.get("from"):
        raise ConfigurationError("the sender is missing. Add ?from=ADDRESS, for example ?from=no-reply@example.com.")
    if parts.password is not None and not parts.username:
        raise ConfigurationError("it has a password and no user name.")
    return SMTP(
        parts.hostname,
        port,
        sender=_sender(options["from"]),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        security=_SECURITY[parts.scheme],
        timeout=_seconds(options.get("timeout", "10")),
    )


def _options(query: str) -> dict[str, str]:
    """The query with ``+`` kept: it is more often part of an address than a space."""
    return dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))


def _sender(value: str) -> str:
    """The same for an address; in a name before it ``+`` is how forms write a space."""
    name, bracket, address = value.rpartition("<")
    return name.replace("+", " ") + bracket + address


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise ConfigurationError(f"timeout must be a number of seconds from above 0 to 3600, not {value!r}.")
    return seconds
