"""``NOVU_DELIVERY`` URLs as providers, and as text without their secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from novu_core.clock import Clock
from novu_core.delivery.base import Provider
from novu_core.delivery.console import Console
from novu_core.delivery.events.sources import source_of
from novu_core.delivery.memory import Outbox
from novu_core.delivery.rate import without_rate
from novu_core.delivery.services.schemes import OURS, service_of
from novu_core.delivery.services.service_url import check_options, options_of, seconds_of, sender_of
from novu_core.errors import ConfigurationError
from novu_core.types import Channel

if TYPE_CHECKING:
    from novu_core.delivery.smtp import Security

_SECURITY: dict[str, Security] = {"smtp": "plain", "smtp+starttls": "starttls", "smtps": "tls"}
_SHOWN = ("from", "timeout", "rate", "events")
_OPTIONS = ("from", "timeout", "events", "events_key")
_EXAMPLES = (
    "smtp://host:25?from=a@b.c, smtp+starttls://user:password@host:587?from=a@b.c, "
    "smtps://user:password@host:465?from=a@b.c, https://host/path, console://, memory://"
)
_USERS_ARE_NAMES = (*_SECURITY, "http", "https", "twilio", "ses")
_HOSTS_ARE_HOSTS = (*_SECURITY, "http", "https", "console", "memory", *OURS)


def provider_from_url(
    url: str, channel: Channel, *, clock: Clock | None = None, deny_private: bool = False
) -> Provider:
    """Return the provider that ``url`` describes.

    ``smtp://``, ``smtp+starttls://`` and ``smtps://`` (e-mail only): ``[user:password@]host[:port]?from=ADDRESS`` and
    optionally ``&timeout=SECONDS``, ``&events_key=KEY`` and ``&events=SERVICE``; ``http://`` and ``https://``: a
    :class:`Webhook`; ``console://``; ``memory://``; a service's (docs/providers.md says all of them), or one of a
    package that has an entry point ``flask_novu.providers``. Each takes ``?rate=14/s``, too. ``deny_private``: what is
    asked over HTTP must have an address of the public internet.
    Raises ConfigurationError that names the channel, the URL without its secrets, and the fix.
    """
    try:
        bare, rate = without_rate(url.strip())
        provider = _provider(bare, channel, clock, deny_private)
        if rate is not None:
            vars(provider)["rate"] = rate
        if getattr(provider, "channel", None) not in (None, channel):
            raise ConfigurationError(f"it delivers only the channel {str(getattr(provider, 'channel', None))!r}.")
        return provider
    except ConfigurationError as error:
        raise ConfigurationError(f"NOVU_DELIVERY, channel {channel.value!r}: {redact(url)}: {error.message}") from error


def redact(url: str) -> str:
    """Return ``url`` for messages and logs: no password, no path (where webhooks keep theirs), no unknown option.

    Works on broken URLs too; in doubt it hides more: where a scheme is not ours, its host may be a key.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "'***'"
    if scheme not in _HOSTS_ARE_HOSTS and rest:
        return f"{scheme}://***"
    base, question, query = rest.partition("?")
    userinfo, at, host = base.rpartition("@")
    host, slash, path = host.partition("/")
    user, colon, _ = userinfo.partition(":")
    if not at:
        user, colon = "", ""
        name, port_colon, port = host.rpartition(":")
        if port_colon and not port.isdecimal() and not host.endswith("]"):
            host = f"{name.partition(':')[0]}:***"  # perhaps a password with an unescaped "/", "?" or "#"
    named = colon and scheme in _USERS_ARE_NAMES
    shown = f"{user}:***@" if named else ("***@" if at else "")
    options = "&".join(_option(option) for option in query.split("&")) if question else ""
    return f"{scheme}://{shown}{host}{'/...' if path else slash}{question}{options}"


def _option(option: str) -> str:
    return option if option.partition("=")[0] in _SHOWN else "***"


def _provider(url: str, channel: Channel, clock: Clock | None, deny_private: bool) -> Provider:
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

        return Webhook(url, clock=clock, deny_private=deny_private)
    if parts.scheme in _SECURITY:
        return _smtp(parts, port, channel)
    service = service_of(url, parts, clock=clock, deny_private=deny_private)
    if service is not None:
        return service
    schemes = ", ".join(f"{scheme}://" for scheme in OURS)
    raise ConfigurationError(
        f"unknown scheme {parts.scheme!r}. Use one of: {_EXAMPLES}, {schemes}; or one that Apprise supports, with "
        "the extra apprise."
    )


def _smtp(parts: SplitResult, port: int | None, channel: Channel) -> Provider:
    from novu_core.delivery.smtp import SMTP

    if channel is not Channel.EMAIL:
        raise ConfigurationError("SMTP delivers e-mail only. Use https://... to hand this channel to a service.")
    if not parts.hostname or port == 0 or parts.path not in ("", "/") or parts.fragment:
        raise ConfigurationError(
            f"it must have the form {parts.scheme}://host:port?from=a@b.c, with a port from 1 to 65535."
        )
    options = options_of(parts.query)
    check_options(options, _OPTIONS)
    if not options.get("from"):
        raise ConfigurationError("the sender is missing. Add ?from=ADDRESS, for example ?from=no-reply@example.com.")
    if parts.password is not None and not parts.username:
        raise ConfigurationError("it has a password but no user name.")
    return SMTP(
        parts.hostname,
        port,
        sender=sender_of(options["from"]),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        security=_SECURITY[parts.scheme],
        timeout=seconds_of(options.get("timeout", "10")),
        events=source_of(options.get("events", "rfc3464"), options.get("events_key")),
    )
