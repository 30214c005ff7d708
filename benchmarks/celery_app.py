"""The processes of benchmarks/celery.py: a Flask app whose runs Celery carries, and a chain of tasks to compare with.

``python -m benchmarks.celery_app`` is our own worker on the same app.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task, chain

from novu_core.client import Client
from novu_core.definition.registry import Registry

registry = Registry()
STORE, BROKER = os.environ.get("BENCH_STORE", "sqlite://"), os.environ.get("BENCH_BROKER", "memory://")


class Nothing:
    """A provider that takes no time."""

    timeout = None

    def send(self, message: Any) -> None:
        """Deliver it."""


@registry.workflow("three")
def three(step: Any) -> None:
    """Three steps: a message in the app, one by e-mail, and a step of one's own."""
    step.in_app("bell", {"body": "hello"})
    step.email("mail", {"subject": "hello", "body": "hello"})
    step.custom("done", lambda: {"ok": True})


def client(worker: str) -> Client:
    """The client of this process."""
    settings = {"NOVU_STORE_URL": STORE, "NOVU_WORKER": worker}
    return Client(settings, registry, delivery={"email": Nothing()})


celery = Celery("celery_app", broker=BROKER, set_as_current=True)
celery.conf.update(task_ignore_result=True, worker_prefetch_multiplier=4)
_connection: Any = None


@celery.task(bind=True, acks_late=True)
def commit(self: Task, number: int, step: int) -> int:
    """Store a row, and commit."""
    global _connection
    if _connection is None:
        import psycopg

        _connection = psycopg.connect(STORE, autocommit=True)
    _connection.execute("INSERT INTO chained (number, step) VALUES (%s, %s)", (number, step))
    return number


def send_chains(count: int) -> None:
    """Queue so many chains of three."""
    for number in range(count):
        chain(commit.si(number, 0), commit.si(number, 1), commit.si(number, 2)).apply_async()


served = client("celery") if os.environ.get("BENCH_SERVES") else None

if __name__ == "__main__":
    mine = client("none")
    mine.worker.work(8)
