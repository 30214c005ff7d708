"""The process that test_fanout_crash.py kills: ``URL`` runs what is due, fan-outs too."""

from __future__ import annotations

import sys
import threading

from novu_core.client import Client
from novu_core.definition.registry import Registry


def client(url: str) -> Client:
    registry = Registry()

    @registry.workflow("news")
    def news(step):
        step.in_app("bell", {"body": "b"})

    settings = {"NOVU_STORE_URL": url, "NOVU_WORKER": "none", "NOVU_LEASE_SECONDS": 1}
    return Client(settings, workflows=registry)


if __name__ == "__main__":
    found = client(sys.argv[1])  # a worker ends with a client that nobody holds
    found.start_worker(4)
    threading.Event().wait()
