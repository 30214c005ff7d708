"""Durable workflows of three steps a second, beside a Celery chain on Redis and DBOS on SQLite in the same run.

``python -m benchmarks.engine [--record]``: interleaved rounds, their medians, and the raw fsync rate of the disk.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.common import record, table
from novu_core.client import Client
from novu_core.definition.registry import Registry

ROUNDS, COUNT = 3, 800


class Quick:
    """A provider that takes no time, and so needs no limit of it."""

    timeout = None

    def send(self, message: object) -> None:
        """Accept."""


def fsyncs(folder: Path) -> float:
    """Durable writes of one page a second."""
    handle = os.open(folder / "raw", os.O_CREAT | os.O_WRONLY)
    start, done = time.perf_counter(), 0
    while time.perf_counter() < start + 0.5:
        os.write(handle, b"x" * 4096)
        os.fsync(handle)
        done += 1
    os.close(handle)
    return done / (time.perf_counter() - start)


def run_novu(folder: Path, count: int) -> dict[str, float]:
    """Our engine: inline from one and eight threads, and through the worker."""
    from benchmarks.engine_peers import rate

    registry = Registry()

    @registry.workflow("three")
    def three(step):  # type: ignore[no-untyped-def]  # as users write it
        step.in_app("bell", lambda: {"body": "hello"})
        step.email("mail", lambda: {"subject": "s", "body": "b"})
        step.custom("count", lambda: {"n": 1})

    settings = {"NOVU_STORE_URL": f"sqlite:///{folder}/novu.db", "NOVU_WORKER": "none"}
    with Client(settings, workflows=registry, delivery=Quick()) as client:

        def trigger(number: int, wait: bool = True) -> None:
            person = {"subscriberId": f"u{number % 50}", "email": "u@example.com"}
            client.trigger(three, person, {"n": number}, wait=wait)

        trigger(0)
        found = {"1 thread": rate(trigger, 1, count), "8 threads": rate(trigger, 8, count)}
        for number in range(count):
            trigger(number, wait=False)
        worker = client.worker
        start = time.perf_counter()
        client.start_worker(8)
        while worker.finished < count:
            time.sleep(0.005)
        found["worker"] = count / (time.perf_counter() - start)
    return found


def _round(name: str) -> dict[str, float]:
    """Measure one engine in a process of its own."""
    answer = subprocess.run([sys.executable, "-m", "benchmarks.engine", name], capture_output=True, text=True)
    if answer.returncode:
        raise RuntimeError(answer.stderr[-2000:])
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _measure(name: str) -> dict[str, float]:
    from benchmarks import engine_peers

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name_of:
        folder = Path(name_of)
        if name == "celery":
            return {"celery": engine_peers.run_celery(folder, COUNT // 2)}
        if name == "dbos":
            return {f"dbos, {key}": value for key, value in engine_peers.run_dbos(folder, COUNT // 4).items()}
        raw = fsyncs(folder)
        return {"raw fsync": raw} | {f"novu, {key}": value for key, value in run_novu(folder, COUNT).items()}


def main() -> None:
    """Run the rounds and print the table."""
    rounds: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name in ("novu", "celery", "dbos"):
            for key, value in _round(name).items():
                rounds.setdefault(key, []).append(value)
    medians = {key: statistics.median(values) for key, values in rounds.items()}
    print(table(["engine", "a second"], [[key, f"{value:.0f}"] for key, value in medians.items()]))
    ratios = {}
    for key in ("1 thread", "8 threads", "worker"):
        dbos = medians["dbos, 1 thread" if key == "1 thread" else "dbos, 8 threads"]
        ours = medians[f"novu, {key}"]
        ratios[key] = {"celery": ours / medians["celery"], "dbos": ours / dbos}
        print(f"{key}: {ratios[key]['celery']:.2f}x Celery, {ratios[key]['dbos']:.2f}x DBOS")
    if "--record" in sys.argv:
        record("engine", {"a second": medians, "ratios": ratios})


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("--"):
        print(json.dumps(_measure(sys.argv[1])))
    else:
        main()
