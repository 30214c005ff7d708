"""Workers are killed with -9 amid a fan-out: everybody is told, and told once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from novu_core.storage.tables import executions, messages
from tests.e2e.fanout_driver import client

ROOT = Path(__file__).parents[2]
MEMBERS = int(os.environ.get("NOVU_TEST_MEMBERS", "4000"))
"""So few since each kill costs a lease and half a second; 20,000 were run by hand."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path}/novu.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


def worker(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.e2e.fanout_driver", url], cwd=ROOT, stderr=subprocess.DEVNULL)


def test_everybody_is_told_once_however_often_workers_are_killed(url):
    with client(url) as novu:
        store, kills, pauses = novu.engine.parts.store, 0, random.Random(3)
        names = [f"user-{number}" for number in range(MEMBERS)]
        for at in range(0, MEMBERS, 1000):
            novu.topics.subscribe("all", names[at : at + 1000])
        workers = [worker(url), worker(url)]
        try:
            began = time.monotonic()
            to = [{"topicKey": "all", "exclude": ["user-7"]}, "named"]
            assert len(novu.trigger("news", to, actor="user-1", transaction_id="t").executions) == 1
            while novu.executions.fanouts(status="open").items or store.next_due(["news"]) is not None:
                assert time.monotonic() - began < 120 + MEMBERS / 40
                time.sleep(pauses.uniform(0.3, 0.8))  # a process needs 0.4 s to start
                if kills < 8 + MEMBERS // 1000:
                    at = kills % 2
                    workers[at].kill()
                    workers[at].wait()
                    workers[at], kills = worker(url), kills + 1
        finally:
            for process in workers:
                process.kill()
                process.wait()
        assert kills > 3
        [fanout] = novu.executions.fanouts()
        assert (fanout.status, fanout.recorded) == ("completed", MEMBERS - 2)
        wanted = {*names, "named"} - {"user-1", "user-7"}
        runs = store._rows(select(executions.c.subscriber_id, executions.c.status))
        assert Counter(runs) == dict.fromkeys(((name, "completed") for name in wanted), 1)
        sent = store._rows(select(messages.c.subscriber_id, func.count()).group_by(messages.c.subscriber_id))
        assert dict(sent) == dict.fromkeys(wanted, 1)
        assert novu.trigger("news", {"topicKey": "all"}, transaction_id="t").repeated
