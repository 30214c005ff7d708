"""300 live clients on gunicorn gthread with 4 threads: how soon all are told, and what requests notice of it.

``python -m benchmarks.live``; ``--store URL`` for another store than SQLite, ``--clients N``, ``--record`` keeps the
figures.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import statistics
import struct
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from benchmarks.common import Server, http, percentile, python, record, running, table
from novu_core import Client

ROUNDS = 20
PATH = "/api/novu/v1/inbox/socket"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Clients:
    """Plain sockets of WebSocket, all read by one selector."""

    def __init__(self, port: int, tokens: list[str]) -> None:
        self.selector = selectors.DefaultSelector()
        self.rest: dict[socket.socket, bytes] = {}
        self.heard: defaultdict[str, list[tuple[float, dict]]] = defaultdict(list)
        for token in tokens:
            sock = socket.create_connection(("127.0.0.1", port), timeout=20)
            head = {"host": "x", "upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13"}
            lines = [f"{name}: {value}" for name, value in {**head, "sec-websocket-key": KEY}.items()]
            sock.sendall("\r\n".join([f"GET {PATH}?token={token} HTTP/1.1", *lines, "", ""]).encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += sock.recv(4096)
            assert answer.startswith(b"HTTP/1.1 101"), answer
            sock.setblocking(False)
            self.rest[sock] = b""
            self._take(sock, answer.partition(b"\r\n\r\n")[2])
            self.selector.register(sock, selectors.EVENT_READ)

    def hear(self, event: str, count: int, seconds: float = 20) -> list[tuple[float, dict]]:
        """Return when, and with what, so many events of this name came; the others are kept."""
        end = time.time() + seconds
        while len(self.heard[event]) < count:
            assert time.time() < end, f"{len(self.heard[event])} of {count} {event}"
            for key, _ in self.selector.select(1):
                sock: socket.socket = key.fileobj  # type: ignore[assignment]  # it was registered
                data = sock.recv(1 << 18)
                assert data, "a client was dropped"
                self._take(sock, data)
        found = self.heard[event][:count]
        del self.heard[event][:count]
        return found

    def _take(self, sock: socket.socket, data: bytes) -> None:
        at = time.time()
        for text in self._texts(sock, data):
            told = json.loads(text)
            self.heard[told["event"]].append((at, told["data"]))

    def _texts(self, sock: socket.socket, data: bytes) -> Iterator[bytes]:
        data = self.rest[sock] + data
        while len(data) >= 2:
            opcode, size, head = data[0] & 15, data[1], 2
            if size == 126:
                size, head = struct.unpack(">H", data[2:4])[0], 4
            elif size == 127:
                size, head = struct.unpack(">Q", data[2:10])[0], 10
            if len(data) < head + size:
                break
            if opcode == 1:
                yield data[head : head + size]
            data = data[head + size :]
        self.rest[sock] = data

    def close(self) -> None:
        for sock in self.rest:
            sock.close()
        self.selector.close()


def told(clients: Clients, count: int, act: Callable[[], float | None], event: str) -> list[float]:
    """Return how many milliseconds after its commit each client was told; ``act`` returns when that was.

    None: after the message was made, which is before its commit.
    """
    with ThreadPoolExecutor(1) as elsewhere:
        acting = elsewhere.submit(act)
        heard = clients.hear(event, count)
        since = acting.result()
    if since is not None:
        return [1000 * (at - since) for at, _ in heard]
    return [1000 * (at - _time(data["message"]["createdAt"])) for at, data in heard]


def _time(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def quiet(clients: Clients, count: int) -> None:
    """Take the counts that come with what was told."""
    for event in ("unread_count_changed", "unseen_count_changed"):
        clients.hear(event, count)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--store")
    options.add_argument("--clients", type=int, default=300)
    options.add_argument("--record", action="store_true")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = asked.store or f"sqlite:///{Path(folder) / 'novu.db'}"
        figures = measure(store, asked.clients)
    rows = [[name, f"{statistics.median(late):.0f}", f"{max(late):.0f}"] for name, late in figures["told"].items()]
    print(table(["told, ms", "median", "worst"], rows))
    rows = [[name, f"{median:.2f}", f"{p99:.2f}"] for name, (median, p99) in figures["requests"].items()]
    print(table(["requests, ms", "median", "p99"], rows))
    if asked.record:
        kept = {name: {"median": statistics.median(late), "worst": max(late)} for name, late in figures["told"].items()}
        record("live", {"clients": asked.clients, "told ms": kept, "requests ms": figures["requests"]})


def measure(store: str, count: int) -> dict:
    server = Server(
        "gunicorn gthread",
        python(
            "-m", "gunicorn", "-k", "gthread", "--threads", "4", "-b", "127.0.0.1:{port}", "benchmarks.live_app:app"
        ),
        {"LIVE_STORE": store},
    )
    late: dict[str, list[float]] = {}
    requests: dict[str, tuple[float, float]] = {}
    settings = {"store_url": store, "secret_key": "benchmark", "worker": "none"}
    with running([server], http("GET", "/ping")), Client(settings, []) as here:

        def load(name: str) -> None:
            found = [1000 * each for each in server.load(http("GET", "/ping"), 4, connections=4).latencies]
            requests[name] = (statistics.median(found), percentile(found, 99))

        load("nobody is connected")
        clients = Clients(server.port, [here.inbox("ada").token()] * count)
        quiet(clients, count)
        load(f"{count} clients wait")

        def one(subscriber_id: str) -> float:
            return float(server.ask(http("POST", f"/one/{subscriber_id}")).rpartition(b"\r\n")[2])

        def many() -> None:
            server.ask(http("POST", f"/many/{count}"))

        def mark() -> float:
            here.inbox("ada").mark_all(read=True)
            return time.time()

        messages: list[float] = []
        marks: list[float] = []
        for _ in range(ROUNDS):
            messages += told(clients, count, lambda: one("ada"), "notification_received")
            quiet(clients, count)
            marks += told(clients, count, mark, "unread_count_changed")
            clients.hear("unseen_count_changed", count)
        late[f"a message, {count} clients of one inbox"] = messages
        late["marks of another process, the same"] = marks
        clients.close()
        clients = Clients(server.port, [here.inbox(f"s{number}").token() for number in range(count)])
        quiet(clients, count)
        each: list[float] = []
        for number in range(ROUNDS * 5):
            each += told(
                clients,
                1,
                lambda number=number: server.ask(http("POST", f"/one/s{number}")) and None,
                "notification_received",
            )
        late[f"a message to one of {count} inboxes"] = each
        all_of_them: list[float] = []
        for _ in range(5):
            all_of_them += told(
                clients, count, lambda: server.ask(http("POST", f"/many/{count}")) and None, "notification_received"
            )
        late[f"a message to each of {count} inboxes at once"] = all_of_them
        clients.close()
    return {"told": late, "requests": requests}


if __name__ == "__main__":
    main()
