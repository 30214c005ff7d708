"""Real servers, each with clients at both doors."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from tests.live.served import PLAIN, PREFIX, SOCKETIO, Live, Refused, call, free_port, serving

SERVERS = {
    "werkzeug": ["-m", "flask", "--app", "flask_live", "run", "--port", "{port}"],
    "werkzeug --debug": ["-m", "flask", "--app", "flask_live", "run", "--debug", "--no-reload", "--port", "{port}"],
    "gunicorn gthread": [
        "-m", "gunicorn", "-k", "gthread", "--threads", "2", "--access-logfile", "-", "-b", "127.0.0.1:{port}", "flask_live:app",
    ],
    "gunicorn gevent": ["-m", "gunicorn", "-k", "gevent", "--access-logfile", "-", "-b", "127.0.0.1:{port}", "flask_live:app"],
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "fastapi_live:app"],
    "granian": ["-m", "granian", "--interface", "asgi", "--port", "{port}", "fastapi_live:app"],
    "django: gunicorn gthread": [
        "-m", "gunicorn", "-k", "gthread", "--threads", "2", "--access-logfile", "-", "-b", "127.0.0.1:{port}", "django_live:wsgi",
    ],
    "django: granian": ["-m", "granian", "--interface", "asgi", "--port", "{port}", "django_live:asgi"],
    "django: uvicorn": ["-m", "uvicorn", "--port", "{port}", "django_live:asgi"],
    "gunicorn sync": ["-m", "gunicorn", "--access-logfile", "-", "-b", "127.0.0.1:{port}", "flask_live:app"],
}  # fmt: skip


def command(server: str, port: int) -> list[str]:
    return [part.format(port=port) for part in SERVERS[server]]


@pytest.mark.parametrize("server", SERVERS)
def test_eight_browsers_and_the_app_goes_on(tmp_path, store, server):
    port = free_port()
    token = store.inbox("ada").token()
    with serving(tmp_path, command(server, port), port), ExitStack() as stack:
        clients = [Live(port, f"{PLAIN}?token={token}") for _ in range(8)]
        for client in clients:
            stack.callback(client.close)
            assert client.greeted() == (0, 0)
        engine = Live(port, f"{SOCKETIO}?EIO=4&transport=websocket&token={token}")
        stack.callback(engine.close)
        assert engine.hear()[0] == "0"
        engine.say("40")
        assert engine.hear()[:2] == "40"
        assert json.loads(engine.hear()[2:])[0] == "unread_count_changed"
        for _ in range(20):
            assert call(port, "GET", "/ping")[0] == 200
        assert call(port, "POST", "/send/ada")[0] == 200
        store.trigger("bell", to="ben")
        [listed] = store.inbox("ada").list().items
        for client in clients:
            event, data = client.event()
            assert (event, data["message"]["_id"]) == ("notification_received", listed.message_id)
            assert client.greeted() == (1, 1)
        engine.hear()
        assert json.loads(engine.hear()[2:])[0] == "notification_received"
        store.trigger("bell", to="ada")  # in another process than the server's
        for client in clients:
            assert client.event()[0] == "notification_received"
            assert client.greeted() == (2, 2)
        store.inbox("ada").mark_all(read=True)
        for client in clients:
            assert client.greeted() == (0, 0)
        clients[0].say("ping")
        assert clients[0].hear() == "pong"


def test_handshakes_that_are_refused(tmp_path, store):
    port = free_port()
    token = store.inbox("ada").token()
    with serving(tmp_path, command("gunicorn gthread", port), port):

        def refused(target, *headers):
            with pytest.raises(Refused) as found:
                Live(port, target, headers=headers)
            return found.value.status, json.loads(found.value.body)

        assert refused(PLAIN) == (401, {"statusCode": 401, "message": "Unauthorized"})
        assert refused(f"{PLAIN}?token={token}x")[0] == 401
        assert refused(f"{PLAIN}?token={token}", (b"Origin", b"https://evil.example"))[0] == 403
        assert refused(f"{SOCKETIO}?EIO=4&transport=polling")[1] == {"code": 0, "message": "Transport unknown"}
        assert refused(f"{SOCKETIO}?EIO=3&transport=websocket")[1]["code"] == 5
        assert refused(f"{SOCKETIO}?EIO=4&transport=websocket&sid=x")[1]["code"] == 1
        for origin in (f"http://127.0.0.1:{port}", "https://shop.example"):
            client = Live(port, f"{PLAIN}?token={token}", headers=[(b"Origin", origin.encode())])
            assert client.greeted() == (0, 0)
            client.close()
        assert call(port, "GET", PLAIN)[0] == 400
        assert call(port, "GET", f"{SOCKETIO}?EIO=4&transport=polling") == (
            400, b'{"code":0,"message":"Transport unknown"}',
        )  # fmt: skip
        assert call(port, "POST", SOCKETIO)[0] == 405
        assert call(port, "GET", f"{PREFIX}/v1/inbox/other")[0] == 404
        bad = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "12"}
        assert call(port, "GET", f"{PLAIN}?token={token}", bad)[0] == 400


def test_a_process_that_is_killed(tmp_path, store):
    token = store.inbox("ada").token()
    ports = [free_port(), free_port()]
    with serving(tmp_path, command("gunicorn gthread", ports[1]), ports[1]):
        with serving(tmp_path, command("werkzeug", ports[0]), ports[0], quiet=False) as process:
            client = Live(ports[0], f"{PLAIN}?token={token}")
            assert client.greeted() == (0, 0)
            process.kill()
            assert client.hear() is None
        store.trigger("bell", to="ada")
        again = Live(ports[1], f"{PLAIN}?token={token}")
        assert again.greeted() == (1, 1)
        again.close()
