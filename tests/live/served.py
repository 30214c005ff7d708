"""A live client over TCP, and servers to connect it to."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Message, Ping, RejectConnection, RejectData, Request

HERE = Path(__file__).parent
PREFIX = "/api/novu"
PLAIN, SOCKETIO = f"{PREFIX}/v1/inbox/socket", f"{PREFIX}/socket.io/"


class Refused(Exception):
    """The handshake was refused."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"{status} {body!r}")
        self.status = status
        self.body = body


class Live:
    """A client that waits for what it hears."""

    def __init__(self, port: int, target: str, *, headers=(), seconds: float = 15, tls=None) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        if tls is not None:
            self.sock = tls.wrap_socket(self.sock)
        self.frames = WSConnection(ConnectionType.CLIENT)
        self.seconds = seconds
        self.code: int | None = None
        self._events: list = []
        self._text = ""
        host = f"127.0.0.1:{port}"
        self.sock.sendall(self.frames.send(Request(host=host, target=target, extra_headers=list(headers))))
        first = self._next()
        if isinstance(first, RejectConnection):
            body, event = b"", first
            while event is not None and not (isinstance(event, RejectData) and event.body_finished):
                event = self._next() if first.has_body else None
                body += event.data if isinstance(event, RejectData) else b""
            self.sock.close()
            raise Refused(first.status_code, body)
        assert isinstance(first, AcceptConnection), first

    def say(self, text: str) -> None:
        self.sock.sendall(self.frames.send(Message(text)))

    def hear(self) -> str | None:
        """Return the next text; None once the server has closed."""
        while (event := self._next()) is not None:
            if isinstance(event, CloseConnection):
                self.code = event.code
                return None
            if isinstance(event, Ping):
                self.sock.sendall(self.frames.send(event.response()))
            elif isinstance(event, Message):
                self._text += event.data
                if event.message_finished:
                    text, self._text = self._text, ""
                    return text
        return None

    def event(self) -> tuple[str, dict]:
        """Return the next event of the plain door."""
        found = json.loads(self.hear())
        return found["event"], found["data"]

    def until(self, wanted: str) -> dict:
        """Return the payload of the next event of this name."""
        while True:
            event, data = self.event()
            if event == wanted:
                return data

    def greeted(self) -> tuple[int, int]:
        """Return the counts that are told at first."""
        (first, unread), (second, unseen) = self.event(), self.event()
        assert (first, second) == ("unread_count_changed", "unseen_count_changed")
        return unread["unreadCount"], unseen["unseenCount"]

    def close(self) -> None:
        self.sock.close()

    def _next(self):
        while not self._events:
            try:
                data = self.sock.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                self.sock.close()
                return None
            self.frames.receive_data(data)
            self._events += self.frames.events()
        return self._events.pop(0)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def call(port: int, method: str, path: str, headers=None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def environment(folder: Path, more=None) -> dict[str, str]:
    return {
        **os.environ,
        "LIVE_FOLDER": str(folder),
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)]),
        "DJANGO_SETTINGS_MODULE": "django_live",
        **(more or {}),
    }


@contextmanager
def serving(folder: Path, command: list[str], port: int, *, environ=None, quiet: bool = True):
    """Run a server until the block ends; its log must show no trouble."""
    log = folder / f"log-{port}"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *command], env=environment(folder, environ), stdout=output, stderr=output
        )
        try:
            _connected(port, process, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    if quiet:
        said = log.read_text()
        assert "Traceback" not in said, said
        assert "ERROR" not in said, said


def _connected(port: int, process, log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)  # another process is being waited for
    raise AssertionError(log.read_text())
