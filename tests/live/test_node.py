"""socket.io's own client, and Novu's, hear what is told; installed where node and npm are."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from novu_core import inbox_hash
from tests.live.served import PREFIX, free_port, serving
from tests.live.test_servers import command

HERE = Path(__file__).with_name("node")


@pytest.fixture(scope="module")
def modules() -> Path:
    """The folder with the clients, kept between runs; skips where they cannot be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    manifest = (HERE / "package.json").read_bytes()
    folder = Path(tempfile.gettempdir()) / f"flask-novu-live-{sha256(manifest).hexdigest()[:12]}"
    if not (folder / "done").exists():
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_bytes(manifest)
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        done = subprocess.run(install, capture_output=True, text=True, timeout=300, cwd=folder)
        if done.returncode:
            pytest.skip(f"npm could not install the clients: {done.stderr[-300:]}")
        (folder / "done").touch()
    return folder


class Listening:
    def __init__(self, process) -> None:
        self._process = process

    def next(self):
        line = self._process.stdout.readline()
        assert line, "the client ended"
        return json.loads(line)

    def until(self, name):
        while (found := self.next())[0] != name:
            pass
        return found[1]


@contextmanager
def node(*arguments):
    process = subprocess.Popen(["node", *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    try:
        yield Listening(process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("server", ["gunicorn gthread", "uvicorn"])
def test_socketio_s_client(tmp_path, store, modules, server):
    port, token = free_port(), store.inbox("ada").token()
    script = (HERE / "listen.cjs", modules, f"http://127.0.0.1:{port}", f"{PREFIX}/socket.io")
    with serving(tmp_path, command(server, port), port):
        with node(*script, token) as client:
            assert client.next() == ["connect", None]
            assert client.next()[1]["counts"]["total"] == 0
            assert client.next() == ["unseen_count_changed", {"unseenCount": 0, "hasMore": False}]
            store.trigger("bell", to="ada")
            [message] = store.inbox("ada").list().items
            assert client.next()[1]["message"]["_id"] == message.message_id
            assert client.next()[1]["counts"]["total"] == 1
            client.next()
            store.subscribers.delete("ada")
            assert client.next() == ["disconnect", "io server disconnect"]
        with node(*script, "forged") as client:
            assert client.next() == ["connect_error", ["Unauthorized", False]]


def test_socketio_s_client_comes_back(tmp_path, store, modules):
    port, token = free_port(), store.inbox("ada").token()
    script = (HERE / "listen.cjs", modules, f"http://127.0.0.1:{port}", f"{PREFIX}/socket.io", token)
    with node(*script) as client:
        assert client.next()[0] == "connect_error"
        with serving(tmp_path, command("werkzeug", port), port, quiet=False) as process:
            client.until("connect")
            process.kill()
            assert client.until("disconnect") == "transport close"
        store.trigger("bell", to="ada")
        with serving(tmp_path, command("gunicorn sync", port), port):
            client.until("connect")
            assert client.until("unread_count_changed")["unreadCount"] == 1


def test_novu_s_own_client(tmp_path, store, modules):
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    script = (HERE / "inbox.mjs", modules, f"{origin}{PREFIX}", origin, f"{PREFIX}/socket.io")
    hashed = inbox_hash("ada", "live-secret")
    with serving(tmp_path, command("gunicorn gthread", port), port), node(*script, "ada", hashed) as client:
        client.until("unseen")
        store.trigger("bell", to="ada", payload={"body": "live"})
        [message] = store.inbox("ada").list().items
        received = client.until("received")
        assert (received["id"], received["body"], received["severity"]) == (message.message_id, "live", "none")
        assert received["to"]["subscriberId"] == "ada"
        assert client.until("unread")["total"] == 1
        assert client.until("unseen") == 1
        store.inbox("ada").mark_all(read=True)
        assert client.until("unread") == {"total": 0, "severity": {"high": 0, "medium": 0, "low": 0, "none": 0}}
