"""A service's URL in NOVU_DELIVERY, read: ``scheme://user:password@host/path?option=value``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from novu_core.errors import ConfigurationError

TIMEOUT = 10.0


def options_of(query: str) -> dict[str, str]:
    """Return the options of a query with ``+`` kept: it is more often part of an address than a space."""
    return dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))


def seconds_of(value: str) -> float:
    """Return the option ``timeout`` in seconds. Raises ConfigurationError."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise ConfigurationError(f"timeout must be a number of seconds, above 0 and at most 3600, not {value!r}.")
    return seconds


def sender_of(value: str) -> str:
    """Return the option ``from``: ``+`` stays in an address; in a name before it, it is how forms write a space."""
    name, bracket, address = value.rpartition("<")
    return name.replace("+", " ") + bracket + address


def check_options(given: dict[str, str], known: tuple[str, ...]) -> None:
    """Raise ConfigurationError for an option that is not known."""
    unknown = sorted(given.keys() - set(known))
    if unknown:
        shown = unknown[0] if re.fullmatch(r"\w+", unknown[0]) else "***"  # perhaps the end of a password with a "?"
        *some, last = known
        names = f"{', '.join(some)} and {last}" if some else last
        raise ConfigurationError(f"unknown option {shown!r}. The options are {names}.")


@dataclass(frozen=True, repr=False)
class ServiceURL:
    """What a URL says, decoded. ``example``: how one of its scheme looks, for errors. Its repr shows none of it."""

    example: str
    user: str | None
    password: str | None
    host: str | None
    """With its port, None where the URL names none."""
    path: tuple[str, ...]
    options: dict[str, str]

    @classmethod
    def read(cls, parts: SplitResult, example: str, options: tuple[str, ...]) -> ServiceURL:
        """Return a URL's parts. ``options``: those beside ``timeout`` and ``base_url``. Raises ConfigurationError."""
        if parts.fragment:
            raise ConfigurationError(f'it contains a "#"; write %23 in a password. Use the form {example}.')
        given = options_of(parts.query)
        check_options(given, (*options, "timeout", "base_url"))
        userinfo, _, host = parts.netloc.rpartition("@")
        user, colon, password = userinfo.partition(":")
        if (
            not unquote(userinfo).isascii()
            or not unquote(f"{userinfo}{parts.path}{''.join(given.values())}").isprintable()
        ):
            raise ConfigurationError(
                "credentials must be ASCII, and no part may contain a line break or another unprintable character."
            )
        return cls(
            example=example,
            user=unquote(user) or None,
            password=unquote(password) if colon else None,
            host=host or None,
            path=tuple(unquote(part) for part in parts.path.split("/") if part),
            options=given,
        )

    def credentials(self, user: str, password: str) -> tuple[str, str]:
        """Return user and password. Raises ConfigurationError, which names what is missing by these names."""
        if not self.user:
            raise self.missing(user)
        if not self.password:
            raise self.missing(password)
        return self.user, self.password

    def token(self, name: str) -> str:
        """Return the one credential before the ``@``. Raises ConfigurationError."""
        if not self.user or self.password:
            raise self.missing(name)
        return self.user

    def need(self, option: str) -> str:
        """Return an option that must be there. Raises ConfigurationError."""
        found = self.options.get(option)
        if not found:
            raise ConfigurationError(f"the option {option!r} is missing. Use the form {self.example}.")
        return found

    def missing(self, name: str) -> ConfigurationError:
        """Return the error that names a credential which is missing."""
        return ConfigurationError(f"{name} is missing. Use the form {self.example}.")

    def common(self, base_url: str | None = None) -> dict[str, Any]:
        """Return the arguments that every service takes: ``timeout``, and ``base_url`` where the URL says other."""
        found: dict[str, Any] = {"timeout": seconds_of(self.options.get("timeout", str(TIMEOUT)))}
        base = self.options.get("base_url") or base_url or (self.host and f"https://{self.host}")
        return {**found, **self._events(), **({"base_url": base} if base else {})}

    def _events(self) -> dict[str, str]:
        return {"events_key": self.options["events_key"]} if "events_key" in self.options else {}


def checked_base(base_url: str) -> str:
    """Return the address that a service's paths are put behind. Raises ConfigurationError."""
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not base_url.isascii() or not base_url.isprintable() or re.search(r"[\s?#@]", base_url):
        raise ConfigurationError(
            "base_url must have the form https://host:port/path, without a user, query or fragment."
        )
    return base_url.rstrip("/")
