"""The execute route on Flask and FastAPI against the bare request handler, on the same server (granian), interleaved.

python -m benchmarks.http [--quick] [--record]: the last writes the figures to benchmarks/results/http.json
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import defaultdict

from benchmarks.common import Load, Server, http, percentile, python, record, running, table
from benchmarks.http_app import PREFIX, SECRET

BASES = {"flask": "bare wsgi", "fastapi": "bare asgi", "bare wsgi": "bare wsgi", "bare asgi": "bare asgi"}
FACTORIES = {"flask": "make_flask", "fastapi": "make_fastapi", "bare wsgi": "make_wsgi", "bare asgi": "make_asgi"}


def main() -> int:
    """Measure and print; 0 if Flask is within 10% of FastAPI (budget 2 of README.md)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds: about 10 seconds")
    parser.add_argument("--record", action="store_true", help="keep the figures with their date")
    chosen = parser.parse_args()
    rounds, seconds = (3, 0.5) if chosen.quick else (7, 1.5)
    body = json.dumps({"to": "user-1", "payload": {"name": "Ann", "comment": "Nice post"}}).encode()
    head = {"authorization": f"ApiKey {SECRET}", "content-type": "application/json"}
    request = http("POST", f"{PREFIX}/workflows/comment/execute", head, body)
    servers = [_server(name) for name in FACTORIES]
    found: dict[str, list[Load]] = defaultdict(list)
    with running(servers, http("GET", f"{PREFIX}/health")):
        for server in servers:
            answer = server.ask(request)
            if b'"status": "completed"' not in answer and b'"status":"completed"' not in answer:
                raise SystemExit(f"{server.name} answered {answer!r}")
            server.load(request, 0.3)
        for _ in range(rounds):
            for server in servers:
                found[server.name].append(server.load(request, seconds))
    rates = {name: statistics.median(load.rate for load in loads) for name, loads in found.items()}
    slow = {name: statistics.median(percentile(load.latencies, 95) for load in loads) for name, loads in found.items()}
    rows = [
        [name, f"{rates[name]:.0f}", f"{1000 * slow[name]:.2f}", f"{1000 * (slow[name] - slow[BASES[name]]):+.2f}",
         f"{rates[name] / rates[BASES[name]]:.2f}"]
        for name in FACTORIES
    ]  # fmt: skip
    print(table(["8 connections", "req/s", "p95 ms", "added p95 ms", "of bare"], rows))
    ratio = rates["flask"] / rates["fastapi"]
    print(f"\nFlask over FastAPI: {ratio:.2f} (at least 0.90)")
    print(f"1000 req/s: {min(rates.values()) >= 1000}; p95 below 200 ms: {max(slow.values()) < 0.2}")
    if chosen.record:
        record("http", {
            "flask over fastapi": ratio,
            "requests a second": {name: rates[name] for name in BASES},
            "p95 ms": {name: 1000 * slow[name] for name in BASES},
            "added p95 ms": {name: 1000 * (slow[name] - slow[base]) for name, base in BASES.items() if name != base},
        })  # fmt: skip
    return 0 if ratio >= 0.9 else 1


def _server(name: str) -> Server:
    interface = "wsgi" if name in ("flask", "bare wsgi") else "asgi"
    granian = python("-m", "granian", "--host", "127.0.0.1", "--port", "{port}", "--no-log", "--factory")
    threads = ["--blocking-threads", "1"] if interface == "wsgi" else []
    return Server(name, [*granian, *threads, "--interface", interface, f"benchmarks.http_app:{FACTORIES[name]}"])


if __name__ == "__main__":
    raise SystemExit(main())
