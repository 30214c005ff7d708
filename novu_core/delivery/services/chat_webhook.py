"""Chat services whose webhooks are URLs: one for all messages, or each subscriber's own."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from novu_core.delivery.base import Message
from novu_core.delivery.services.base import Request, Service, text_of
from novu_core.delivery.services.service_url import TIMEOUT, options_of, seconds_of
from novu_core.errors import ConfigurationError
from novu_core.types import Channel, JsonObject

_OURS = ("timeout", "base_url")


class ChatWebhook(Service):
    """Posts to ``webhook``, or without one to the ``webhookUrl`` of the subscriber's credentials.

    Those come from users, so they must be the service's own (``hosts``). ``base_url`` stands for the scheme and host of
    either.
    """

    channel = Channel.CHAT
    hosts: ClassVar[tuple[str, ...]]
    """Of the service's own webhooks; one that begins with a dot is a domain with every host in it."""

    def __init__(self, webhook: str | None = None, *, base_url: str | None = None, **wiring: Any) -> None:
        parts = urlsplit(webhook) if webhook else None
        super().__init__(base_url=base_url or (f"{parts.scheme}://{parts.netloc}" if parts else None), **wiring)
        self._fixed = parts
        self._moved = base_url is not None

    @property
    def needs_address(self) -> bool:
        """Whether messages go to the subscriber's own webhook."""
        return self._fixed is None

    @classmethod
    def read(cls, parts: SplitResult, **wiring: Any) -> ChatWebhook:
        """Make one of the webhook's URL with the service's scheme for https. Raises ConfigurationError."""
        options = options_of(parts.query)
        given: dict[str, Any] = {"timeout": seconds_of(options.get("timeout", str(TIMEOUT)))}
        if "base_url" in options:
            given["base_url"] = options["base_url"]
        if not parts.netloc and not parts.path:
            return cls(**given, **wiring)
        whole = parts.geturl()
        plain = whole.isascii() and whole.isprintable()
        if not parts.hostname or "@" in parts.netloc or not parts.path.strip("/") or not plain:
            raise ConfigurationError(
                f"it must have the form {cls.example}, or be {cls.scheme}:// for each subscriber's own webhook."
            )
        query = "&".join(option for option in parts.query.split("&") if option.partition("=")[0] not in _OURS)
        return cls(parts._replace(scheme="https", query=query, fragment="").geturl(), **given, **wiring)

    def payload(self, text: str) -> JsonObject:
        """Return what the service is told for a text."""
        raise NotImplementedError

    def query(self, query: str) -> str:
        """Return the query of a webhook as it is asked."""
        return query

    def address(self, message: Message) -> str:
        """Return the webhook to post to. Raises DeliveryError where it is not the service's."""
        if self._fixed is not None:
            return self._fixed.geturl()
        found = self.credential(message, "webhookUrl") or message.to
        if not isinstance(found, str) or not self._is_ours(found):
            raise self.failed(f"was not called: the subscriber's webhook is not on {' or '.join(self.hosts)}.")
        return found

    def request(self, message: Message, to: str) -> Request:
        """Return the post of the text, with what the step gives this provider laid over it."""
        given = self.override(message)
        own = given.pop("webhookUrl", None)
        if own is not None and not self._is_ours(str(own)):
            raise ValueError("the `webhookUrl` in `providers` does not belong to the service.")
        parts = urlsplit(str(own or to))
        ours = self._moved or (self._fixed is not None and own is None)
        base = self.base_url if ours else f"https://{parts.netloc}"
        path = parts._replace(scheme="", netloc="", fragment="", query=self.query(parts.query)).geturl()
        said = self.payload(text_of(message)) if message.text or not given else {}
        return Request.json(f"{base}{path}", {**said, **given})

    def _is_ours(self, webhook: str) -> bool:
        try:
            parts = urlsplit(webhook)
            usable = parts.scheme == "https" and parts.port in (None, 443) and "@" not in parts.netloc
        except ValueError:
            return False
        host = parts.hostname or ""
        known = any(host.endswith(one) if one[0] == "." else host == one for one in self.hosts)
        return usable and known and webhook.isascii() and webhook.isprintable() and " " not in webhook
