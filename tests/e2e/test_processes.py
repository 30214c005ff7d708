"""Several processes and threads on one SQLite file."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.trigger_driver import client

DRIVER = Path(__file__).with_name("trigger_driver.py")


def together(url: str, mode: str, processes: int) -> None:
    """Start the processes, let them all go at once, and wait for them."""
    started = [
        subprocess.Popen(
            [sys.executable, str(DRIVER), url, mode, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_eight_threads_in_two_processes_with_one_transaction_id_are_one_execution(tmp_path):
    url = f"sqlite:///{tmp_path}/novu.db"
    together(url, "once", processes=2)
    with client(url) as novu:
        [run] = novu.executions.list()
        assert run.status == "completed"
        assert novu.inbox("ada").count() == 1


@pytest.mark.mission("P-E4")
@pytest.mark.parametrize("repeat", range(3))
def test_a_hundred_triggers_of_four_processes_into_five_buckets_are_five_mails(tmp_path, repeat):
    url = f"sqlite:///{tmp_path}/novu.db"
    together(url, "buckets", processes=4)
    with client(url) as novu:
        deadline = time.monotonic() + 30
        while len(novu.messages.list(channel="email")) < 5:
            novu.engine.worker.run_due()
            assert time.monotonic() < deadline
        mails = novu.messages.list(channel="email").items
        assert sorted(mail.content["subject"] for mail in mails) == ["0", "1", "2", "3", "4"]
        told = [event for mail in mails for event in mail.content["body"].split(",")]
        assert sorted(told) == sorted(f"{process}-{number}" for process in range(4) for number in range(25))
        runs = novu.executions.list(limit=100).items
        assert sum(run.outcome == "merged" for run in runs) == 95
        assert {run.status for run in runs} == {"completed"}
