"""A process ends, and says nothing odd, while a provider or a function of a run hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from novu_core import Client, Settings

HERE = Path(__file__).parent
KINDS = ["provider", "patient", "asynchronous", "function", "step", "awaiting", "blocking"]


def end(url, kind, ends):
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    command = [sys.executable, "-W", "error", str(HERE / "ending_driver.py"), kind, url, ends]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("ends", ["closed", "open"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_script_ends_while_its_runs_hang(tmp_path, kind, ends):
    url = f"sqlite:///{tmp_path}/novu.db"
    ended = end(url, kind, ends)
    assert (ended.returncode, ended.stdout) == (0, "the last line\n"), ended.stderr
    left = [line for line in ended.stderr.splitlines() if "did not end in time; another worker takes it over" in line]
    assert (len(left), left) == (4, ended.stderr.splitlines())
    with Client(Settings(store_url=url, worker="none")) as novu:
        assert sorted(run.status for run in novu.executions.list()) == ["pending"] * 4 + ["running"] * 4


def test_on_postgresql_too(postgres_url):
    ended = end(postgres_url, "function", "open")
    assert ended.returncode == 0
    assert len(ended.stderr.splitlines()) == 4


def test_one_that_raises_ends_with_its_own_error(tmp_path):
    ended = end(f"sqlite:///{tmp_path}/novu.db", "step", "raises")
    assert ended.returncode == 1
    assert "ValueError: the script" in ended.stderr
    assert "cannot reach its store" not in ended.stderr


@pytest.mark.parametrize("ends", ["closed", "open"])
def test_what_is_in_progress_is_finished_first(tmp_path, ends):
    url = f"sqlite:///{tmp_path}/novu.db"
    ended = end(url, "short", ends)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "the last line\n", "")
    with Client(Settings(store_url=url, worker="none")) as novu:
        assert {run.status for run in novu.executions.list()} == {"completed"}
