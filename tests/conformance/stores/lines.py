"""A line to PostgreSQL that can die without a word: it stays open, takes what is sent, and forwards nothing."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from urllib.parse import quote

from sqlalchemy.engine import make_url


class Line:
    """A proxy before a server. ``dead``: nothing passes; ``dies_at``: a text of the client's that kills the line."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._stopped = False
        self.dead = False
        self.dies_at: bytes | None = None
        self.opened = 0
        self._thread = threading.Thread(target=self._forward, daemon=True)
        self._thread.start()

    def url(self, **settings: str) -> str:
        """The server's URL through this line, with settings of the session."""
        port = self._listener.getsockname()[1]
        options = quote(" ".join(f"-c {name}={value}" for name, value in settings.items()))
        base = f"postgresql://{self._url.username or ''}@127.0.0.1:{port}/{self._url.database}"
        return f"{base}?connect_timeout=2&options={options}"

    def forget(self) -> None:
        """Leave the present connections open and deaf; new ones pass."""
        for key in list(self._selector.get_map().values()):
            if key.data is not None:
                self._leave(key.fileobj)
        self.dead = False

    def _leave(self, end: socket.socket) -> None:
        with contextlib.suppress(KeyError):  # the other thread has done so
            self._selector.unregister(end)

    def close(self) -> None:
        """Close every connection."""
        self._stopped = True
        self._thread.join(5)
        for open_socket in self._sockets:
            open_socket.close()
        self._selector.close()

    def _forward(self) -> None:
        while not self._stopped:
            for key, _ in self._selector.select(0.02):
                if key.data is None:
                    self._accept()
                elif not self.dead:
                    self._pass_on(key.fileobj, key.data)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        self._sockets.append(client)
        self.opened += 1
        if self.dead:
            return
        host = self._url.query["host"]
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.5432")
        self._sockets.append(server)
        self._selector.register(client, selectors.EVENT_READ, server)
        self._selector.register(server, selectors.EVENT_READ, client)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            data = source.recv(65536)
            if self.dies_at is not None and self.dies_at in data:
                self.dies_at = None
                self.forget()
            elif data:
                target.sendall(data)
            else:
                self._leave(source)
                target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def line_to(url: str) -> Iterator[Line]:
    """A line that is closed at the end."""
    line = Line(url)
    try:
        yield line
    finally:
        line.close()
