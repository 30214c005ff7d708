"""Push notifications to browsers (Web Push: RFC 8030, 8188, 8291, 8292)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from novu_core.delivery.base import Message
from novu_core.delivery.services import crypto
from novu_core.delivery.services.base import Request, merged, storable_text
from novu_core.delivery.services.push import PushService
from novu_core.delivery.services.service_url import ServiceURL
from novu_core.delivery.transport import Answer
from novu_core.errors import ConfigurationError

_DAY = 86_400
_LASTS = 43_200
"""Seconds that a token is good for; at most a day."""


class WebPush(PushService):
    """Sends to browsers. A device token is what ``JSON.stringify(subscription)`` gives there.

    ``private_key``: the base64url of a key on P-256 (VAPID); browsers subscribe with :attr:`public_key`. ``subject``:
    ``mailto:`` or ``https:`` of whom a push service may turn to. Subscriptions are users', so only https addresses of
    the public internet are asked, unless ``base_url`` stands for their scheme and host.
    """

    name = scheme = "webpush"
    home = "https://push.example"
    example = "webpush://VAPID_PRIVATE_KEY@?subject=mailto:admin@example.com"
    options = ("subject",)

    def __init__(self, private_key: str, *, subject: str, base_url: str | None = None, **wiring: Any) -> None:
        wiring["deny_private"] = wiring.get("deny_private", False) or base_url is None
        super().__init__(private_key, base_url=base_url, **wiring)
        self._moved = base_url is not None
        self._told = "WebPush"
        if urlsplit(subject).scheme not in ("mailto", "https"):
            raise ConfigurationError(
                "the subject must be an address such as mailto:admin@example.com or https://example.com."
            )
        self._subject = subject
        try:
            raw = crypto.unb64url(private_key)
        except ValueError:
            raw = b""
        self._key = crypto.ec_key(raw)

    @classmethod
    def from_url(cls, url: ServiceURL, **wiring: Any) -> WebPush:
        """Make one of ``webpush://KEY@?subject=mailto:...``. Raises ConfigurationError."""
        key = url.token("the private key")
        return cls(key, subject=url.need("subject"), **url.common(), **wiring)

    def greet(self) -> None:
        """Nothing: each browser has its own push service."""

    @property
    def public_key(self) -> str:
        """What browsers subscribe with, as ``applicationServerKey``."""
        return crypto.b64url(crypto.public_bytes(self._key))

    def to_device(self, message: Message, device: str) -> Request:
        """Return an encrypted message to one browser."""
        endpoint, receiver, secret = _subscription(device)
        shown = {"title": message.subject or "", "body": message.text or ""}
        told = json.dumps(merged(shown, self.override(message)), ensure_ascii=False, allow_nan=False, default=str)
        text = storable_text(told).encode()
        if len(text) > crypto.LONGEST:
            raise ValueError(f"the message has {len(text)} bytes; a browser takes {crypto.LONGEST}.")
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(self._clock.now().timestamp()) + _LASTS,
            "sub": self._subject,
        }
        headers = {
            "Authorization": f"vapid t={crypto.jwt(claims, self._key)}, k={self.public_key}",
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(_DAY),
        }
        path = parts._replace(scheme="", netloc="", fragment="").geturl()
        url = f"{self.base_url}{path}" if self._moved else endpoint
        return Request(url, crypto.encrypted(text, receiver, secret), headers)

    def id_of(self, answer: Answer) -> str | None:
        """Return the message's address at the push service."""
        return answer.headers.get("Location")


def _subscription(device: str) -> tuple[str, bytes, bytes]:
    """The address, the key and the secret of a browser. Raises ValueError."""
    try:
        found: Any = json.loads(device)
        endpoint, keys = str(found["endpoint"]), found["keys"]
        receiver, secret = crypto.unb64url(keys["p256dh"]), crypto.unb64url(keys["auth"])
        parts = urlsplit(endpoint)
        if parts.scheme != "https" or not parts.hostname or parts.port not in (None, 443) or "@" in parts.netloc:
            raise ValueError
        if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        told = "the device token is not a browser's subscription as JSON, with an https endpoint."
        raise ValueError(told) from None
    return endpoint, receiver, secret
