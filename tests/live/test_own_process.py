"""``novu live``: a hub as a process of its own, beside whatever serves the app."""

from __future__ import annotations

import signal
import socket

import pytest

from tests.live.served import PLAIN, PREFIX, SOCKETIO, Live, Refused, call, free_port, serving

COMMANDS = {
    "flask": ["-m", "flask", "--app", "flask_live", "novu", "live", "--port", "{port}"],
    "python": ["-m", "novu_core", "--app", "fastapi_live:app", "live", "--port", "{port}"],
    "django": ["-m", "django", "novu", "live", "--port", "{port}"],
}


@pytest.mark.parametrize("face", COMMANDS)
def test_both_doors_beside_any_server(tmp_path, store, face):
    port = free_port()
    token = store.inbox("ada").token()
    with serving(tmp_path, [part.format(port=port) for part in COMMANDS[face]], port) as process:
        client = Live(port, f"{PLAIN}?token={token}")
        assert client.greeted() == (0, 0)
        engine = Live(port, f"{SOCKETIO}?EIO=4&transport=websocket&token={token}")
        engine.hear()
        engine.say("40")
        assert engine.hear()[:2] == "40"
        store.trigger("bell", to="ada")
        assert client.until("notification_received")["message"]["content"] == "hello"
        process.send_signal(signal.SIGTERM)
        assert client.until("unread_count_changed")["unreadCount"] == 1
        client.event()
        assert (client.hear(), client.code) == (None, 1001)
        client.close()
        engine.close()
        assert process.wait(10) == 0


def test_handshakes_that_are_bad_or_still_to_come(tmp_path, store):
    port = free_port()
    token = store.inbox("ada").token()
    with serving(tmp_path, [part.format(port=port) for part in COMMANDS["flask"]], port):
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for target, status in (
            (PLAIN, 401),
            ("/elsewhere", 404),
            ("/v1/inbox/socket", 404),
            (f"{SOCKETIO}?EIO=4&transport=polling", 400),
        ):
            with pytest.raises(Refused) as found:
                Live(port, target)
            assert found.value.status == status
        assert call(port, "GET", PLAIN)[0] == 400
        assert call(port, "POST", f"{PLAIN}?token={token}", {"Upgrade": "websocket"})[0] == 400
        assert call(port, "GET", f"{PREFIX}/health")[0] == 404
        bad = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "12"}
        assert call(port, "GET", f"{PLAIN}?token={token}", bad)[0] == 400
        with socket.create_connection(("127.0.0.1", port)) as odd:
            odd.sendall(b"\0\x01nonsense\r\n\r\n")
            assert b"400" in odd.recv(1000)
        with socket.create_connection(("127.0.0.1", port)) as endless:
            endless.sendall(b"GET / HTTP/1.1\r\n" + b"a: " + b"x" * 40_000)
            assert b"431" in endless.recv(1000)
        client = Live(port, f"{PLAIN}?token={token}")
        assert client.greeted() == (0, 0)
        client.close()
        for sock in silent:
            sock.close()


def test_a_port_that_is_taken(tmp_path):
    import subprocess
    import sys

    from tests.live.served import environment

    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [part.format(port=taken.getsockname()[1]) for part in COMMANDS["flask"]]
        done = subprocess.run([sys.executable, *command], env=environment(tmp_path), capture_output=True, text=True)
    assert done.returncode == 1
    assert "Cannot listen on" in done.stderr


def test_a_store_in_memory_is_refused(tmp_path):
    import subprocess
    import sys

    from tests.live.served import environment

    command = [part.format(port=0) for part in COMMANDS["flask"]]
    environ = environment(tmp_path, {"LIVE_STORE": "sqlite://"})
    done = subprocess.run([sys.executable, *command], env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert "NOVU_STORE_URL" in done.stderr
