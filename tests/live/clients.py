"""A client's end of a socket, and a hub that only turns when it is told to."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import AcceptConnection, CloseConnection, Ping, TextMessage

from novu_core.errors import AuthenticationError
from novu_core.live.hub import Hub
from novu_core.live.wire import Wire

ASKED = [
    (b"host", b"localhost"),
    (b"connection", b"Upgrade"),
    (b"upgrade", b"websocket"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
]

NEWS = [("unread_count_changed", {"unreadCount": 1})]
TOLD = '{"event":"unread_count_changed","data":{"unreadCount":1}}'


class Seconds:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """Takes note of who comes and goes."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.came: list[str] = []
        self.went: list[str] = []
        self.recounts: list[str] = []

    def come(self, member) -> None:
        self.came.append(member.subscriber_id)

    def gone(self, subscriber_id: str) -> None:
        self.went.append(subscriber_id)

    def recount(self, subscriber_id: str) -> None:
        self.recounts.append(subscriber_id)


@dataclass
class Tokens:
    """``token-ada`` opens ada's inbox, unless it is over."""

    over: set[str] = field(default_factory=set)

    def __call__(self, token: str) -> str:
        if not token.startswith("token-") or token in self.over:
            raise AuthenticationError("no")
        return token.removeprefix("token-")


class Client:
    """The other end of a wire. ``heard``: the texts that came; ``code``: that of the close, once it came."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.setblocking(False)
        self.frames = Connection(ConnectionType.CLIENT)
        self.heard: list[str] = []
        self.pings = 0
        self.code: int | None = None
        self.reason: str | None = None
        self.ended = False
        self._head = b""
        self._text = ""

    def say(self, text: str) -> None:
        self.sock.sendall(self.frames.send(TextMessage(text)))

    def send(self, event) -> None:
        self.sock.sendall(self.frames.send(event))

    def read(self) -> None:
        while self.sock.fileno() != -1:
            try:
                data = self.sock.recv(1 << 16)
            except BlockingIOError:
                break
            except ConnectionError:
                data = b""
            if not data:
                self.ended = True
                break
            if self._head is not None:
                self._head += data
                if b"\r\n\r\n" not in self._head:
                    continue
                head, data = self._head.split(b"\r\n\r\n", 1)
                assert head.startswith(b"HTTP/1.1 101"), head
                self._head = None
            self.frames.receive_data(data)
            for event in self.frames.events():
                if isinstance(event, TextMessage):
                    self._text += event.data
                    if event.message_finished:
                        self.heard.append(self._text)
                        self._text = ""
                elif isinstance(event, Ping):
                    self.pings += 1
                elif isinstance(event, CloseConnection):
                    self.code, self.reason = event.code, event.reason

    def take(self) -> list[str]:
        """Return what came since the last call."""
        self.read()
        heard, self.heard = self.heard, []
        return heard


class House:
    """A hub without its thread, and clients at its doors."""

    def __init__(self, *, most: int = 1000) -> None:
        self.seconds = Seconds()
        self.tokens = Tokens()
        self.hub = Hub(self.tokens, Desk, monotonic=self.seconds, most=most)
        self.desk = self.hub.desk
        self.clients: list[Client] = []
        self.wires: list[Wire] = []

    def connect(self, door, token: str) -> Client:
        ours, theirs = socket.socketpair()
        connection = WSConnection(ConnectionType.SERVER)
        connection.initiate_upgrade_connection(ASKED, "/")
        assert self.hub.enter()
        wire = Wire(ours, connection, connection.send(AcceptConnection()))
        self.hub.adopt(door, wire, token)
        client = Client(theirs)
        self.clients.append(client)
        self.wires.append(wire)
        self.turn()
        return client

    def turn(self, times: int = 3) -> None:
        for _ in range(times):
            self.hub.thread.turn(0)
            for client in self.clients:
                client.read()

    def after(self, seconds: float) -> None:
        """Let time pass, second by second, as the thread would see it."""
        end = self.seconds.now + seconds
        while self.seconds.now < end:
            self.seconds.now = min(self.seconds.now + 1, end)
            self.turn(1)

    def close(self) -> None:
        self.hub.thread.post(self.hub.thread._begin_to_close)
        self.hub.thread.turn(0)
        self.seconds.now += 10
        self.hub.thread.run()
        for client in self.clients:
            client.sock.close()
