"""The doors in each face where no server hands over a socket, and in apps that have WebSockets of their own."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import socket
import threading
from types import SimpleNamespace

import pytest
from fastapi import FastAPI, WebSocket
from flask import Flask

from flask_novu import Novu
from novu_core import Registry
from novu_core.integrations.fastapi import NovuRouter, serve
from novu_core.integrations.terminal import live
from tests.conformance.django_project import Project
from tests.live.test_asgi import Server

ASKING = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
PATHS = ["/api/novu/socket.io", "/api/novu/socket.io/", "/api/novu/v1/inbox/socket"]
SETTINGS = {"secret_key": "s", "worker": "none", "store_url": "sqlite://"}


@pytest.fixture
def flask_app():
    app = Flask("app")
    Novu(app, workflows=Registry(), **SETTINGS)
    yield app
    app.extensions["novu"].close()


@pytest.mark.parametrize("path", PATHS)
def test_flask_without_a_socket(flask_app, path):
    answer = flask_app.test_client().get(path, headers=ASKING)
    assert (answer.status_code, answer.content_type) == (501, "application/json")
    assert "flask novu live" in answer.json["message"]


def test_a_flask_app_keeps_its_own_routes(flask_app):
    flask_app.add_url_rule("/socket", "own", lambda: "own", websocket=True)
    flask_app.add_url_rule("/page", "page", lambda: "page")
    client = flask_app.test_client()
    assert client.get("/socket", headers=ASKING).data == b"own"
    assert client.get("/socket").status_code == 400
    assert client.get("/page").data == b"page"
    assert client.get("/page", headers=ASKING).status_code == 400  # as ever
    assert client.get("/api/novu/health").status_code == 200
    with flask_app.test_request_context():
        assert flask_app.url_for("page") == "/page"


@pytest.mark.parametrize("path", PATHS)
def test_django_under_wsgi_without_a_socket(path):
    project = Project(Registry(), **SETTINGS)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in ASKING.items()}
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        **headers,
    }
    told = {}

    def start(status, headers, exc_info=None):
        told["status"] = status

    body = b"".join(project.wsgi(environ, start))
    assert told["status"].startswith("501")
    assert "novu live" in json.loads(body)["message"]
    project.client.close()


class Socket(Server):
    """A server's WebSocket for a whole app."""

    def __init__(self, app, target: str, **given) -> None:
        path, _, query = target.partition("?")
        super().__init__(query, **given)
        self.scope |= {
            "path": path, "raw_path": path.encode(), "root_path": "", "scheme": "ws", "subprotocols": [],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "asgi": {"version": "3.0"},
        }  # fmt: skip
        self.task = asyncio.ensure_future(app(self.scope, self.receive, self.send))

    async def end(self) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.task, 10)


def connected(app, client, path):
    token = client.inbox("ada").token()

    async def main():
        socket = Socket(app, f"{path}?token={token}")
        assert (await socket.next())["type"] == "websocket.accept"
        assert json.loads(await socket.text())["event"] == "unread_count_changed"
        assert json.loads(await socket.text())["event"] == "unseen_count_changed"
        await client.atrigger("bell", to="ada")
        assert json.loads(await socket.text())["data"]["message"]["content"] == "b"
        await socket.end()

    asyncio.run(main())
    client.close()


@pytest.fixture
def bell(registry):
    @registry.workflow("bell")
    def bell(step):
        step.in_app("inbox", {"body": "b"})

    return registry


def test_fastapi_serves_them_beside_its_own(bell):
    app = FastAPI()
    client = serve(app, workflows=bell, **SETTINGS)

    @app.websocket("/own")
    async def own(websocket: WebSocket):
        await websocket.accept()
        await websocket.send_text("own")

    async def main():
        socket = Socket(app, "/own")
        await socket.next()
        assert await socket.text() == "own"
        await socket.task

    asyncio.run(main())
    connected(app, client, "/api/novu/v1/inbox/socket")


def test_an_included_router_serves_them_under_its_prefix(bell):
    router = NovuRouter(bell, prefix="/bells", **SETTINGS)
    app = FastAPI()
    app.include_router(router, prefix="/sub")
    connected(app, router.client, "/sub/bells/v1/inbox/socket/")


def test_fastapi_refuses_in_http_where_the_server_can(bell):
    app = FastAPI()
    client = serve(app, workflows=bell, **SETTINGS)

    async def main():
        socket = Socket(app, "/api/novu/v1/inbox/socket", extensions=["websocket.http.response"])
        assert (await socket.next())["status"] == 401
        await socket.task

    asyncio.run(main())
    client.close()


def test_django_under_asgi_takes_no_other_sockets():
    from novu_core.integrations.django.sockets import with_sockets

    sent = []

    async def main():
        async def application(scope, receive, send):
            sent.append(scope["type"])

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message["type"])

        app = with_sockets(application)
        await app({"type": "http"}, receive, send)
        for path in ("/elsewhere", "/api/novu/health", "/api/novu/v1/inbox/session"):
            await app({"type": "websocket", "path": path, "headers": [], "query_string": b""}, receive, send)

    asyncio.run(main())
    assert sent == ["http", "websocket.close", "websocket.close", "websocket.close"]


def test_requests_for_no_socket_are_answered_in_json(flask_app):
    client = flask_app.test_client()
    assert client.get("/api/novu/socket.io/?EIO=4&transport=polling").json == {
        "code": 0,
        "message": "Transport unknown",
    }
    assert client.get("/api/novu/socket.io/?EIO=4&transport=websocket").json["code"] == 3
    answer = client.get("/api/novu/v1/inbox/socket")
    assert (answer.status_code, answer.json["statusCode"]) == (400, 400)
    answer = client.post("/api/novu/v1/inbox/socket")
    assert (answer.status_code, answer.json["statusCode"]) == (405, 405)


@pytest.fixture
def signals():
    kept = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    yield
    for name, handler in kept.items():
        signal.signal(name, handler)


@pytest.fixture
def command(tmp_path, monkeypatch, signals):
    """``flask novu live``, which is interrupted at once."""
    app = Flask("app", instance_path=str(tmp_path))
    Novu(app, workflows=Registry(), **{**SETTINGS, "store_url": f"sqlite:///{tmp_path}/novu.db"})

    class Interrupted(threading.Event):
        def wait(self, timeout=None):
            signal.getsignal(signal.SIGTERM)(signal.SIGTERM, None)
            return super().wait(10)

    monkeypatch.setattr(live, "threading", SimpleNamespace(Event=Interrupted))
    return lambda *arguments: app.test_cli_runner().invoke(args=["novu", "live", *arguments])


def test_the_command_tells_its_address_and_ends(command):
    result = command("--port", "0")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Live updates at ws://127.0.0.1:")


def test_the_command_tells_a_program_its_address(command):
    result = command("--port", "0", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["url"].endswith("/api/novu")


def test_the_command_names_a_port_that_is_taken(command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = command("--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "Cannot listen on" in result.output


def test_the_command_refuses_a_store_in_memory(flask_app, signals):
    result = flask_app.test_cli_runner().invoke(args=["novu", "live", "--port", "0"])
    assert result.exit_code == 1
    assert "NOVU_STORE_URL" in result.output
