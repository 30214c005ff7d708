"""Which class a URL's scheme stands for: a service of ours, or a provider that another package brings."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import SplitResult

from novu_core.delivery.base import Provider
from novu_core.errors import ConfigurationError, text_of

GROUP = "flask_novu.providers"
"""The entry points of other packages: a scheme, and what is called with the URL and returns a provider."""
OURS = {
    "twilio": "twilio:Twilio",
    "slack": "slack:Slack",
    "discord": "discord:Discord",
    "msteams": "teams:Teams",
    "fcm": "fcm:FCM",
    "webpush": "webpush:WebPush",
    "ses": "ses:SES",
    "sendgrid": "sendgrid:SendGrid",
    "mailgun": "mailgun:Mailgun",
    "postmark": "postmark:Postmark",
    "resend": "resend:Resend",
}
"""The file and the class of each scheme of ours."""


def service_of(url: str, parts: SplitResult, **wiring: Any) -> Provider | None:
    """Return the provider of a URL, None where nobody knows its scheme. Raises ConfigurationError.

    ``wiring``: what every service of ours takes, ``clock`` and ``deny_private``.
    """
    place = OURS.get(parts.scheme)
    if place is None:
        made = _theirs(parts.scheme)
        return (
            _apprise(url, parts.scheme, wiring.get("deny_private"))
            if made is None
            else _called(made, url, parts.scheme)
        )
    module, _, name = place.partition(":")
    service: Any = getattr(import_module(f"novu_core.delivery.services.{module}"), name)
    found: Provider = service.read(parts, **wiring)
    return found


def _apprise(url: str, scheme: str, deny_private: bool | None) -> Provider | None:
    from novu_core.delivery.services.apprise_urls import PREFIX, Apprise, knows

    known = knows(scheme)
    if known is None and scheme.startswith(PREFIX):
        raise ConfigurationError("Apprise is not installed: pip install 'flask-novu[apprise]'.")
    return Apprise(url, deny_private=bool(deny_private)) if known else None


def _theirs(scheme: str) -> Callable[[str], Any] | None:
    points = [point for point in _points() if point.name == scheme]
    if len({point.value for point in points}) > 1:
        names = " and ".join(sorted(point.value for point in points))
        raise ConfigurationError(f"several packages register a provider for {scheme!r}: {names}. Keep one of them.")
    if not points:
        return None
    try:
        found: Callable[[str], Any] = points[0].load()
    except Exception as error:
        told = f"{type(error).__name__}: {text_of(error)}"
        raise ConfigurationError(f"its provider {points[0].value!r} cannot be imported: {told}") from error
    return found


def _called(made: Callable[[str], Any], url: str, scheme: str) -> Provider:
    try:
        found: Any = made(url)
    except ConfigurationError:
        raise
    except Exception as error:  # the text may hold the URL's secrets
        raise ConfigurationError(f"its provider refuses the URL ({type(error).__name__}).") from error
    if not callable(getattr(found, "send", None)):
        raise ConfigurationError(
            f"what the entry point {scheme!r} returned is not a provider: it has no send(message)."
        )
    provider: Provider = found
    return provider


def _points() -> list[Any]:
    from importlib.metadata import entry_points  # asked only for schemes that are not ours

    return list(entry_points(group=GROUP))
