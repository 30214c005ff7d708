"""Posts messages as JSON to a URL: the way to any service, through an endpoint of the user's own."""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import json
import socket
import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from urllib.request import AbstractHTTPHandler, HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from novu_core.clock import Clock, SystemClock
from novu_core.delivery.answers import BoundedReader
from novu_core.delivery.base import Delivery, Message
from novu_core.delivery.failure import classify, is_retriable_status, parse_retry_after
from novu_core.errors import ConfigurationError, DeliveryError

_MAX_BODY = 65_536


class Webhook:
    """Posts each message as JSON (:meth:`Message.to_json`), with its key in the ``Idempotency-Key`` header.

    Every 2xx is success; a JSON answer's ``id`` becomes the delivery's. 408, 425, 429 and 5xx are worth another
    attempt, at the earliest after ``Retry-After``; everything else, redirects too (they are not followed), is
    permanent. ``url`` may hold ``user:password@``. ``headers`` are added to each request. ``timeout``: seconds for
    connecting, for sending, for the answer's status and headers, and for its body. The environment's proxy settings
    hold. Raises ConfigurationError for a URL or header that cannot be used.
    """

    name = "webhook"
    timeout = None

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
        *,
        clock: Clock | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._url, credentials = _split(url)
        self.host = urlsplit(self._url).netloc
        own = {"Content-Type": "application/json", "User-Agent": "flask-novu", **credentials}
        self._headers = {**own, **{str(name): str(value) for name, value in (headers or {}).items()}}
        for name, value in self._headers.items():
            if not name or not (name + value).isprintable() or not (name + value).isascii():
                raise ConfigurationError(f"Webhook to {self.host}: the header {name!r} must be one line of ASCII text.")
        self._timeout = timeout
        self._clock = clock or SystemClock()
        self._context = context

    @cached_property
    def _opener(self) -> OpenerDirector:
        """Neither a redirect handler nor an error processor: every answer comes back as it is.

        Made by the first message and not before a fork: gevent may patch TLS in between.
        """
        opener = OpenerDirector()
        for handler in (ProxyHandler(), _HTTP(), _HTTPS(context=self._context)):
            opener.add_handler(handler)
        return opener

    def __repr__(self) -> str:
        return f"<Webhook to {self.host}>"  # the path is often the secret

    def send(self, message: Message) -> Delivery:
        """Post the message. Raises DeliveryError."""
        try:
            data = json.dumps(message.to_json(), allow_nan=False, default=str).encode()
        except ValueError as error:
            raise DeliveryError(f"Webhook to {self.host}: the message cannot be written as JSON: {error}.") from error
        headers = {**self._headers, "Idempotency-Key": quote(message.idempotency_key, safe=":/._~-+=@,!")}
        request = Request(self._url, data, headers, method="POST")  # noqa: S310  # http or https: _split checks it
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                status, received, answer = response.status, response.headers, self._read(response)
        except (OSError, http.client.HTTPException) as error:
            known = classify(error, self._clock)
            text = f"Webhook to {self.host} did not answer: {known.message}"
            raise DeliveryError(text, retriable=known.retriable) from error
        if not 200 <= status <= 299:
            raise self._refusal(status, received, answer)
        return Delivery(self.name, _id(answer), {"status": status})

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        """What arrives of the body in time: the status has decided already, a lost body must not send it all again."""
        answer = b""
        with contextlib.suppress(OSError, http.client.HTTPException):
            while len(answer) < _MAX_BODY:
                chunk = response.read1(_MAX_BODY)
                if not chunk:
                    break
                answer += chunk
        return answer

    def _refusal(self, status: int, headers: Mapping[str, str], answer: bytes) -> DeliveryError:
        if 300 <= status <= 399:
            hint = f"; redirects are not followed, set the final address ({headers.get('Location', 'not given')})"
        else:
            hint = f": {answer[:300].decode('utf-8', 'replace').strip()}" if answer.strip() else ""
        after = headers.get("Retry-After")
        return DeliveryError(
            f"Webhook to {self.host} answered {status}{hint}",
            retriable=is_retriable_status(status),
            retry_after=None if after is None else parse_retry_after(after, self._clock.now()),
        )


class _Answer(http.client.HTTPResponse):
    """An answer with an end, a proxy's too: interim answers, headers and chunks that never stop are an OSError."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self._reader = BoundedReader(sock)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        self._reader.renew()  # the body's own time


class _Bounded(AbstractHTTPHandler):
    def do_open(self, http_class: Any, req: Request, **options: Any) -> Any:
        def connection(*args: Any, **more: Any) -> http.client.HTTPConnection:
            made: http.client.HTTPConnection = http_class(*args, **more)
            made.response_class = _Answer
            return made

        return super().do_open(connection, req, **options)


class _HTTP(_Bounded, HTTPHandler):
    pass


class _HTTPS(_Bounded, HTTPSHandler):
    pass


def _split(url: str) -> tuple[str, dict[str, str]]:
    """The URL without credentials (urllib would take them for the host's name), and the header they become."""
    parts = None
    with contextlib.suppress(ValueError):  # also of .port
        split = urlsplit(url)
        if split.scheme in ("http", "https") and split.hostname and split.port != 0:
            parts = split
    if parts is None or not url.isprintable() or not url.isascii() or " " in url:
        raise ConfigurationError(
            "a webhook's URL must be like https://host:port/path, the port from 1 to 65535, special characters "
            "percent-encoded."
        )
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    token = base64.b64encode(unquote(userinfo).encode()).decode()
    return parts._replace(netloc=host).geturl(), {"Authorization": f"Basic {token}"}


def _id(answer: bytes) -> str | None:
    try:
        body: Any = json.loads(answer)
    except ValueError:
        return None
    found = body.get("id") if isinstance(body, dict) else None
    return str(found) if isinstance(found, (str, int)) else None
