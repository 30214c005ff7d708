"""A socket that is ours: WebSocket frames by wsproto, never blocking, on the hub's selector."""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Iterator
from functools import lru_cache

from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

from novu_core.live.doors import MOST_HEARD, TOO_LARGE, UNREADABLE

_CHUNK = 65_536
MOST_UNSENT = 262_144
"""Bytes that wait for a client that reads too slowly; beyond them it is dropped. One message alone may be larger."""

_ENCODER = Connection(ConnectionType.SERVER)


@lru_cache(maxsize=16)
def _frame(text: str) -> bytes:
    """Return a text's frame, which is the same for every client: nothing is compressed, and servers mask nothing."""
    return _ENCODER.send(TextMessage(text))


class Wire:
    """One client's socket. ``connection`` has done its handshake; ``greeting`` is the server's part of it.

    Once it is ``done``, whoever selects the socket closes it.
    """

    watched = True

    def __init__(self, sock: socket.socket, connection: WSConnection, greeting: bytes) -> None:
        sock.setblocking(False)
        with contextlib.suppress(OSError):  # a Unix socket, which a proxy connects to, has no such option
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock: socket.socket | None = sock
        self._sock = sock
        self.done = self.closing = False
        self._connection = connection
        self._unsent = bytearray()
        self._heard = ""
        self._last = False
        self._give(greeting)

    @property
    def interest(self) -> int:
        """What the selector is to wait for."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)

    def send(self, *texts: str) -> None:
        """Send texts; what the socket does not take now goes out when it can."""
        if not self.closing:
            self._give(b"".join(map(_frame, texts)))

    def ping(self) -> None:
        """Send a ping of WebSocket, which every browser answers by itself."""
        if not self.closing:
            self._say(Ping())

    def close(self, code: int, reason: str = "") -> None:
        """Say that the socket is closed; the client's answer ends it."""
        if not self.closing:
            self.closing = True
            self._say(CloseConnection(code, reason))

    def drop(self) -> None:
        """Leave the socket as it is, to be closed by whoever selects it."""
        self.done = self.closing = True
        self._unsent.clear()

    def receive(self) -> Iterator[str]:
        """Read what is there and yield the texts in it; ``""`` stands for any other sign of life."""
        try:
            data = self._sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.drop()
        elif not self._last:
            yield ""
            self._connection.receive_data(data)
            for event in self._connection.events():
                yield from self._taken(event)

    def flush(self) -> None:
        """Send what the socket takes."""
        try:
            while self._unsent:
                del self._unsent[: self._sock.send(self._unsent)]
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.drop()
        if self._last and not self.done:
            self.drop()

    def _taken(self, event: Event) -> Iterator[str]:
        if isinstance(event, TextMessage):
            self._heard += event.data
            if len(self._heard) > MOST_HEARD:
                self.close(TOO_LARGE, "too large")
                self._heard = ""
            elif event.message_finished:
                heard, self._heard = self._heard, ""
                if not self.closing:
                    yield heard
        elif isinstance(event, BytesMessage):
            self.close(UNREADABLE, "texts only")
        elif isinstance(event, Ping):
            if not self.closing:
                self._say(event.response())
        elif isinstance(event, CloseConnection):
            self._ended(event)

    def _ended(self, event: CloseConnection) -> None:
        """Answer the client's close, or tell it what was wrong with its frames; then nothing follows."""
        self._last = True
        if self.closing:
            self.flush()
        else:
            self.closing = True
            self._say(event.response() if event.code != CloseReason.NO_STATUS_RCVD else CloseConnection(1000))

    def _say(self, event: Event) -> None:
        self._give(self._connection.send(event))

    def _give(self, data: bytes) -> None:
        if self._unsent and len(self._unsent) + len(data) > MOST_UNSENT:
            self.drop()  # a client that reads again and finds a gap would be worse than one that comes back
            return
        self._unsent += data
        self.flush()
