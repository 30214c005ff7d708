"""Connections: lost, inherited, in conflict, listening, waited for."""

from __future__ import annotations

import os
import threading
from datetime import datetime

import pytest

from novu_core.storage import statements
from novu_core.storage.changes import AddExecution
from novu_core.storage.people import SaveSubscriber
from novu_core.storage.store import Store
from tests.conformance.stores.samples import LATER, NOW, run


def test_a_lost_connection_is_replaced(url):
    if not url.startswith("postgresql"):
        pytest.skip("only a server can hang up")
    import psycopg

    store = Store(url)
    store.commit(AddExecution(run(1)))
    assert store.execution("e0001") is not None
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    store.commit(AddExecution(run(2)))
    assert store.execution("e0002") is not None
    store.close()


def test_a_commit_wakes_listeners_of_other_processes(url):
    if not url.startswith("postgresql"):
        pytest.skip("SQLite is polled")
    store, other = Store(url), Store(url)
    store.next_due(["w"])
    heard: list[datetime] = []
    got = threading.Event()

    def listener(due: datetime) -> None:
        heard.append(due)
        got.set()

    thread = threading.Thread(target=store.listen, args=(listener, got.is_set))
    thread.start()
    number = 0
    while not got.wait(0.05) and number < 200:
        number += 1
        other.commit(AddExecution(run(number, due=LATER)))
    thread.join(5)
    assert heard[0] == LATER
    store.close()
    other.close()


def test_a_database_that_tells_nothing_ends_the_listening_at_once(url):
    if url.startswith("postgresql"):
        pytest.skip("PostgreSQL tells")
    store = Store(url)
    assert store.listen(pytest.fail, lambda: False) is None
    store.close()


def test_a_deadlock_is_tried_again(url):
    if not url.startswith("postgresql"):
        pytest.skip("SQLite has one writer")
    store, other = Store(url), Store(url)
    store.commit(SaveSubscriber("a", {}, NOW), SaveSubscriber("b", {}, NOW))
    both = threading.Barrier(2)
    tries = []

    def lock(first, second):
        def work(transaction):
            tries.append(first)
            for name in (first, second):
                SaveSubscriber(name, {"firstName": str(len(tries))}, NOW).apply(transaction)
                if len(tries) <= 2 and name == first:
                    both.wait(10)

        return work

    thread = threading.Thread(target=store.database.write, args=(lock("a", "b"),))
    thread.start()
    other.database.write(lock("b", "a"))
    thread.join(20)
    assert not thread.is_alive()
    assert len(tries) >= 3  # a slow machine may have them meet again
    store.close()
    other.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_process_opens_its_own_connections(url):
    if url == "sqlite://":
        pytest.skip("a memory store is a process's own")
    store = Store(url)
    store.commit(AddExecution(run(1)))
    assert store.execution("e0001") is not None
    child = os.fork()
    if child == 0:
        try:
            store.commit(AddExecution(run(2)))
            os._exit(0 if store.execution("e0002") is not None else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    store.commit(AddExecution(run(3)))
    assert len(store.list_executions(limit=9)) == 3
    store.close()


def test_readers_beyond_the_bound_wait_in_turn(store):
    store.commit(AddExecution(run(1)))
    inside, leave, found = threading.Semaphore(0), threading.Event(), []

    def look(transaction):
        inside.release()
        leave.wait(10)
        return len(transaction.rows(statements.STEPS, {"execution_id": "e0001"}))

    threads = [threading.Thread(target=lambda: found.append(store.database.read(look))) for _ in range(20)]
    for thread in threads:
        thread.start()
    most = 1 if store.database.memory else 8
    for _ in range(most):
        assert inside.acquire(timeout=10)
    assert not inside.acquire(timeout=0.05)
    leave.set()
    for thread in threads:
        thread.join(10)
    assert found == [0] * 20
