"""Several processes and threads on one SQLite file."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from novu_core.clock import UTC, ManualClock
from tests.e2e.trigger_driver import client

DRIVER = Path(__file__).with_name("trigger_driver.py")


def together(url: str, mode: str, processes: int, repeats: int = 1) -> None:
    """Start the processes, let them all go at once and wait for them, as often as said."""
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
    for repeat in range(repeats):
        for process in started:
            process.stdin.write(f"{repeat}\n")
            process.stdin.flush()
        for process in started:
            assert process.stdout.readline() == "done\n"
    for process in started:
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_eight_threads_in_two_processes_with_one_transaction_id_are_one_execution(tmp_path):
    url = f"sqlite:///{tmp_path}/novu.db"
    together(url, "once", processes=2)
    with client(url) as novu:
        [run] = novu.executions.list()
        assert run.status == "completed"
        assert novu.inbox("ada 0").count() == 1


@pytest.mark.mission("P-E4")
def test_a_hundred_triggers_of_four_processes_into_five_buckets_are_five_mails_twenty_times(tmp_path):
    url = f"sqlite:///{tmp_path}/novu.db"
    together(url, "buckets", processes=4, repeats=20)
    with client(url, ManualClock(datetime.now(UTC) + timedelta(hours=1))) as novu:
        while novu.worker.run_due():
            pass
        for repeat in range(20):
            to = {"subscriber_id": f"ada {repeat}"}
            runs = novu.engine.parts.store.list_executions(limit=200, **to)
            assert {run.status for run in runs} == {"completed"}
            assert Counter(run.outcome for run in runs) == {"merged": 95, None: 5}
            mails = novu.messages.page(limit=1000, channel="email", **to).items
            assert sorted(mail.content["subject"] for mail in mails) == ["0", "1", "2", "3", "4"]
            told = [event for mail in mails for event in mail.content["body"].split(",")]
            assert sorted(told) == sorted(f"{process}-{number}" for process in range(4) for number in range(25))
