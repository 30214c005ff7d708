"""The bridge's request handler alone, without a server or a framework: ``python -m benchmarks.bridge --handler``.

CPU microseconds are those of the fastest of many small parts, which other work on the machine disturbs least;
instructions, counted by callgrind (``--instructions``), are not disturbed at all. ``--against FOLDER`` measures another
checkout in turns with this one.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.bridge_app import SECRET, SETTINGS, registry
from benchmarks.bridge_mails import LIGHT, ORDER, Mail
from benchmarks.common import ROOT, python, table
from novu_core import Client
from novu_core.aio import Blocking, drive
from novu_core.bridge.signature import sign
from novu_core.http.bridge import BRIDGE, SURFACE
from novu_core.http.handler import Handler
from novu_core.http.messages import Request, Response

ROUNDS, PARTS, SIZE, COUNTED = 3, 300, 4, 100


def calls() -> dict[str, Callable[[], Response]]:
    """Return for each row of the table what makes one request."""
    handler = Handler(Client(SETTINGS, workflows=registry), "benchmark")
    io = Blocking()

    def answer(method: str, query: dict[str, str], body: bytes = b"") -> Callable[[], Response]:
        now = int(time.time() * 1000)
        headers = {"content-type": "application/json", "novu-signature": sign(SECRET, now, body or b"{}")}
        request = Request(method, list(query.items()), headers, body)
        return lambda: drive(handler.handle(SURFACE, BRIDGE, request, io))

    def post(action: str, mail: Mail) -> Callable[[], Response]:
        return answer("POST", {"action": action, "workflowId": mail.workflow_id, "stepId": "mail"}, mail.request)

    return {
        "execute, order": post("execute", ORDER),
        "execute, light": post("execute", LIGHT),
        "preview, order": post("preview", ORDER),
        "discover": answer("GET", {"action": "discover"}),
        "code": answer("GET", {"action": "code", "workflowId": ORDER.workflow_id}),
        "health": answer("GET", {"action": "health-check"}),
    }


def microseconds() -> dict[str, float]:
    """Measure the novu_core that is imported here."""
    return {name: _fastest(call) for name, call in calls().items()}


def _fastest(call: Callable[[], Response]) -> float:
    if (response := call()).status != 200:
        raise RuntimeError(f"the bridge answers {response}")
    for _ in range(200):
        call()
    parts = []
    for _ in range(PARTS):
        start = time.process_time()
        for _ in range(SIZE):
            call()
        parts.append((time.process_time() - start) / SIZE * 1e6)
    return min(parts)


def main(other: Path | None, *, instructions: bool, rounds: int = ROUNDS) -> None:
    """Measure in turns and print the table."""
    checkouts = [ROOT] if other is None else [ROOT, other.resolve()]
    if instructions:
        columns = [_in(checkout, _count) for checkout in checkouts]
    else:
        turns = [[_in(checkout, _time) for checkout in checkouts] for _ in range(rounds)]
        columns = [
            {name: statistics.median(turn[at][name] for turn in turns) for name in turns[0][at]}
            for at in range(len(checkouts))
        ]
    rows = [
        [name, *(f"{column[name]:.0f}" for column in columns), *([f"{value / columns[1][name]:.2f}"] if other else [])]
        for name, value in columns[0].items()
    ]
    unit = "thousand instructions" if instructions else "CPU us"
    print(table([unit, "here", *([other.name, "ratio"] if other else [])], rows))


def _in(checkout: Path, measure: Callable[[Path, dict[str, str]], dict[str, float]]) -> dict[str, float]:
    """Measure a checkout's packages with the benchmarks of this one."""
    with tempfile.TemporaryDirectory() as folder:
        for source in (checkout / "novu_core", checkout / "flask_novu", ROOT / "benchmarks"):
            (Path(folder) / source.name).symlink_to(source)
        return measure(Path(folder), {**os.environ, "PYTHONPATH": folder, "PYTHONHASHSEED": "0"})


def _time(folder: Path, environment: dict[str, str]) -> dict[str, float]:
    return dict(json.loads(_output(folder, environment, python("-m", "benchmarks.bridge_handler")).stdout))


def _count(folder: Path, environment: dict[str, str]) -> dict[str, float]:
    """What so many calls more take more, in thousands for one."""
    found: dict[str, float] = {}
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    for name in calls():
        _output(folder, environment, python("-m", "benchmarks.bridge_handler", name, "1"))  # compiles what it imports
        counts = []
        for number in (COUNTED // 2, COUNTED // 2 + COUNTED):
            command = [*valgrind, *python("-m", "benchmarks.bridge_handler", name, str(number))]
            counts.append(int(re.findall(r"Collected : (\d+)", _output(folder, environment, command).stderr)[-1]))
        found[name] = (counts[1] - counts[0]) / COUNTED / 1000
    return found


def _output(folder: Path, environment: dict[str, str], command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        repeated = calls()[sys.argv[1]]
        for _ in range(int(sys.argv[2])):
            repeated()
    else:
        print(json.dumps(microseconds()))
