"""The process that test_crash.py kills: ``worker URL FILE CONCURRENCY`` runs what is due, ``trigger URL FILE COUNT`` makes it."""

from __future__ import annotations

import sys
import threading

from novu_core.client import Client
from novu_core.definition.registry import Registry
from tests.providers import Noting


def client(url: str, path: str) -> tuple[Client, Registry]:
    registry = Registry()

    @registry.workflow("three")
    def three(payload, step):
        step.in_app("bell", lambda: {"body": f"number {payload['n']}"})
        step.email("mail", lambda: {"subject": "s", "body": "b"})
        if payload["n"] % 10 == 0:
            step.delay("nap", {"amount": 1, "unit": "seconds"})
        step.custom("count", lambda: {"n": payload["n"]})

    @registry.workflow("digest")
    def digest(step):
        found = step.digest("window", {"amount": 2, "unit": "seconds"})
        step.email("mail", lambda: {"subject": "s", "body": str(found.event_count)})

    settings = {"NOVU_STORE_URL": url, "NOVU_WORKER": "none", "NOVU_LEASE_SECONDS": 0.8}
    return Client(settings, workflows=registry, delivery=Noting(path)), registry


def main() -> None:
    """Do what the arguments say."""
    what, url, path = sys.argv[1:4]
    found, registry = client(url, path)
    if what == "worker":
        found.start_worker(int(sys.argv[4]))
        threading.Event().wait()
    for number in range(int(sys.argv[4])):
        person = {"subscriberId": f"u{number % 20}", "email": "u@example.com"}
        found.trigger(registry["three"], person, {"n": number}, transaction_id=f"three {number}", wait=False)
        if number % 4 == 0:
            person = {"subscriberId": f"u{number % 5}", "email": "u@example.com"}
            found.trigger(registry["digest"], person, {"n": number}, transaction_id=f"digest {number}", wait=False)
    found.close()


if __name__ == "__main__":
    main()
