"""The hub: the live clients of a process, on one thread that all of them share."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from novu_core.live.doors import Door, Line
from novu_core.live.members import Member
from novu_core.live.selector import SelectorThread
from novu_core.types import JsonObject

MOST_CLIENTS = 1000
"""Clients of a process at most; whoever comes then is refused, and may find another process."""
Event = tuple[str, JsonObject]
"""An event's name and its payload."""


class Desk(Protocol):
    """Finds out what is to be told, and to whom. Nothing of it may keep the hub's thread waiting."""

    def start(self) -> None:
        """Begin. Raises RuntimeError where no thread can start."""
        ...

    def end(self) -> None:
        """End soon."""
        ...

    def join(self) -> None:
        """Wait a little for the end."""
        ...

    def come(self, member: Member) -> None:
        """Greet a client with its counts, and tell its subscriber's clients what happens from now on."""
        ...

    def gone(self, subscriber_id: str) -> None:
        """Forget a subscriber: the last of its clients has left."""
        ...

    def recount(self, subscriber_id: str) -> None:
        """Tell a subscriber's counts where they are others than those that were told."""
        ...


class Hub:
    """Holds the live clients. ``subscriber_of`` says whose inbox a token opens, and raises NovuError.

    What is said to belong to the hub's thread is called by ``thread.post``.
    """

    def __init__(
        self,
        subscriber_of: Callable[[str], str],
        desk: Callable[[Hub], Desk],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        most: int = MOST_CLIENTS,
    ) -> None:
        self.subscriber_of = subscriber_of
        self.now = monotonic
        self.thread = SelectorThread("novu-live", monotonic)
        self.desk = desk(self)
        self.recount = self.desk.recount
        self._most = most
        self._pid = os.getpid()
        self._counting = threading.Lock()
        self._clients = 0
        self._members: dict[str, set[Member]] = {}

    def start(self) -> None:
        """Start the threads. Raises RuntimeError where the system has none left."""
        self.thread.start()
        self.desk.start()

    def end(self) -> None:
        """Send every client elsewhere, and have the threads end soon. In a fork's child: nothing, it has no threads."""
        if self._pid == os.getpid():
            self.desk.end()
            self.thread.end()

    def close(self) -> None:
        """Do as :meth:`end`, and wait a little for it."""
        self.end()
        self.desk.join()
        self.thread.join()

    def enter(self, *, known: bool = True) -> bool:
        """Take a client's place; False where all are taken. Whoever has one calls :meth:`adopt`, or :meth:`leave`.

        Half of the places are for those who are ``known`` by a token: strangers cannot keep them out.
        """
        with self._counting:
            free = self._clients < (self._most if known else self._most // 2) and not self.thread.closed
            self._clients += free
        return free

    def leave(self) -> None:
        """Give a client's place back."""
        with self._counting:
            self._clients -= 1

    def adopt(self, door: type[Door], line: Line, token: str) -> Member:
        """Serve a client whose socket stands, and which took its place; its line is the hub thread's from now on."""
        member = Member(self, door, line, token)
        self.thread.post(partial(self.begin, member))
        return member

    def begin(self, member: Member) -> None:
        """Open a client's door; on the hub's thread."""
        self.thread.add(member)
        try:
            member.door.opened()
        finally:
            self.thread.settle(member)

    def joined(self, member: Member) -> None:
        """Let a client hear what is told to its subscriber."""
        self._members.setdefault(member.subscriber_id, set()).add(member)
        self.desk.come(member)

    def left(self, member: Member) -> None:
        """Take note that a client is gone."""
        self.leave()
        members = self._members.get(member.subscriber_id, set())
        if member in members:
            members.remove(member)
            if not members:
                del self._members[member.subscriber_id]
                self.desk.gone(member.subscriber_id)

    def heard(self, member: Member, text: str) -> None:
        """Take what a client said whose line others read; on the hub's thread."""
        try:
            member.heard(text)
        finally:
            self.thread.settle(member)

    def send_away(self, member: Member, code: int, reason: str) -> None:
        """Close a client's socket; on the hub's thread."""
        member.line.close(code, reason)
        self.thread.settle(member)

    def lost(self, member: Member) -> None:
        """Take note that a client's line has ended that others carry; on the hub's thread."""
        member.line.drop()
        self.thread.settle(member)

    def tell(self, subscriber_id: str, events: Sequence[Event]) -> None:
        """Send events to every client of a subscriber; on the hub's thread."""
        self._send(tuple(self._members.get(subscriber_id, ())), events)

    def greet(self, member: Member, events: Sequence[Event]) -> None:
        """Send events to one client; on the hub's thread."""
        self._send((member,), events)

    def expel(self, subscriber_id: str) -> None:
        """Close the sockets of a subscriber that is not there any more; on the hub's thread."""
        for member in tuple(self._members.get(subscriber_id, ())):
            member.door.over()
            self.thread.settle(member)

    def _send(self, members: Sequence[Member], events: Sequence[Event]) -> None:
        texts: dict[type[Door], list[str]] = {}  # written once, however many tabs and devices there are
        for member in members:
            door = type(member.door)
            if door not in texts:
                texts[door] = [door.said(event, payload) for event, payload in events]
            member.line.send(*texts[door])
            self.thread.settle(member)
