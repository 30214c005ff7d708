"""The engine under volume: 1,000 concurrent triggers, 100,000 pending timers, 100,000 events into 1,000 digest windows.

``python -m benchmarks.volume [triggers] [timers] [digests]``; without a name all three. The store is SQLite on disk.
"""

from __future__ import annotations

import contextlib
import gc
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psutil

from benchmarks.common import table
from novu_core.client import Client
from novu_core.definition.registry import Registry
from novu_core.engine.ids import uuid7
from novu_core.storage.changes import AddExecution, save_step

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


def triggers() -> None:
    """Budget 4: as many triggers a second from 1,000 threads at once as from 100 (at least 0.9x), and no error."""
    rates: dict[int, list[float]] = {100: [], 1000: []}
    with client() as novu:
        for _ in range(5):
            for threads, found in rates.items():
                seconds = together(lambda number: novu.trigger(one, f"u{number % 50}"), threads, COUNT)
                found.append(COUNT / seconds)
    median = {threads: statistics.median(found) for threads, found in rates.items()}
    print(table(["concurrent triggers", "a second"], [[str(key), f"{value:.0f}"] for key, value in median.items()]))
    print(f"1,000 against 100: {median[1000] / median[100]:.2f} (at least 0.90), no error\n")


def timers() -> None:
    """Budget 5: how late timers wake among 100,000 pending ones, and what that costs in memory."""
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
                novu.engine.worker.notice(moment)
                wanted.append(moment.timestamp())
            while len(woken) < len(wanted):
                time.sleep(0.05)
            late = sorted(1000 * (at - due) for at, due in zip(sorted(woken), sorted(wanted), strict=True))
            print(f"{label}: late by {statistics.median(late):.1f} ms (median), {late[-1]:.1f} ms (worst)")
        grown = process.memory_info().rss - before
        print(f"{TIMERS} pending timers; the worker's process grew by {grown / 2**20:.1f} MiB\n")


def digests() -> None:
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


def main(*chosen: str) -> None:
    """Run what is named."""
    for measure in (triggers, timers, digests):
        if not chosen or measure.__name__ in chosen:
            measure()


if __name__ == "__main__":
    main(*sys.argv[1:])
