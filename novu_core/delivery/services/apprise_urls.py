"""Everything that Apprise can send to: its URLs, with the subscriber's address or credentials filled in."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

from novu_core.delivery.base import Delivery, Message
from novu_core.delivery.watched import watched
from novu_core.errors import ConfigurationError, DeliveryError
from novu_core.records.credentials import credentials_of

PREFIX = "apprise+"
"""Before a scheme that is ours as well: ``apprise+slack://``."""
_PLACE = re.compile(r"\{(to|subscriber_id|credentials\[([^\]{}]+)\])\}")
_SAMPLES = ("15550100", "ada@example.org", "a1b2c3d4e5f6a7b8c9d0")
"""What may stand for an address where a URL is only checked."""
_SHORTEST_SECRET = 4
_NOT_OURS = ("cc", "bcc", "replyTo", "headers", "envelope_from", "from")
_said: ContextVar[list[str] | None] = ContextVar("novu_apprise_said", default=None)


class Apprise:
    """Sends through a service that Apprise knows, by its URL.

    ``{to}``, ``{subscriber_id}`` and ``{credentials[name]}`` in it are the subscriber's, percent-encoded. Apprise says
    only yes or no: a no is worth another attempt. Link-local addresses are refused, with ``deny_private`` also all that
    are not of the public internet. Raises ConfigurationError for a URL that Apprise does not take.
    """

    name = "apprise"
    timeout = 30.0
    """Seconds; an attempt runs in a thread of its own."""

    def __init__(self, url: str, *, deny_private: bool = False) -> None:
        self._deny_private = deny_private
        self._url = url.removeprefix(PREFIX)
        self.scheme = self._url.partition("://")[0]
        plugin = next(filter(None, (_plugin(_PLACE.sub(sample, self._url)) for sample in _SAMPLES)), None)
        if plugin is None:
            raise ConfigurationError(
                f"Apprise does not accept this {self.scheme}:// URL; see its documentation for the form."
            )
        self._attaches = bool(plugin.attachment_support)

    def __repr__(self) -> str:
        return f"<Apprise {self.scheme}>"

    @property
    def needs_address(self) -> bool:
        """Whether the URL has ``{to}``."""
        return "{to}" in self._url

    def send(self, message: Message) -> Delivery:
        """Send the message. Raises DeliveryError."""
        apprise = import_module("apprise")
        attachments = message.attachments
        lost = [repr(name) for name in _NOT_OURS if message.content.get(name)]
        lost += ["'attachments'"] if attachments and not self._attaches else []
        if lost:
            raise DeliveryError(f"{self!r} cannot send {', '.join(lost)}.")
        with _listening() as said, watched(deny_private=self._deny_private) as refused:
            plugin = _plugin(_PLACE.sub(lambda place: self._filled(place, message), self._url))
            box = apprise.Apprise()
            if plugin is None or not box.add(plugin):
                raise DeliveryError(f"{self!r} cannot use the subscriber's address or credentials.")
            html = message.html
            done = box.notify(
                body=html or message.text or "",
                title=message.subject or "",
                body_format=apprise.NotifyFormat.HTML if html else apprise.NotifyFormat.TEXT,
                attach=[
                    apprise.attachment.memory.AttachMemory(each.content, each.name, each.type) for each in attachments
                ]
                or None,
            )
        if not done and refused:
            raise DeliveryError(f"{self!r} was not called: {refused[0]}.")
        if not done:
            told = self._scrubbed("; ".join(said), plugin.url()) or "Apprise does not say why"
            raise DeliveryError(f"{self!r} was not delivered: {told[:300]}", retriable=True)
        return Delivery(self.name, None, {"service": self.scheme})

    def _filled(self, place: re.Match[str], message: Message) -> str:
        name = place[2]
        if place[1] == "to":
            found: Any = message.to
        elif name is None:
            found = message.subscriber_id
        else:
            found = _credentials(message, self.scheme).get(name)
        if not isinstance(found, str | int) or found == "":
            raise DeliveryError(f"{self!r} was not called: the subscriber has no {place[0]}.")
        return quote(str(found), safe="")

    def _scrubbed(self, text: str, url: str) -> str:
        for part in re.split(r"[/:@?&=#]+", f"{self._url}&{url}"):
            if len(part) >= _SHORTEST_SECRET and part != self.scheme:
                text = text.replace(part, "***")
        return text


def knows(scheme: str) -> bool | None:
    """Return whether Apprise knows a scheme, None where it is not installed."""
    if find_spec("apprise") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its services import modules that Python has deprecated
        manager = import_module("apprise.manager_plugins").NotificationManager()
        return scheme.removeprefix(PREFIX) in set(manager.schemas())


def _plugin(url: str) -> Any:
    with _listening():
        plugin: Any = import_module("apprise").Apprise.instantiate(url)
    if plugin is not None:
        plugin.request_rate_per_sec = 0  # most would sleep 5.5 s between sends, in the caller
    return plugin


def _credentials(message: Message, scheme: str) -> Mapping[str, Any]:
    """The subscriber's credentials: of the service's name first, then of any."""
    entries = [entry for entry in credentials_of(message.subscriber.channels) if isinstance(entry["credentials"], dict)]
    found: dict[str, Any] = {}
    for entry in sorted(entries, key=lambda entry: entry["providerId"] != scheme):
        found = {**entry["credentials"], **found}
    return found


@contextmanager
def _listening() -> Generator[list[str]]:
    """Keep what Apprise logs here, secrets and all, out of the log."""
    for name in ("apprise", "urllib3.connectionpool"):
        logging.getLogger(name).addFilter(_kept)
    said: list[str] = []
    token = _said.set(said)
    try:
        yield said
    finally:
        _said.reset(token)


def _kept(record: logging.LogRecord) -> bool:
    said = _said.get()
    if said is None:
        return True
    if record.name == "apprise" and record.levelno >= logging.WARNING:
        said.append(record.getMessage())
    return False
