"""A live client as the hub sees it: whether it is still there, and may stay."""

from __future__ import annotations

import selectors
import socket
from typing import Protocol

from novu_core.live.doors import BEAT, LEAVING, POLICY, SILENCE, Door, Line

_INTRODUCTION = 10
"""Seconds that a client has to say who it is."""
_FAREWELL = 5
"""Seconds that a client has to answer the close of its socket."""


class House(Protocol):
    """What a member asks of the hub."""

    def now(self) -> float:
        """Return seconds that only grow."""
        ...

    def subscriber_of(self, token: str, /) -> str:
        """Return whose inbox a token opens. Raises NovuError."""
        ...

    def joined(self, member: Member) -> None:
        """Let a client hear what is told to its subscriber."""
        ...

    def recount(self, subscriber_id: str, /) -> None:
        """Tell a subscriber's counts where they are others than those that were told."""
        ...

    def left(self, member: Member) -> None:
        """Take note that a client is gone."""
        ...


class Member:
    """One client: its door, and when it was last heard. A guest of the hub's thread."""

    def __init__(self, house: House, door: type[Door], line: Line, token: str) -> None:
        self.line = line
        self.door = door(line, self, token)
        self.sock: socket.socket | None = line.sock
        self._house = house
        self._heard_at = self._began_at = house.now()
        self._next_beat = self._began_at + BEAT
        self._closing_at: float | None = None

    @property
    def subscriber_id(self) -> str:
        """Whose inbox this is; blank until that is known."""
        return self.door.subscriber_id or ""

    @property
    def done(self) -> bool:
        """Whether the line has ended."""
        return self.line.done

    @property
    def interest(self) -> int:
        """What of the socket is waited for."""
        return self.line.interest

    def subscriber_of(self, token: str) -> str:
        """Return whose inbox a token opens. Raises NovuError."""
        return self._house.subscriber_of(token)

    def joined(self) -> None:
        """Take note that the client is in."""
        self._house.joined(self)

    def ready(self, mask: int) -> None:
        """Read what the client said, and write what is left for it."""
        if mask & selectors.EVENT_WRITE:
            self.line.flush()
        if mask & selectors.EVENT_READ:
            for text in self.line.receive():
                self.heard(text)

    def heard(self, text: str) -> None:
        """Take what the client said, or a sign of life."""
        self._heard_at = self._house.now()
        if text and not self.line.closing:
            self.door.heard(text)

    def tick(self, now: float) -> None:
        """Drop a client that is gone, and send away one that may not stay; ask the others for a sign of life."""
        if self.line.closing:
            if self._closing_at is None:
                self._closing_at = now
            elif now - self._closing_at > _FAREWELL:
                self.line.drop()
        elif self.line.watched and now - self._heard_at > SILENCE:
            self.line.drop()
        elif not self.subscriber_id:
            if now - self._began_at > _INTRODUCTION:
                self.line.close(POLICY, "no token came")
        elif now >= self._next_beat:
            self._next_beat = now + BEAT
            if self.door.good():
                self.door.beat()
                self._house.recount(self.subscriber_id)
            else:
                self.door.over()

    def farewell(self) -> None:
        """Send the client elsewhere."""
        self.line.close(LEAVING, "the server ends")

    def forgotten(self) -> None:
        """Take note that it is over."""
        self._house.left(self)
