"""What the benchmarks share: servers in processes of their own on one core, a load generator on the other, tables."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).resolve().parents[1]
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]


class Load(NamedTuple):
    """One measurement: requests answered, seconds, and the server's CPU seconds meanwhile."""

    requests: int
    seconds: float
    cpu_seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cpu_microseconds(self) -> float:
        """The server's CPU time for one request."""
        return 1e6 * self.cpu_seconds / max(self.requests, 1)


class Server:
    """A web server under test. ``command`` listens on 127.0.0.1, at the port that stands for ``{port}`` in it."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.port = _free_port()
        self._command = [part.replace("{port}", str(self.port)) for part in command]
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, health: bytes) -> None:
        """Start on the server core and wait until ``health``, a whole request, is answered with a 200."""
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=_pin_to_server_core,
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError, RuntimeError):
                if self.ask(health).startswith(b"HTTP/1.1 200"):
                    return
            time.sleep(0.05)
        self.stop()
        error = self._process.stderr.read().decode() if self._process.stderr else ""
        raise RuntimeError(f"{self.name} did not start: {' '.join(self._command)}\n{error[-2000:]}")

    def stop(self) -> None:
        """End the process and its workers."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ask(self, request: bytes) -> bytes:
        """Send one request; return the whole answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            answer = b""
            while True:
                part = connection.recv(65536)
                answer += part
                size = _answer_size(answer)
                if size is not None and len(answer) >= size:
                    return answer[:size]
                if not part:
                    raise RuntimeError(f"{self.name} closed the connection after {answer!r}")

    def load(self, request: bytes, seconds: float, connections: int = 8) -> Load:
        """Send the request over keep-alive connections, one at a time on each, for so long."""
        before = self.cpu()
        latencies, elapsed = _generate(self.port, request, seconds, connections)
        return Load(len(latencies), elapsed, self.cpu() - before, latencies)

    def cpu(self) -> float:
        """The CPU seconds that the process and its workers have taken so far."""
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        return sum(_cpu(process) for process in (first, *first.children(recursive=True)))


@contextlib.contextmanager
def running(servers: Sequence[Server], health: bytes) -> Iterator[None]:
    """Start the servers, keep this process off their core, and stop them again."""
    if len(_CORES) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
    else:
        print("Only one core: servers and load generator share it, the figures are lower than they should be.")
    try:
        for server in servers:
            server.start(health)
        yield
    finally:
        for server in servers:
            server.stop()
        if len(_CORES) > 1:
            os.sched_setaffinity(0, _CORES)


def http(method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """Return the bytes of a keep-alive HTTP/1.1 request."""
    lines = [f"{method} {target} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def python(*arguments: str) -> list[str]:
    """A command of this interpreter."""
    return [sys.executable, *arguments]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in columns, the first to the left and the others to the right."""
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    ruled = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(row[at].rjust(widths[at]) for at in range(1, len(row)))]) for row in ruled
    )


def record(name: str, figures: Mapping[str, object]) -> None:
    """Keep a benchmark's figures with their date; the tests hold that the recorded ones are within the budgets."""
    path = ROOT / "benchmarks" / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    dated = {"date": str(date.today()), "python": platform.python_version(), "cores": len(_CORES), **figures}
    path.write_text(json.dumps(dated, indent=2) + "\n", "utf-8")


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else values[0]


def _generate(port: int, request: bytes, seconds: float, connections: int) -> tuple[list[float], float]:
    """Keep every connection busy with one request; return the latencies and the time it took."""
    selector = selectors.DefaultSelector()
    buffers: dict[socket.socket, bytearray] = {}
    sent: dict[socket.socket, float] = {}
    latencies: list[float] = []

    def connect() -> None:
        connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffers[connection] = bytearray()
        selector.register(connection, selectors.EVENT_READ)
        ask(connection)

    def ask(connection: socket.socket) -> None:
        sent[connection] = time.perf_counter()
        connection.sendall(request)

    def hang_up(connection: socket.socket) -> None:
        selector.unregister(connection)
        connection.close()
        del buffers[connection]

    start = time.perf_counter()
    end = start + seconds
    for _ in range(connections):
        connect()
    while time.perf_counter() < end:
        for key, _ in selector.select(timeout=1):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            part = connection.recv(262144)
            if not part:  # a server ends a connection after so many requests
                hang_up(connection)
                connect()
                continue
            buffer = buffers[connection]
            buffer += part
            size = _answer_size(buffer)
            if size is None or len(buffer) < size:
                continue
            if not buffer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"not a 200: {bytes(buffer[:500])!r}")
            latencies.append(time.perf_counter() - sent[connection])
            del buffer[:size]
            ask(connection)
    elapsed = time.perf_counter() - start
    for connection in list(buffers):
        hang_up(connection)
    selector.close()
    return latencies, elapsed


def _answer_size(buffer: bytes | bytearray) -> int | None:
    """The length of the answer that begins the buffer, once its head is there."""
    head = buffer.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = _LENGTH.search(buffer, 0, head)
    if length is None:
        raise RuntimeError(f"an answer without content-length: {bytes(buffer[:500])!r}")
    return head + 4 + int(length[1])


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def _pin_to_server_core() -> None:
    if len(_CORES) > 1:
        os.sched_setaffinity(0, {SERVER_CORE})


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
