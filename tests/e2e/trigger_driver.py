"""Triggers from several threads of one process: ``python trigger_driver.py URL MODE PROCESS``."""

from __future__ import annotations

import sys
import threading

from novu_core import Client, Registry, Settings
from novu_core.delivery import Outbox

registry = Registry()


@registry.workflow("once")
def once(step):
    step.in_app("inbox", {"body": "b"})
    step.custom("work", lambda: {"ok": True})


@registry.workflow("buckets")
def buckets(payload, step):
    batch = step.digest("window", {"amount": 3, "unit": "seconds", "digestKey": payload["bucket"]})
    step.email(
        "mail", lambda: {"subject": payload["bucket"], "body": ",".join(e["payload"]["id"] for e in batch.events)}
    )


def client(url: str) -> Client:
    return Client(Settings(store_url=url, worker="none"), registry, delivery=Outbox())


def main(url: str, mode: str, process: str) -> None:
    threads = 8 if mode == "once" else 25
    barrier = threading.Barrier(threads)
    to = {"subscriberId": "ada", "email": "ada@example.org"}
    failures = []

    def go(number: int, novu: Client) -> None:
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
        sys.stdin.readline()
        running = [threading.Thread(target=go, args=(number, novu)) for number in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
    if failures:
        raise failures[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
