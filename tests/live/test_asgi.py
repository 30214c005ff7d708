"""The doors under ASGI, between a hub that turns by itself and a server that is only two queues."""

from __future__ import annotations

import asyncio
import json

import pytest

from novu_core import Client
from novu_core.live import asgi
from novu_core.live.asgi import LoopLine, serve
from novu_core.live.doors import Plain, SocketIO
from novu_core.live.finding import hub_of
from novu_core.live.wire import MOST_UNSENT
from tests.conftest import until


@pytest.fixture
def novu():
    with Client(
        {"NOVU_SECRET_KEY": "s", "NOVU_WORKER": "none", "NOVU_CORS_ORIGINS": "https://shop.example"}, []
    ) as client:
        yield client


class Server:
    """What an ASGI server is to an app: what it receives, and what it sends."""

    def __init__(self, query: str, *, headers=(), extensions=()) -> None:
        self.scope = {
            "type": "websocket",
            "query_string": query.encode(),
            "headers": [(b"host", b"app.example"), *headers],
            "extensions": {key: {} for key in extensions},
        }
        self.inbox: asyncio.Queue = asyncio.Queue()
        self.sent: asyncio.Queue = asyncio.Queue()
        self.inbox.put_nowait({"type": "websocket.connect"})
        self.stuck = False

    async def receive(self):
        return await self.inbox.get()

    async def send(self, message) -> None:
        if self.stuck and message["type"] != "websocket.close":
            await asyncio.Event().wait()
        self.sent.put_nowait(message)

    def say(self, **message) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", **message})

    async def next(self):
        return await asyncio.wait_for(self.sent.get(), 10)

    async def text(self) -> str:
        return (await self.next())["text"]

    def serving(self, novu, door=Plain):
        return asyncio.ensure_future(serve(novu, door, self.scope, self.receive, self.send))


def test_a_plain_client_from_first_to_last(novu):
    async def main():
        server = Server(f"token={novu.inbox('ada').token()}", headers=[(b"origin", b"https://shop.example")])
        task = server.serving(novu)
        assert await server.next() == {"type": "websocket.accept"}
        assert json.loads(await server.text())["event"] == "unread_count_changed"
        assert json.loads(await server.text())["event"] == "unseen_count_changed"
        server.say(text="ping")
        assert await server.text() == "pong"
        server.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(task, 10)
        assert server.sent.empty()

    asyncio.run(main())
    until(lambda: hub_of(novu)._clients == 0)


def test_a_socketio_client_that_is_refused(novu):
    async def main():
        server = Server("EIO=4&transport=websocket&token=forged")
        task = server.serving(novu, SocketIO)
        await server.next()
        assert (await server.text())[0] == "0"
        server.say(text="40")
        assert await server.text() == '44{"message":"Unauthorized"}'
        assert await server.next() == {"type": "websocket.close", "code": 4401, "reason": "Unauthorized"}
        await asyncio.wait_for(task, 10)

    asyncio.run(main())


@pytest.mark.parametrize(("said", "code"), [({"bytes": b"x"}, 1003), ({"text": "x" * 100_001}, 1009)])
def test_what_no_client_says(novu, said, code):
    async def main():
        server = Server(f"token={novu.inbox('ada').token()}")
        task = server.serving(novu)
        for _ in range(3):
            await server.next()
        server.say(**said)
        assert (await server.next())["code"] == code
        await asyncio.wait_for(task, 10)

    asyncio.run(main())


def test_refusals_in_http_where_the_server_can(novu):
    async def main():
        server = Server("token=x", extensions=["websocket.http.response"])
        await server.serving(novu)
        start, body = await server.next(), await server.next()
        assert (start["type"], start["status"]) == ("websocket.http.response.start", 401)
        assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
        assert json.loads(body["body"])["message"] == "Unauthorized"
        server = Server("token=x")
        await server.serving(novu)
        assert await server.next() == {"type": "websocket.close"}

    asyncio.run(main())


def test_a_hub_that_cannot_be_made(monkeypatch, novu):
    def broken(client):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(asgi, "hub_of", broken)

    async def main():
        server = Server("token=x", extensions=["websocket.http.response"])
        await server.serving(novu)
        assert (await server.next())["status"] == 500

    asyncio.run(main())


def test_a_client_that_goes_before_it_is_accepted(novu):
    async def main():
        server = Server(f"token={novu.inbox('ada').token()}")

        async def gone(message):
            raise OSError("gone")

        with pytest.raises(OSError):
            await serve(novu, Plain, server.scope, server.receive, gone)

    asyncio.run(main())
    assert hub_of(novu)._clients == 0


def test_a_client_that_takes_nothing_is_dropped(novu):
    async def main():
        server = Server(f"token={novu.inbox('ada').token()}")
        task = server.serving(novu)
        for _ in range(3):
            await server.next()
        server.stuck = True
        hub = hub_of(novu)
        for _ in range(10):
            hub.thread.post(lambda: hub.tell("ada", [("notification_received", {"message": "x" * 60_000})]))
        await asyncio.wait_for(task, 10)
        assert (await server.next())["type"] == "websocket.close"

    asyncio.run(main())


def test_a_server_that_does_not_even_close(novu):
    async def main():
        server = Server(f"token={novu.inbox('ada').token()}")
        task = server.serving(novu)
        for _ in range(3):
            await server.next()

        async def broken(message):
            raise OSError("gone")

        server.send = broken
        hub = hub_of(novu)
        hub.thread.post(lambda: [member.line.drop() for member in hub._members["ada"]])
        await asyncio.wait_for(task, 10)

    asyncio.run(main())


def test_a_loop_that_has_ended():
    async def main():
        return LoopLine()

    line = asyncio.run(main())
    line.send("x")
    assert line.done
    line.send("y")
    line.close(1000)
    assert (list(line.receive()), line.interest, line.sock) == ([], 0, None)
    line.ping()
    line.flush()


def test_one_message_may_be_large():
    async def main():
        line = LoopLine()
        line.send("x" * 2 * MOST_UNSENT)
        assert not line.done
        line.send("y")
        assert line.done

    asyncio.run(main())


def test_the_server_s_own_shutdown(novu):
    async def main():
        server = Server(f"token={novu.inbox('ada').token()}")
        task = server.serving(novu)
        for _ in range(3):
            await server.next()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    until(lambda: hub_of(novu)._clients == 0)
