"""The engine under volume: 1,000 concurrent triggers, 100,000 pending timers, 100,000 events into 1,000 digest windows.

``python -m benchmarks.volume [triggers] [timers] [digests] [--record]``; without a name all three.
The store is SQLite on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from benchmarks.common import Server, http, python, record, running, table
from benchmarks.http_app import SECRET
from novu_core.client import Client
from novu_core.definition.registry import Registry
from novu_core.storage.changes import AddExecution, save_step
from novu_core.storage.ids import uuid7

COUNT, TIMERS, EVENTS, WINDOWS = 8_000, 100_000, 100_000, 1_000
registry = Registry()
woken: list[float] = []


@registry.workflow("one")
def one(step: Any) -> None:
    """A single step."""
    step.in_app("bell", lambda: {"body": "hello"})


@registry.workflow("timer")
def timer(step: Any) -> None:
    """Wakes, and says when."""
    step.delay("nap", lambda: {"amount": 10, "unit": "seconds"})
    woken.append(time.time())
    step.in_app("bell", lambda: {"body": "hello"})


@registry.workflow("digest")
def digest(payload: Any, step: Any) -> None:
    """Collects for an hour."""
    batch = step.digest("window", {"amount": 1, "unit": "hours", "digestKey": payload["key"]})
    step.in_app("bell", lambda: {"body": f"{batch.event_count} events"})


@contextlib.contextmanager
def client() -> Iterator[Client]:
    """A client on a fresh file."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = {"NOVU_STORE_URL": f"sqlite:///{folder}/novu.db", "NOVU_WORKER": "none"}
        with Client(settings, workflows=registry) as made:
            yield made


def together(work: Callable[[int], object], threads: int, count: int) -> float:
    """Let so many threads, all started first, do ``count`` pieces of work; return the seconds. An error is raised."""
    barrier = threading.Barrier(threads + 1)
    errors: list[Exception] = []

    def loop(first: int) -> None:
        barrier.wait()
        try:
            for number in range(first, count, threads):
                work(number)
        except Exception as error:
            errors.append(error)

    running = [threading.Thread(target=loop, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    barrier.wait()
    start = time.perf_counter()
    for thread in running:
        thread.join()
    if errors:
        raise errors[0]
    return time.perf_counter() - start


def steady(work: Callable[[int], object], threads: int, warm: float = 2.0, seconds: float = 3.0) -> float:
    """Return how often a second so many threads do ``work`` once all of them are under way. An error is raised."""
    done, stop = [0] * threads, threading.Event()
    errors: list[Exception] = []

    def loop(number: int) -> None:
        try:
            while not stop.is_set():
                work(number)
                done[number] += 1
        except Exception as error:
            errors.append(error)

    running = [threading.Thread(target=loop, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    time.sleep(warm)
    before, start = sum(done), time.perf_counter()
    time.sleep(seconds)
    found = (sum(done) - before) / (time.perf_counter() - start)
    stop.set()
    for thread in running:
        thread.join()
    if errors:
        raise errors[0]
    return found


def triggers() -> dict[str, float]:
    """Budget 4: as many triggers a second with 1,000 at once as with 100 (at least 0.9x), and no error.

    Over HTTP (gunicorn, 2 workers of 8 threads, so many connections), as tasks of one event loop, and from threads.
    """
    rates: dict[str, dict[int, list[float]]] = {}
    with client() as novu:
        for _ in range(5):
            for many in (100, 1000):
                rate = steady(lambda number: novu.trigger(one, f"u{number % 50}"), many)
                rates.setdefault("threads", {}).setdefault(many, []).append(rate)
                seconds = asyncio.run(_tasks(novu, many))
                rates.setdefault("tasks", {}).setdefault(many, []).append(COUNT / seconds)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = _gunicorn(Path(folder))
        with running([server], http("GET", "/api/novu/health")):
            body = json.dumps({"to": "user-1", "payload": {"name": "Ann", "comment": "Nice"}}).encode()
            head = {"authorization": f"ApiKey {SECRET}", "content-type": "application/json"}
            request = http("POST", "/api/novu/workflows/comment/execute", head, body)
            server.load(request, 1, 100)
            for _ in range(5):
                for many in (100, 1000):
                    load = server.load(request, 3, many)
                    rates.setdefault("HTTP", {}).setdefault(many, []).append(load.rate)
    rows, figures = [], {}
    for way, found in rates.items():
        few, lots = (statistics.median(found[many]) for many in (100, 1000))
        rows.append([way, f"{few:.0f}", f"{lots:.0f}", f"{lots / few:.2f}"])
        figures |= {f"{way}: 100": few, f"{way}: 1000": lots, f"{way}: ratio": lots / few}
    print(table(["triggers a second", "100 at once", "1000 at once", "ratio (at least 0.90)"], rows), end="\n\n")
    return figures


async def _tasks(novu: Client, many: int) -> float:
    """Let so many tasks trigger COUNT times together; return the seconds."""
    numbers = iter(range(COUNT))

    async def work() -> None:
        for number in numbers:
            await novu.atrigger(one, f"u{number % 50}")

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(many)))
    return time.perf_counter() - start


def _gunicorn(folder: Path) -> Server:
    command = python("-m", "gunicorn", "-b", "127.0.0.1:{port}", "-w", "2", "-k", "gthread", "--threads", "8",
                     "--keep-alive", "60", "benchmarks.http_app:make_flask()")  # fmt: skip
    return Server("gunicorn", command, {"BENCHMARK_STORE": f"sqlite:///{folder}/novu.db"})


def timers() -> dict[str, float]:
    """Budget 5: how late timers wake among 100,000 pending ones, and what that costs in memory."""
    figures: dict[str, float] = {}
    with client() as novu:
        execution = novu.trigger(timer, "u0")
        store = novu.engine.parts.store
        [step] = store.steps(execution.execution_id)
        row = store.execution(execution.execution_id)
        assert row is not None
        novu.executions.cancel(execution.execution_id)
        process, rows = psutil.Process(), []
        due = novu.clock.now() + timedelta(days=1)
        for number in range(TIMERS):  # set down in the store, as 100,000 triggers would have left them
            made = uuid7(novu.clock.now())
            waiting = due + timedelta(milliseconds=number)
            rows.append(AddExecution(replace(row, execution_id=made, transaction_id=made, due_at=waiting)))
            rows.append(save_step(replace(step, execution_id=made, resume_at=waiting)))
            if len(rows) == 4000:
                store.commit(*rows)
                rows.clear()
        gc.collect()
        before = process.memory_info().rss
        novu.start_worker(8)
        for label, spacing in (("one each 20 ms", 0.02), ("bursts of ten each 200 ms", 0.0)):
            woken.clear()
            wanted = []
            start = novu.clock.now() + timedelta(seconds=2)
            for number in range(300):
                moment = start + timedelta(seconds=number * spacing if spacing else number // 10 * 0.2)
                made = uuid7(novu.clock.now())
                fresh = replace(row, execution_id=made, transaction_id=made, due_at=moment, resume_at=moment)
                store.commit(AddExecution(fresh), save_step(replace(step, execution_id=made, resume_at=moment)))
                novu.worker.notice(moment)
                wanted.append(moment.timestamp())
            while len(woken) < len(wanted):
                time.sleep(0.05)
            late = sorted(1000 * (at - due) for at, due in zip(sorted(woken), sorted(wanted), strict=True))
            figures |= {f"{label}: median ms": statistics.median(late), f"{label}: worst ms": late[-1]}
            print(f"{label}: late by {statistics.median(late):.1f} ms (median), {late[-1]:.1f} ms (worst)")
        grown = process.memory_info().rss - before
        print(f"{TIMERS} pending timers; the worker's process grew by {grown / 2**20:.1f} MiB\n")
    return figures | {"grown MiB": grown / 2**20}


def digests() -> dict[str, float]:
    """Budget 6: what an event costs in the last tenth of 100,000 against the first (at most 1.3x)."""
    with client() as novu:
        tenths = []
        for tenth in range(10):
            offset = tenth * EVENTS // 10

            def join(number: int, offset: int = offset) -> None:
                key = str((offset + number) % WINDOWS)
                novu.trigger(digest, f"u{int(key) % 100}", {"key": key, "n": offset + number})

            tenths.append(together(join, 8, EVENTS // 10))
        costs = [1e6 * seconds / (EVENTS // 10) for seconds in tenths]
        print("us an event, tenth by tenth: " + " ".join(f"{cost:.0f}" for cost in costs))
        print(f"last against first: {costs[-1] / costs[0]:.2f} (at most 1.30)")
        found = novu.executions.list(limit=100, status="running")
        assert len(found) == 100, "the openers wait"
    return {"first us": costs[0], "last us": costs[-1], "ratio": costs[-1] / costs[0]}


def main(*chosen: str) -> None:
    """Run what is named, or everything."""
    names = [name for name in chosen if not name.startswith("--")]
    figures = {
        measure.__name__: measure() for measure in (triggers, timers, digests) if not names or measure.__name__ in names
    }
    if "--record" in chosen:
        record("volume", figures)


if __name__ == "__main__":
    main(*sys.argv[1:])
