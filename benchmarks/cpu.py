"""CPU time of what the engine does most; with another checkout beside it, the ratio of the two in the same run.

``python -m benchmarks.cpu [--against FOLDER] [--record]``: interleaved rounds, for each the fastest of many small
parts, which other work on the machine disturbs least. The store is a file in memory, so that the disk adds nothing.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROUNDS, PARTS, SIZE = 6, 30, 25
ROOT = Path(__file__).resolve().parents[1] if "__file__" in globals() else Path.cwd()
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # the folder in it is made safely


def fastest(work: Callable[[int], object]) -> float:
    """Return the CPU microseconds of one call."""
    for number in range(2 * SIZE):
        work(-number)
    parts = []
    for part in range(PARTS):
        start = time.process_time()
        for number in range(SIZE):
            work(part * SIZE + number)
        parts.append((time.process_time() - start) / SIZE * 1e6)
    return min(parts)


def measure() -> dict[str, float]:
    """Measure the checkout in the present folder."""
    from novu_core import Client, Registry

    registry = Registry()

    @registry.workflow("three")
    def three(payload, step):  # type: ignore[no-untyped-def]  # as users write it
        step.in_app("bell", lambda: {"subject": "s", "body": payload["text"]})
        step.custom("count", lambda: {"n": 1})
        step.in_app("again", lambda: {"body": "done"})

    @registry.workflow("collect")
    def collect(step):  # type: ignore[no-untyped-def]
        step.digest("hour", {"amount": 1, "unit": "hours"})
        step.in_app("all", lambda: {"body": "done"})

    payload = {"text": "hello"}
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        settings = {"NOVU_STORE_URL": f"sqlite:///{folder}/novu.db", "NOVU_WORKER": "none"}
        with Client(settings, workflows=registry) as client:
            run = client.trigger(three, "reader", payload)
            return {
                "trigger, three steps": fastest(lambda number: client.trigger(three, f"u{number}", payload)),
                "trigger, only recorded": fastest(lambda n: client.trigger(three, f"r{n}", payload, wait=False)),
                "event into a digest": fastest(lambda number: client.trigger(collect, "one", payload)),
                "read of a run": fastest(lambda number: client.executions.get(run.execution_id)),
                "JSON of a run": fastest(lambda number: run.to_json()),
            }


def _round(folder: Path) -> dict[str, float]:
    """Measure a checkout in a process of its own; one that lacks this file is measured with it all the same."""
    code = (ROOT / "benchmarks" / "cpu.py").read_text("utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", code, "measure"]
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run the rounds and print the table."""
    from benchmarks.common import record, table

    other = Path(sys.argv[sys.argv.index("--against") + 1]).resolve() if "--against" in sys.argv else None
    rounds = [[_round(folder) for folder in (ROOT, other) if folder] for _ in range(ROUNDS)]
    rows, medians = [], {}
    for name in rounds[0][0]:
        each = [statistics.median(of[at][name] for of in rounds) for at in range(len(rounds[0]))]
        medians[name] = each[0]
        rows.append([name, *(f"{value:.0f}" for value in each), *([f"{each[0] / each[1]:.2f}"] if other else [])])
    print(table(["CPU us", "here", *([other.name, "ratio"] if other else [])], rows))
    if "--record" in sys.argv:
        record("cpu", {"microseconds": medians})


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        print(json.dumps(measure()))
    else:
        main()
