"""The worker on PostgreSQL: told by other processes' commits, and at work again after the server was gone."""

from __future__ import annotations

import threading

import pytest

from novu_core import Client, Registry, Settings
from novu_core.backends import loop
from tests.conftest import until


@pytest.fixture
def clients(postgres_url):
    """One that works, and one that only triggers, as another process would."""
    registry, done = Registry(), threading.Semaphore(0)

    @registry.workflow("w")
    def w(step):
        step.custom("done", lambda: done.release() or {"ok": True})

    settings = Settings(store_url=postgres_url, worker="none")
    with Client(settings, registry) as working, Client(settings, registry) as triggering:
        triggering.executions.list()
        yield working, triggering, done


def listeners(url):
    """How many connections of the test's database wait for notifications."""
    import psycopg

    told = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(told).fetchone()[0]


def start(worker):
    worker.start(2)


def work(worker):
    """Work in a thread that is not the worker's, as ``flask novu worker`` does."""
    threading.Thread(target=worker.work, args=(2,)).start()


@pytest.mark.parametrize("begin", [start, work])
def test_a_commit_of_another_process_wakes_the_worker_before_it_would_look(clients, postgres_url, monkeypatch, begin):
    working, triggering, done = clients
    monkeypatch.setattr(loop, "POLL", 60.0)
    begin(working.worker)
    until(lambda: listeners(postgres_url))  # a commit before that is seen at the next look, a minute later
    for _ in range(3):
        triggering.trigger("w", "ada", wait=False)
        assert done.acquire(timeout=20)
    triggering.topics.subscribe("all", [f"u{number}" for number in range(5)])
    triggering.trigger("w", {"topicKey": "all"})
    for _ in range(5):
        assert done.acquire(timeout=20)
    working.worker.stop()


def test_a_notice_is_only_heard_while_somebody_works(clients):
    working, _, _ = clients
    working.worker.notice(working.clock.now())
    assert working.worker._next is None


def test_the_worker_never_listens_inside_psycopg(clients, monkeypatch):
    """psycopg waits in C if gevent patches after it was imported, and stops every greenlet."""
    import psycopg

    working, triggering, done = clients
    notifies, asked = psycopg.Connection.notifies, []

    def asking(connection, *, timeout=None, **options):
        asked.append(timeout)
        return notifies(connection, timeout=timeout, **options)

    monkeypatch.setattr(psycopg.Connection, "notifies", asking)
    working.start_worker(2)
    triggering.trigger("w", "ada", wait=False)
    assert done.acquire(timeout=20)
    until(lambda: asked)
    assert set(asked) == {0}


def test_the_worker_goes_on_after_the_server_hung_up_on_everyone(clients, postgres_url):
    import psycopg

    working, triggering, done = clients
    working.start_worker(2)
    for _ in range(3):
        triggering.trigger("w", "ada", wait=False)
        assert done.acquire(timeout=20)
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    triggering.trigger("w", "ada", wait=False)
    assert done.acquire(timeout=20)
