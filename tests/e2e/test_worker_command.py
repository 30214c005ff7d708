"""``flask novu worker`` in a terminal: it tells what it does, and finishes its runs when it is asked to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from novu_core import Client, Settings

pty = pytest.importorskip("pty")
HERE = Path(__file__).parent


def read_until(terminal: int, text: str, seconds: float = 20) -> str:
    """Read what the command prints until ``text`` is among it, or it ends."""
    shown, end = "", time.monotonic() + seconds
    while text not in shown:
        assert time.monotonic() < end, shown
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux's way to say that the other side has closed
            break
        if not part:
            break
        shown += part.decode()
    return shown


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    import server_app

    return server_app.registry


@contextmanager
def worker(folder, *options, **streams):
    environment = {
        **os.environ, "SERVER_FOLDER": str(folder), "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "server_app:make", "novu", "worker", *options]
    process = subprocess.Popen(command, env=environment, cwd=folder, **streams)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("ask", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_tells_of_its_runs_and_finishes_them_before_it_stops(tmp_path, registry, ask):
    ours, theirs = pty.openpty()
    with (
        Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none"), registry) as novu,
        worker(tmp_path, "--concurrency", "2", stdin=theirs, stdout=theirs, stderr=theirs) as process,
    ):
        os.close(theirs)
        quick = novu.trigger("bell", "ada", {}, wait=False)
        shown = read_until(ours, "1 runs done")
        assert f"Working on {len(registry)} workflows, 2 runs at a time" in shown
        slow = novu.trigger("slow", "ada", wait=False)
        read_until(ours, "1 in progress")
        process.send_signal(ask)
        time.sleep(0.1)  # the signal is another process's; the run must not have ended by itself
        assert process.poll() is None
        (tmp_path / "go").touch()
        assert "Stopped after 2 runs." in read_until(ours, "Stopped after 2 runs.")
        assert process.wait(10) == 0
        for result in (quick, slow):
            assert novu.executions.get(result.execution_id).status == "completed"
    os.close(ours)


def test_with_json_each_change_is_a_line(tmp_path, registry):
    with (
        Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none"), registry) as novu,
        worker(tmp_path, "--json", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process,
    ):
        assert json.loads(process.stdout.readline()) == {"finished": 0, "active": 0}
        novu.trigger("bell", "ada", {}, wait=False)
        while json.loads(process.stdout.readline()) != {"finished": 1, "active": 0}:
            pass
        process.stdout.close()
