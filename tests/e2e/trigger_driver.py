"""Triggers from several threads of one process, once for each line it reads: ``python trigger_driver.py URL MODE PROCESS``."""

from __future__ import annotations

import sys
import threading

from novu_core import Client, Registry, Settings
from novu_core.clock import Clock
from novu_core.delivery import Outbox

registry = Registry()


@registry.workflow("once")
def once(step):
    step.in_app("inbox", {"body": "b"})
    step.custom("work", lambda: {"ok": True})


@registry.workflow("buckets")
def buckets(payload, step):
    batch = step.digest("window", {"amount": 1, "unit": "hours", "digestKey": payload["bucket"]})
    step.email(
        "mail", lambda: {"subject": payload["bucket"], "body": ",".join(e["payload"]["id"] for e in batch.events)}
    )


def client(url: str, clock: Clock | None = None) -> Client:
    return Client(Settings(store_url=url, worker="none"), registry, delivery=Outbox(), clock=clock)


def main(url: str, mode: str, process: str) -> None:
    threads = 8 if mode == "once" else 25
    barrier = threading.Barrier(threads)
    failures = []

    def go(number: int, novu: Client, turn: str) -> None:
        to = {"subscriberId": f"ada {turn}", "email": "ada@example.org"}
        barrier.wait()
        try:
            if mode == "once":
                novu.trigger("once", to=to, transaction_id="same")
            else:
                novu.trigger("buckets", to=to, payload={"bucket": str(number % 5), "id": f"{process}-{number}"})
        except Exception as error:
            failures.append(error)

    with client(url) as novu:
        novu.executions.list()
        print("ready", flush=True)
        for line in sys.stdin:
            running = [threading.Thread(target=go, args=(number, novu, line.strip())) for number in range(threads)]
            for thread in running:
                thread.start()
            for thread in running:
                thread.join()
            print("done", flush=True)
    if failures:
        raise failures[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
