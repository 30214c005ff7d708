"""The two doors: what socket.io's clients and plain ones say and hear. They know no socket and no thread."""

from __future__ import annotations

import secrets
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from novu_core.codec import dumps, loads
from novu_core.errors import NovuError
from novu_core.types import JsonObject

BEAT = 25
"""Seconds between the signs of life that a client is asked for."""
SILENCE = 45
"""Seconds after which a client that gives no sign of life is taken for dead."""
MOST_HEARD = 100_000
"""Characters of a message from a client at most; none of theirs has a hundred."""
NORMAL, LEAVING, BROKEN, UNREADABLE, POLICY, TOO_LARGE = 1000, 1001, 1002, 1003, 1008, 1009
OVER = 4401
"""The close code of a socket whose token is not good any more, or whose subscriber is gone: a new session is needed."""
_UNAUTHORIZED = {"message": "Unauthorized"}


class Line(Protocol):
    """Carries texts to one client. Used on the hub's thread only; nothing of it raises.

    ``watched``: whether silence means that the client is gone, since every sign of life on this line is seen here.
    ``closing``: no more texts go out. ``done``: nothing goes or comes any more.
    """

    sock: socket.socket | None
    watched: bool
    closing: bool
    done: bool

    @property
    def interest(self) -> int:
        """What a selector is to wait for, where there is a socket."""
        ...

    def send(self, *texts: str) -> None:
        """Send texts."""
        ...

    def ping(self) -> None:
        """Ask for a sign of life below the texts, if the line can."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Send what was given so far, then the close code, and end."""
        ...

    def drop(self) -> None:
        """End at once."""
        ...

    def receive(self) -> Iterable[str]:
        """Read what the socket has, and yield the texts in it; a blank one is any other sign of life."""
        ...

    def flush(self) -> None:
        """Write what the socket takes."""
        ...


class Gate(Protocol):
    """Who may come in, and whom to tell of it."""

    def subscriber_of(self, token: str) -> str:
        """Return whose inbox a token opens. Raises NovuError."""
        ...

    def joined(self) -> None:
        """Take note that the client is in, and wants its counts."""
        ...


class Door(ABC):
    """One client's door. ``token`` is what its handshake named; ``subscriber_id`` is set once the client is in."""

    def __init__(self, line: Line, gate: Gate, token: str) -> None:
        self.line = line
        self.token = token
        self.subscriber_id: str | None = None
        self._gate = gate

    @abstractmethod
    def opened(self) -> None:
        """Begin: the socket stands."""

    @abstractmethod
    def heard(self, text: str) -> None:
        """Take what the client said."""

    @staticmethod
    @abstractmethod
    def said(event: str, payload: JsonObject) -> str:
        """Return an event as these clients are sent it."""

    @abstractmethod
    def beat(self) -> None:
        """Ask for a sign of life."""

    @abstractmethod
    def over(self) -> None:
        """Close, since the token is not good any more or its subscriber is gone; the client is not to come back."""

    def good(self) -> bool:
        """Whether the token still opens this subscriber's inbox."""
        try:
            return self._gate.subscriber_of(self.token) == self.subscriber_id
        except NovuError:
            return False

    def _enter(self, token: object) -> bool:
        """Let the client in, if the token is good."""
        if not isinstance(token, str) or not token:
            return False
        try:
            self.subscriber_id = self._gate.subscriber_of(token)
        except NovuError:
            return False
        self.token = token
        return True


class Plain(Door):
    """A WebSocket: events are ``{"event", "data"}``; the client says ``ping`` and hears ``pong``."""

    def opened(self) -> None:
        """Let the client in; the handshake has seen its token, which may have run out since."""
        if self._enter(self.token):
            self._gate.joined()
        else:
            self.over()

    def heard(self, text: str) -> None:
        """Answer a ping; nothing else is asked here."""
        if text == "ping":
            self.line.watched = True  # it will go on: the next ones are signs of life
            self.line.send("pong")

    @staticmethod
    def said(event: str, payload: JsonObject) -> str:
        """Return an event as these clients are sent it."""
        return dumps({"event": event, "data": payload})

    def beat(self) -> None:
        """Ask for a sign of life below the texts."""
        self.line.ping()

    def over(self) -> None:
        """Close with a code that says that a new token is needed."""
        self.line.close(OVER, _UNAUTHORIZED["message"])


class SocketIO(Door):
    """What of Engine.IO 4 and Socket.IO 5 a client needs whose only transport is a WebSocket."""

    def __init__(
        self, line: Line, gate: Gate, token: str, sid: Callable[[], str] = lambda: secrets.token_urlsafe(15)
    ) -> None:
        super().__init__(line, gate, token)
        self._sid = sid

    def opened(self) -> None:
        """Open Engine.IO; the client then asks to be connected."""
        self.line.watched = True  # whoever carries the line: the answers to pings come this way
        opening = {"sid": self._sid(), "upgrades": [], "pingInterval": BEAT * 1000}
        self.line.send("0" + dumps({**opening, "pingTimeout": (SILENCE - BEAT) * 1000, "maxPayload": MOST_HEARD}))

    def heard(self, text: str) -> None:
        """Take a packet: pongs, events and acknowledgements say nothing here."""
        kind, rest = text[:1], text[1:]
        if kind == "1" or text[:2] == "41":
            self.line.close(NORMAL)
        elif kind == "2":
            self.line.send("3" + rest)
        elif text[:2] == "40":
            self._connect(text[2:])
        elif kind not in ("3", "4"):
            self.line.close(BROKEN, "not a packet of Engine.IO")

    @staticmethod
    def said(event: str, payload: JsonObject) -> str:
        """Return an event as these clients are sent it."""
        return "42" + dumps([event, payload])

    def beat(self) -> None:
        """Send Engine.IO's ping."""
        self.line.send("2")

    def over(self) -> None:
        """Disconnect as Socket.IO does, after which the client stays away, and close."""
        self.line.send("41")
        self.line.close(OVER, _UNAUTHORIZED["message"])

    def _connect(self, asked: str) -> None:
        namespace, _, auth = asked.partition(",") if asked.startswith("/") else ("", "", asked)
        if namespace not in ("", "/"):
            self.line.send(f"44{namespace}," + dumps({"message": "Invalid namespace"}))
        elif self.subscriber_id is None:
            if self._enter(self.token or _token_in(auth)):
                self.line.send("40" + dumps({"sid": self._sid()}))
                self._gate.joined()
            else:
                self.line.send("44" + dumps(_UNAUTHORIZED))
                self.line.close(OVER, _UNAUTHORIZED["message"])


def _token_in(auth: str) -> Any:
    """Return ``auth.token`` of the client's options, which come as JSON; None where there is none."""
    try:
        found = loads(auth or "null")
    except ValueError:
        return None
    return found.get("token") if isinstance(found, Mapping) else None


DOORS: dict[str, type[Door]] = {"/socket.io": SocketIO, "/v1/inbox/socket": Plain}
"""The doors by their paths under the prefix."""
