"""Posts messages as JSON to a URL: the way to any service, through an endpoint of the user's own."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from novu_core.clock import Clock
from novu_core.delivery.base import Delivery, Message
from novu_core.delivery.posting import Posting
from novu_core.delivery.transport import Transport, basic
from novu_core.delivery.webhook_signature import WebhookSigner, without_secrets
from novu_core.errors import ConfigurationError


class Webhook(Posting):
    """Posts each message as JSON (:meth:`Message.to_json`), with its key in the ``Idempotency-Key`` header.

    Every 2xx is success; a JSON answer's ``id`` becomes the delivery's. 408, 425, 429 and 5xx are worth another
    attempt, at the earliest after ``Retry-After``; everything else, redirects too (they are not followed), is
    permanent. ``url`` may hold ``user:password@``. ``headers`` are added to each request. ``timeout``: seconds for
    connecting, for sending, for the answer's status and headers, and for its body. The environment's proxy settings
    hold. Link-local addresses are refused, with ``deny_private`` also all that are not of the public internet.
    ``secrets`` (``whsec_...``, also as ``?secret=`` of the URL, which are not sent on): each request is signed with
    each of them, as Standard Webhooks says. Raises ConfigurationError for a URL, header or secret that cannot be used.
    """

    name = "webhook"

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
        *,
        clock: Clock | None = None,
        context: ssl.SSLContext | None = None,
        deny_private: bool = False,
        secrets: Sequence[str] = (),
    ) -> None:
        url, own_secrets = without_secrets(url)
        self._url, credentials = _split(url)
        self._signer = WebhookSigner([*secrets, *own_secrets])
        self.host = urlsplit(self._url).netloc
        transport = Transport(timeout, context=context, deny_private=deny_private)
        super().__init__(f"Webhook to {self.host}", transport, clock, [urlsplit(url).password])
        own = {"Content-Type": "application/json", **credentials}
        self._headers = {**own, **{str(name): str(value) for name, value in (headers or {}).items()}}
        for name, value in self._headers.items():
            if not name or not (name + value).isprintable() or not (name + value).isascii():
                raise ConfigurationError(f"Webhook to {self.host}: the header {name!r} must be one line of ASCII text.")

    def send(self, message: Message) -> Delivery:
        """Post the message. Raises DeliveryError."""
        try:
            data = json.dumps(message.to_json(), allow_nan=False, default=str).encode()
        except ValueError as error:
            raise self.failed(f"was not called: the message cannot be written as JSON: {error}.") from error
        key = quote(message.idempotency_key, safe=":/._~-+=@,!")
        signed = self._signer.headers(key, self._clock.now(), data)
        answer = self.post(self._url, data, {**self._headers, "Idempotency-Key": key, **signed})
        return Delivery(self.name, answer.id(), {"status": answer.status})


def _split(url: str) -> tuple[str, dict[str, str]]:
    """The URL without credentials, and the header they become."""
    parts = None
    with contextlib.suppress(ValueError):  # also of .port
        split = urlsplit(url)
        if split.scheme in ("http", "https") and split.hostname and split.port != 0:
            parts = split
    if parts is None or not url.isprintable() or not url.isascii() or " " in url:
        raise ConfigurationError(
            "a webhook's URL must have the form https://host:port/path, with a port from 1 to 65535 and special "
            "characters percent-encoded."
        )
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    return parts._replace(netloc=host).geturl(), {"Authorization": basic(userinfo)}
