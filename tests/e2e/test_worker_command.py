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
from urllib.request import urlopen

import pytest

from novu_core import Client, Settings
from tests.processes import until

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
def worker(folder, *options, settings=None, **streams):
    """A worker of server_app.py; ``settings`` of the environment win over the app's own store."""
    environment = {
        **os.environ, "SERVER_FOLDER": str(folder), "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
        **(settings or {}),
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "server_app:make", "novu", "worker", *options]
    process = subprocess.Popen(command, env=environment, cwd=folder, **streams)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_worker_tells_its_metrics_on_a_port_of_its_own(tmp_path, registry):
    with (
        Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none"), registry) as novu,
        worker(tmp_path, "--metrics-port", "0", stderr=subprocess.PIPE, text=True) as process,
    ):
        novu.trigger("bell", "ada", {}, wait=False)
        while not (line := process.stderr.readline()).startswith("Metrics at "):
            assert line, process.wait()
        address = line.removeprefix("Metrics at ").strip()
        assert address.startswith("http://127.0.0.1:")

        def told():
            with urlopen(address, timeout=20) as answer:
                return 'novu_runs{status="completed",workflow="bell"} 1\n' in answer.read().decode()

        until(told, seconds=30)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0


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


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/novu.db"
    return request.getfixturevalue("postgres_url")


def test_four_runs_that_hang_keep_nothing_from_another_worker(tmp_path, registry, store):
    settings = {"SERVER_STORE": store, "NOVU_LEASE_SECONDS": "1"}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with Client(Settings(store_url=store, worker="none"), registry) as novu:
        hanging = novu.trigger("slow", ["a", "b", "c", "d"], wait=False).executions
        novu.trigger("bell", [f"u{number}" for number in range(20)], {"n": 1}, wait=False)

        def done():
            return len(novu.executions.list(workflow_id="bell", status="completed", limit=100))

        with worker(tmp_path, "--json", settings=settings, **streams) as first:
            while len(json.loads(first.stdout.readline()).get("hanging", ())) < 4:
                pass
            with worker(tmp_path, "--json", settings=settings, **streams) as second:
                until(lambda: done() == 20, seconds=30)
                second.kill()
                assert "taken over" not in second.communicate()[1]
            first.kill()
            told = first.communicate()[1]
            for run in hanging:
                assert f"Execution {run.execution_id} of slow has been running for" in told
            assert "The worker starts no more runs" in told


@pytest.mark.parametrize(("grace", "ask"), [("0", signal.SIGTERM), ("1", signal.SIGTERM), ("0.5", signal.SIGINT)])
def test_a_worker_whose_run_hangs_ends_after_its_time(tmp_path, registry, grace, ask):
    settings = {"NOVU_GRACE_SECONDS": grace}
    with (
        Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none"), registry) as novu,
        worker(tmp_path, "--json", settings=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as one,
    ):
        run = novu.trigger("slow", "ada", wait=False).execution_id
        until((tmp_path / "begun").exists)
        one.send_signal(ask)
        _, told = one.communicate(timeout=20)
        assert one.returncode == 0
        assert f"Not ended within {grace} seconds, so taken over when their leases expire: {run}" in told
        assert "Stopped after 0 runs." in told
        assert novu.executions.get(run).status == "running"


def test_a_terminal_shows_what_hangs(tmp_path, registry):
    ours, theirs = pty.openpty()
    with (
        Client(Settings(store_url=f"sqlite:///{tmp_path}/novu.db", worker="none"), registry) as novu,
        worker(tmp_path, settings={"NOVU_LEASE_SECONDS": "0.5"}, stdin=theirs, stdout=theirs, stderr=theirs) as process,
    ):
        os.close(theirs)
        novu.trigger("slow", ["ada", "ben"], wait=False)
        read_until(ours, "2 in progress, 2 of them hanging")
        (tmp_path / "go").touch()
        read_until(ours, "2 runs done, 0 in progress ")
        process.send_signal(signal.SIGTERM)
        assert "Stopped after 2 runs." in read_until(ours, "Stopped after 2 runs.")
    os.close(ours)
