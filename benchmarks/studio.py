"""The Studio's budgets: what is installed and sent, the first paint, previews, and lists of 1,000,000 runs.

``python -m benchmarks.studio [--record] [--rows 100000]``. Chromium must be installed. Times of the server are CPU
time, in which other work on the machine does not count; the first paint is by the browser's own clock.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from benchmarks import lists
from benchmarks.common import ROOT, Server, python, record, running, table
from benchmarks.common import http as written
from benchmarks.stores import fill
from benchmarks.studio_app import KEY
from novu_core.client import Client
from novu_core.definition.registry import Registry

ROWS, CALLS, PAINTS = 1_000_000, 300, 30
PREFIX = "/api/novu"
HEADERS = {"authorization": f"ApiKey {KEY}", "accept-encoding": "gzip"}
SUMMARY = f"{PREFIX}/executions?view=summary&limit=50"
LISTS = {
    "all": "", "failed": "status=failed", "done": "status=completed&outcome=none", "merged": "outcome=merged",
    "waits for delay": "waiting_for=delay", "running": "status=running&waiting_for=none",
    "canceled, of none": "outcome=canceled", "a rare workflow": "workflow_id=rare",
    "a subscriber": "subscriber_id=u100",
    "an error": "error_type=Error3", "a failed step": "workflow_id=w1&failed_step=mail",
    "since": "since=2026-01-05T00:08:00Z", "older": f"cursor={lists.execution_id(500_000)}",
}  # fmt: skip
"""What the Studio's filters ask for."""


class Figure(NamedTuple):
    """A measurement and what it may be at most; 0 where that is nothing of ours."""

    value: float
    budget: float
    unit: str

    @property
    def missed(self) -> bool:
        """Whether it is more than it may be."""
        return 0 < self.budget < self.value


def sizes() -> Iterator[tuple[str, Figure]]:
    """What the wheel has of the Studio and the bell."""
    files = [path for path in (ROOT / "novu_core/studio").rglob("*") if path.is_file()]
    yield "Studio in the wheel", Figure(sum(path.stat().st_size for path in files) / 1024, 150, "KB")
    bell = (ROOT / "novu_core/inbox/inbox.js").read_bytes()
    yield "bell", Figure(len(bell) / 1024, 10, "KB")
    yield "bell, packed", Figure(len(gzip.compress(bell)) / 1024, 4, "KB")


class Asked(NamedTuple):
    """Answers to one request: CPU of the server and time for each, in ms, and the last answer."""

    cpu: float
    median: float
    slowest: float
    status: int
    body: bytes
    headers: dict[str, str]


def ask(server: Server, path: str, body: Any = None, calls: int = CALLS, **headers: str) -> Asked:
    """Ask the same again and again, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    sent = None if body is None else json.dumps(body)
    method = "GET" if body is None else "POST"
    taken: list[float] = []
    before = 0.0
    for turn in range(calls + 5):
        if turn == 5:  # the first ones build what is kept
            before = server.cpu()
        start = time.perf_counter()
        connection.request(method, path, sent, {**HEADERS, "content-type": "application/json", **headers})
        answer = connection.getresponse()
        found = answer.read()
        taken.append(1000 * (time.perf_counter() - start))
    cpu = 1000 * (server.cpu() - before) / calls
    connection.close()
    told = {name.lower(): value for name, value in answer.getheaders()}
    return Asked(cpu, statistics.median(taken[5:]), max(taken[5:]), answer.status, found, told)


def served(store: str) -> Server:
    """gunicorn with threads, as the budgets say."""
    command = python("-m", "gunicorn", "-k", "gthread", "--threads", "4", "-b", "127.0.0.1:{port}")
    return Server("gunicorn", [*command, "benchmarks.studio_app:app"], {"STUDIO_STORE": store})


def answers(server: Server) -> Iterator[tuple[str, Figure]]:
    """Previews, and a list of 50 in brief: as sent, as it is, and where nothing is new."""
    step = f"{PREFIX}/workflows/comment-on-post/steps/summary/preview"
    preview = ask(server, step, {"payload": {"post": "x"}, "to": {"subscriberId": "ada", "locale": "de"}})
    assert preview.status == 200, preview.body
    yield "preview, answered in", Figure(preview.median, 50, "ms")
    yield "preview, CPU", Figure(preview.cpu, 50, "ms")
    for name, query in (("list of 50", ""), ("list of 50 merged", "&outcome=merged")):
        found = ask(server, SUMMARY + query)
        whole = gzip.decompress(found.body)
        assert len(json.loads(whole)["items"]) == 50
        yield f"{name}, CPU", Figure(found.cpu, 3, "ms")
        yield f"{name}, as sent to a browser", Figure(len(found.body) / 1024, 12, "KB")
        same = ask(server, SUMMARY + query, **{"if-none-match": found.headers["etag"]})
        assert (same.status, same.body) == (304, b"")
        yield f"{name}, nothing new, CPU", Figure(same.cpu, 1, "ms")


def pages(server: Server) -> Iterator[tuple[str, Figure]]:
    """What a browser is sent until the first view stands, and when it paints first: warm, as on every later visit."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    address = f"http://127.0.0.1:{server.port}{PREFIX}/studio"
    with sync_playwright() as playwright, _browser(playwright, flags) as browser:
        context = browser.new_context()
        page = context.new_page()
        requests: list[Any] = []

        def heard(request: Any) -> None:
            requests.append(request)

        page.on("requestfinished", heard)
        page.goto(address, wait_until="networkidle")
        yield "first view, requests", Figure(len(requests), 30, "")
        own = [request.response().body() for request in requests]
        yield "first view, unpacked", Figure(sum(map(len, own)) / 1024, 120, "KB")
        painted: dict[str, list[float]] = {"studio": [], "health": []}
        for _ in range(PAINTS):
            for name, taken in painted.items():  # in turns: other work on the machine delays both
                page.goto("about:blank")
                page.goto(f"{address.removesuffix('studio')}{name}", wait_until="networkidle")
                paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
                taken.append(page.wait_for_function(paint).json_value())  # a busy machine may be idle before it
        yield "first paint, median", Figure(statistics.median(painted["studio"]), 100, "ms")
        yield "first paint of a line of text, beside it", Figure(statistics.median(painted["health"]), 0, "ms")


@contextmanager
def _browser(playwright: Any, flags: list[str]) -> Iterator[Any]:
    launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
    try:
        yield launched
    finally:
        launched.close()


def full(server: Server) -> Iterator[tuple[str, Figure]]:
    """Every list of a full store, by the CPU time of an answer, the HTTP around it with it."""
    for name, query in LISTS.items():
        found = ask(server, f"{SUMMARY}&{query}", calls=40)
        assert found.status == 200, found.body
        yield f"list, {name}", Figure(found.cpu, 20, "ms")


def filled(folder: str, rows: int, name: str) -> str:
    """Return the URL of a store with so many runs."""
    url = f"sqlite:///{folder}/{name}.db"
    with Client({"NOVU_STORE_URL": url, "NOVU_WORKER": "none"}, workflows=Registry()) as client:
        client.executions.list()
        kinds = ("novu_executions", "novu_steps")
        fill(client, [(kind, lists.TABLES[kind][0], lists.TABLES[kind][1](rows)) for kind in kinds])
    return url


def measured(rows: int) -> dict[str, Figure]:
    """Every figure by its name."""
    found = dict(sizes())
    health = written("GET", f"{PREFIX}/health")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = served(filled(folder, 1000, "few"))
        with running([server], health):
            found |= dict(answers(server)) | dict(pages(server))
        server = served(filled(folder, rows, "many"))
        with running([server], health):
            found |= dict(full(server))
    return found


def main(arguments: list[str]) -> None:
    """Measure, print and perhaps record."""
    rows = int(arguments[arguments.index("--rows") + 1]) if "--rows" in arguments else ROWS
    found = measured(rows)
    load = os.getloadavg()[0]
    print(f"load {load:.1f}")
    lines = [
        [name, f"{value:.2f} {unit}", f"{budget:g} {unit}" if budget else ""]
        for name, (value, budget, unit) in found.items()
    ]
    print(table(["", "figure", "budget"], lines))
    missed = [
        f"{name}: {each.value:.2f}, may be {each.budget:g} {each.unit}" for name, each in found.items() if each.missed
    ]
    print("\n".join(["MISSED BUDGETS", *missed]) if missed else "No budget is missed.")
    if "--record" in arguments:
        figures = {
            name: {"value": round(each.value, 2), "budget": each.budget, "unit": each.unit}
            for name, each in found.items()
        }
        record("studio", {"rows": rows, "load": round(load, 1), "figures": figures})


if __name__ == "__main__":
    main(sys.argv[1:])
