"""Takes the socket of a request from a WSGI server, which goes on as if it had answered the request."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Mapping, MutableMapping
from typing import Any

import h11
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection
from wsproto.utilities import RemoteProtocolError

from novu_core.client import Client
from novu_core.live.doors import Door
from novu_core.live.finding import hub_of
from novu_core.live.handshake import UNAVAILABLE, Refusal, check, failed, query_of, refusal
from novu_core.live.wire import Wire

_SERVERS = ("gunicorn.socket", "werkzeug.socket")


class Handed:
    """A socket that was taken. The server is given a 101 to answer, for its log: it goes where nobody reads it."""

    def __init__(self, nowhere: socket.socket) -> None:
        self._nowhere = nowhere

    def close(self) -> None:
        """Let the server see the end of its connection, and not that its answer was left unread."""
        self._nowhere.setblocking(False)
        with contextlib.suppress(OSError):
            self._nowhere.recv(65_536)
        self._nowhere.close()


def take(client: Client, door: type[Door], environ: MutableMapping[str, Any]) -> Refusal | Handed:
    """Give the socket of a WSGI request to the client's hub, or return why not.

    The query is taken out of ``environ``, of which servers and others make their logs: a token is in it.

    The server keeps its own socket object; the connection behind it is another one from now on. So whatever stands
    between it and the app sees an ordinary answer, and what the server closes then is no client.
    """
    query = query_of(environ.get("QUERY_STRING", ""))
    environ["QUERY_STRING"] = ""
    for name in ("RAW_URI", "REQUEST_URI"):
        if name in environ:
            environ[name] = environ[name].partition("?")[0]
    server = next((environ[name] for name in _SERVERS if name in environ), None)
    if not isinstance(server, socket.socket) or isinstance(server, ssl.SSLSocket):
        return UNAVAILABLE  # none, or one whose bytes only its TLS object can read
    connection = WSConnection(ConnectionType.SERVER)
    headers = _headers(environ)
    try:
        if environ.get("SERVER_PROTOCOL") != "HTTP/1.1":
            raise RemoteProtocolError("WebSockets need HTTP/1.1")
        asked = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        connection.initiate_upgrade_connection(asked, "/")
    except (RemoteProtocolError, h11.LocalProtocolError) as error:
        return refusal(400, f"This is not the handshake of a WebSocket: {error}.")
    try:
        hub = hub_of(client)
        token = check(door, query, headers, hub, client.settings.cross_origin)
    except Exception as error:
        return failed(error)
    if isinstance(token, Refusal):
        return token
    ours = socket.socket(fileno=server.detach())
    nowhere, instead = socket.socketpair()
    socket.socket.__init__(server, fileno=instead.detach())
    hub.adopt(door, Wire(ours, connection, connection.send(AcceptConnection())), token)
    return Handed(nowhere)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
