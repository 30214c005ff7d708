"""Posts to web servers: connections are kept, answers have an end, no redirect is followed, proxies are obeyed."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import selectors
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from novu_core.delivery.answers import BoundedReader
from novu_core.delivery.network import dial
from novu_core.delivery.pool import Pool
from novu_core.types import JsonObject

MAX_BODY = 65_536
"""Bytes of an answer that are read; a connection with more to say is not used again."""
_AT_ONCE = 16
"""Connections to one server, in one process."""
_IDLE = 30.0
_MOST_SERVERS = 8
"""Servers whose connections are kept: a provider has one, but for those whose subscribers name them."""
_GONE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@dataclass(frozen=True)
class Answer:
    """What a server said: status, headers, and the body as far as it came."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> JsonObject:
        """The body as a JSON object, empty where it is anything else."""
        try:
            found: Any = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def id(self, name: str = "id") -> str | None:
        """The text or number of this name in the JSON object, as text."""
        found = self.json.get(name)
        return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else None

    @property
    def text(self) -> str:
        """The beginning of the body as text, for messages."""
        return self.body[:300].decode("utf-8", "replace").strip()


class Transport:
    """Posts, over connections that are kept for half a minute and shared by threads; a fork has its own.

    ``timeout``: seconds for connecting, for sending, for the answer's status and headers, and for its body.
    ``deny_private``: nothing is sent to addresses outside the public internet; link-local ones are refused always.
    Behind a proxy of the environment it is the proxy that resolves names, and decides where it connects to.
    """

    def __init__(
        self, timeout: float = 10.0, *, context: ssl.SSLContext | None = None, deny_private: bool = False
    ) -> None:
        self.timeout = timeout
        self._context = context
        self._deny_private = deny_private
        self._pools: dict[str, Pool[_HTTP]] = {}

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Return the answer, whatever its status. Raises OSError, HTTPException and DeliveryError."""
        return self._ask("POST", url, body, headers)

    def get(self, url: str) -> Answer:
        """Return what is at an address, as :meth:`post` does."""
        return self._ask("GET", url, None, {})

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        pool, used = self._pool(parts), False
        while True:
            try:
                with pool.connection() as connection:
                    used, connection.used = connection.used, True
                    return _exchange(connection, method, parts, body, headers)
            except _Unfinished as over:
                return over.answer
            except _GONE:  # the server gave up a connection that was idle, and has not read this request
                if not used:
                    raise

    def reach(self, url: str) -> None:
        """Connect to a server, and ask it for nothing. Raises OSError and DeliveryError."""
        with self._pool(urlsplit(url)).connection() as connection:
            if connection.sock is None:
                connection.connect()

    def close(self) -> None:
        """Close the connections that are idle. The next post opens a new one."""
        for key in list(self._pools):
            pool = self._pools.pop(key, None)
            if pool is not None:
                pool.close()

    def _pool(self, parts: SplitResult) -> Pool[_HTTP]:
        key = f"{parts.scheme}://{parts.netloc}"
        found = self._pools.get(key)
        if found is not None:
            return found
        for old in list(self._pools)[: -_MOST_SERVERS + 1]:
            left = self._pools.pop(old, None)
            if left is not None:
                left.close()
        made = Pool(
            partial(self._connect, parts),
            _is_quiet,
            _HTTP.close,
            size=_AT_ONCE,
            idle_seconds=_IDLE,
            patience=self.timeout,
        )
        return self._pools.setdefault(key, made)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made by the first message and not before a fork: gevent may patch TLS in between."""
        if self._context is not None:
            return self._context
        made = ssl.create_default_context()
        made.set_alpn_protocols(["http/1.1"])
        return made

    def _connect(self, parts: SplitResult) -> _HTTP:
        """A connection that opens with its first request, so that whatever fails has one place."""
        secure, host = parts.scheme == "https", parts.hostname or ""
        proxy = _proxy(parts)
        through, default = (parts, 443 if secure else 80) if proxy is None else (proxy, 80)
        made = _HTTP(through.hostname or "", through.port or default, timeout=self.timeout)
        if secure:
            made.tls, made.name = self._tls, host
        vars(made)["_create_connection"] = partial(dial, deny_private=self._deny_private and proxy is None)
        if proxy is not None:
            login = _login(proxy)
            if secure:
                made.set_tunnel(host, parts.port or 443, headers=login)
            else:
                made.through = login
        return made


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


class _HTTP(http.client.HTTPConnection):
    response_class = _Answer
    used = False
    through: Mapping[str, str] | None = None
    """The headers for a proxy that is asked for whole URLs."""
    tls: ssl.SSLContext | None = None
    name = ""
    """Whom the certificate must be for."""

    def connect(self) -> None:
        super().connect()  # to the server, or through a proxy's tunnel
        if self.tls is not None:
            wrapped = self.tls.wrap_socket(self.sock, server_hostname=self.name, do_handshake_on_connect=False)
            try:
                _shake_hands(wrapped, self.timeout or 0)
            except BaseException:
                wrapped.close()
                raise
            self.sock = wrapped


class _Unfinished(Exception):
    """The answer counts, and the connection is of no more use."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def _shake_hands(sock: ssl.SSLSocket, seconds: float) -> None:
    """Begin TLS within so many seconds in all: a socket's own timeout bounds each read. Raises OSError."""
    deadline = time.monotonic() + seconds
    sock.settimeout(0)
    with selectors.DefaultSelector() as selector:
        key = selector.register(sock, selectors.EVENT_READ)
        while True:
            try:
                sock.do_handshake()
                break
            except ssl.SSLWantReadError:
                wanted = selectors.EVENT_READ
            except ssl.SSLWantWriteError:
                wanted = selectors.EVENT_WRITE
            key = selector.modify(sock, wanted) if key.events != wanted else key
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError(f"the TLS handshake did not finish within {seconds:g} seconds")
    sock.settimeout(seconds)


def _exchange(
    connection: _HTTP, method: str, parts: SplitResult, body: bytes | None, headers: Mapping[str, str]
) -> Answer:
    target = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/").geturl()
    sent = {"Host": parts.netloc, **headers}
    if connection.through is not None:
        target, sent = f"{parts.scheme}://{parts.netloc}{target}", {**sent, **connection.through}
    connection.request(method, target, body, sent)
    with connection.getresponse() as response:
        answer = Answer(response.status, response.headers, _read(response))
        over = response.isclosed() or response.length == 0
        if not over or response.will_close:
            raise _Unfinished(answer)
    return answer


def _read(response: http.client.HTTPResponse) -> bytes:
    """What arrives of the body in time: the status has decided already, a lost body must not send it all again."""
    found = b""
    with contextlib.suppress(OSError, http.client.HTTPException):
        while len(found) < MAX_BODY:
            chunk = response.read1(MAX_BODY)
            if not chunk:
                break
            found += chunk
    return found


def _is_quiet(connection: _HTTP) -> bool:
    """Whether the server has neither hung up nor said anything since the last answer."""
    if connection.sock is None:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        return not selector.select(0)


def _proxy(parts: SplitResult) -> SplitResult | None:
    from urllib.request import getproxies, proxy_bypass  # only who sends over the web waits for it

    found = getproxies().get(parts.scheme)
    if not found or proxy_bypass(parts.netloc):
        return None
    return urlsplit(found if "://" in found else f"http://{found}")


def _login(proxy: SplitResult) -> dict[str, str]:
    userinfo, at, _ = proxy.netloc.rpartition("@")
    return {"Proxy-Authorization": basic(userinfo)} if at else {}


def basic(userinfo: str) -> str:
    """Return ``user:password``, percent-encoded, as the value of an Authorization header."""
    return f"Basic {b64encode(unquote(userinfo).encode()).decode()}"
