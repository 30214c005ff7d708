"""The doors under ASGI, where the server keeps the sockets and an event loop carries the texts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any

from novu_core.aio import Looped
from novu_core.client import Client
from novu_core.live.doors import LEAVING, MOST_HEARD, TOO_LARGE, UNREADABLE, Door
from novu_core.live.finding import hub_of
from novu_core.live.handshake import Refusal, check, failed, query_of
from novu_core.live.hub import Hub
from novu_core.live.members import Member
from novu_core.live.wire import MOST_UNSENT

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_IO = Looped()


class LoopLine:
    """Carries the hub's texts to a socket of an event loop. Its server pings, and sees the signs of life."""

    sock: socket.socket | None = None
    interest = 0

    def __init__(self) -> None:
        self.watched = self.done = self.closing = False
        self.over = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._texts: deque[str] = deque()
        self._given = self._sent = 0  # characters; the hub's thread counts one, the loop the other
        self._last: tuple[int, str] | None = None

    def send(self, *texts: str) -> None:
        """Send texts; those that find too much unsent before them end the line."""
        if self.closing:
            return
        unsent, size = self._given - self._sent, sum(map(len, texts))
        if unsent and unsent + size > MOST_UNSENT:
            self.drop()
            return
        self._given += size
        self._texts.extend(texts)
        self._call(self._news.set)

    def ping(self) -> None:
        """Do nothing: the server does."""

    def close(self, code: int, reason: str = "") -> None:
        """Close once the texts are out."""
        if not self.closing:
            self.closing = True
            self._last = (code, reason)
            self._call(self._news.set)

    def drop(self) -> None:
        """End, also where the server waits for a client that takes nothing."""
        self.done = self.closing = True
        self._call(self.over.set)

    def receive(self) -> Iterable[str]:
        """Return nothing: the loop hands over what it hears."""
        return ()

    def flush(self) -> None:
        """Do nothing: the loop does."""

    def _call(self, call: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:  # the loop has ended
            self.done = self.closing = True

    async def carry(self, send: Send) -> None:
        """Send what the hub gives, until it closes the line or the client is gone."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._texts:
                text = self._texts.popleft()
                await send({"type": "websocket.send", "text": text})
                self._sent += len(text)
            if self._last is not None:
                code, reason = self._last
                await send({"type": "websocket.close", "code": code, "reason": reason})
                return


async def serve(
    client: Client, door: type[Door], scope: MutableMapping[str, Any], receive: Receive, send: Send
) -> None:
    """Serve one WebSocket of an ASGI server until it ends.

    The query is taken out of ``scope``, of which servers and others make their logs: a token is in it.
    """
    await receive()  # websocket.connect
    query, scope["query_string"] = query_of(scope["query_string"].decode("latin-1")), b""
    admitted = await _admitted(client, door, query, scope)
    if isinstance(admitted, Refusal):
        await refuse(admitted, scope, send)
        return
    hub, token = admitted
    line = LoopLine()
    try:
        await send({"type": "websocket.accept"})
    except BaseException:
        hub.leave()
        raise
    member = hub.adopt(door, line, token)
    tasks = [asyncio.ensure_future(each) for each in (line.carry(send), _hear(hub, member, receive), line.over.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        hub.thread.post(partial(hub.lost, member))
        if line.over.is_set():  # a client that takes nothing must not keep the server waiting
            with contextlib.suppress(Exception):
                await asyncio.wait_for(send({"type": "websocket.close", "code": LEAVING}), 1)


async def _admitted(
    client: Client, door: type[Door], query: Sequence[tuple[str, str]], scope: Mapping[str, Any]
) -> Refusal | tuple[Hub, str]:
    try:
        hub = await _IO.call(hub_of, client)  # it may open the store
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        found = check(door, query, headers, hub, client.settings.cross_origin)
    except Exception as error:
        return failed(error)
    return found if isinstance(found, Refusal) else (hub, found)


async def _hear(hub: Hub, member: Member, receive: Receive) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        text = message.get("text")
        if text is None:
            hub.thread.post(partial(hub.send_away, member, UNREADABLE, "texts only"))
        elif len(text) > MOST_HEARD:
            hub.thread.post(partial(hub.send_away, member, TOO_LARGE, "too large"))
        else:
            hub.thread.post(partial(hub.heard, member, text))


async def refuse(found: Refusal, scope: Mapping[str, Any], send: Send) -> None:
    """Refuse a handshake: with its answer in HTTP where the server can send one, else with its 403."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    body = found.text.encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **found.headers}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "websocket.http.response.start", "status": found.status, "headers": encoded})
    await send({"type": "websocket.http.response.body", "body": body})
