"""Which class reads the reports of a service."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from novu_core.delivery.events.base import EventSource
from novu_core.errors import ConfigurationError

SOURCES = {
    "ses": "ses:SESEvents",
    "sendgrid": "sendgrid:SendGridEvents",
    "mailgun": "mailgun:MailgunEvents",
    "postmark": "postmark:PostmarkEvents",
    "rfc3464": "rfc3464:PlainReports",
}
_SHORTEST = 8


def source_of(name: str, key: str | None) -> EventSource | None:
    """Return what reads the reports of a service, None without a key. Raises ConfigurationError.

    ``key``: the option ``events_key`` of the provider's URL (docs/providers.md says what it is for each).
    """
    if key is None:
        return None
    if name not in SOURCES:
        raise ConfigurationError(f"unknown events {name!r}. Use one of {', '.join(SOURCES)}.")
    if len(key) < _SHORTEST:
        raise ConfigurationError(f"events_key must have at least {_SHORTEST} characters.")
    module, _, kind = SOURCES[name].partition(":")
    made: Any = getattr(import_module(f"novu_core.delivery.events.{module}"), kind)
    source: EventSource = made(key)
    return source
