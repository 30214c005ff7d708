"""The hub as a process of its own: a listener for WebSockets and nothing else, on the hub's thread."""

from __future__ import annotations

import selectors
import socket
from functools import partial
from typing import Any

import h11
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection
from wsproto.utilities import RemoteProtocolError

from novu_core.client import Client
from novu_core.live.doors import DOORS
from novu_core.live.handshake import Refusal, check, query_of, refusal, unserved
from novu_core.live.hub import Hub
from novu_core.live.wire import Wire

_PATIENCE = 10
"""Seconds for a handshake to come, and for a refusal to be taken."""
_MOST_CALLERS = 256
"""Connections at most whose handshake has not come yet; further ones wait in the system's queue."""
_MOST_HEAD = 16_384
"""Bytes of a handshake at most."""


class Listener:
    """Accepts connections for a hub. A guest of its thread. Raises OSError where the address cannot be had."""

    interest = selectors.EVENT_READ

    def __init__(self, client: Client, hub: Hub, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._sock = socket.create_server((host, port), family=family, backlog=1024)
        self._sock.setblocking(False)
        self.sock: socket.socket | None = self._sock
        self.done = False
        self.address: tuple[Any, ...] = self._sock.getsockname()
        self.client = client
        self.hub = hub
        self.callers = 0

    def ready(self, mask: int) -> None:
        """Take who has come."""
        while self.callers < _MOST_CALLERS:
            try:
                sock, _ = self._sock.accept()
            except OSError:  # nobody is left, or has gone again; or there are no descriptors: later ones may have some
                return
            self.callers += 1
            self.hub.thread.add(Caller(self, sock))

    def tick(self, now: float) -> None:
        """Take those who wait since there were too many."""
        self.ready(selectors.EVENT_READ)

    def farewell(self) -> None:
        """Stop listening."""
        self.done = True

    def forgotten(self) -> None:
        """Do nothing."""


class Caller:
    """A connection whose handshake is still to come. A guest of the hub's thread."""

    interest = selectors.EVENT_READ

    def __init__(self, listener: Listener, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock: socket.socket | None = sock
        self.done = False
        self._sock = sock
        self._listener = listener
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_HEAD)
        self._answered = False
        self._until = listener.hub.now() + _PATIENCE

    def ready(self, mask: int) -> None:
        """Read what came; a whole handshake is let in, or refused."""
        try:
            data = self._sock.recv(_MOST_HEAD)
        except OSError:
            data = b""
        if not data:
            self.done = True
        elif not self._answered:  # what follows a refusal is read, lest the refusal be lost
            try:
                self._http.receive_data(data)
                event = self._http.next_event()
                if isinstance(event, h11.Request):
                    self._asked(event)
            except h11.RemoteProtocolError as error:
                self._refuse(refusal(error.error_status_hint, "This is not a request of HTTP."))

    def tick(self, now: float) -> None:
        """Drop who says nothing."""
        self.done = self.done or now > self._until

    def farewell(self) -> None:
        """Go."""
        self.done = True

    def forgotten(self) -> None:
        """Make room for another."""
        self._listener.callers -= 1

    def _asked(self, request: h11.Request) -> None:
        client, hub = self._listener.client, self._listener.hub
        path, _, query = request.target.decode("latin-1").partition("?")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        door = DOORS.get(path.rstrip("/").removeprefix(client.settings.url_prefix))
        connection = WSConnection(ConnectionType.SERVER)
        if door is None or not path.startswith(client.settings.url_prefix):
            self._refuse(refusal(404, "Only live updates are served here."))
            return
        if headers.get("upgrade", "").lower() != "websocket" or request.method != b"GET":
            self._refuse(unserved(door, query_of(query), {}))
            return
        try:
            connection.initiate_upgrade_connection([*request.headers], "/")
        except RemoteProtocolError as error:
            self._refuse(refusal(400, f"This is not the handshake of a WebSocket: {error}."))
            return
        token = check(door, query_of(query), headers, hub, client.settings.cross_origin)
        if isinstance(token, Refusal):
            self._refuse(token)
            return
        hub.thread.release(self)
        hub.adopt(door, Wire(self._sock, connection, connection.send(AcceptConnection())), token)

    def _refuse(self, found: Refusal) -> None:
        self._answered = True
        body = found.text.encode()
        headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        lines = [f"HTTP/1.1 {found.status} Refused", *(f"{k}: {v}" for k, v in {**headers, **found.headers}.items())]
        try:
            self._sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.done = True


def listen(client: Client, hub: Hub, host: str, port: int) -> Listener:
    """Let a hub accept connections. Raises OSError where the address cannot be had."""
    listener = Listener(client, hub, host, port)
    hub.thread.post(partial(hub.thread.add, listener))
    return listener
