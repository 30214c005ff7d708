"""The same people, or the same throttle, in another order from several processes at once: nobody is refused."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from novu_core import Registry
from novu_core.client import Client
from novu_core.storage.changes import Write
from novu_core.storage.digests import JoinDigest, TakeSlot
from novu_core.storage.people import DeleteSubscriber, EditSubscriber, SaveSubscriber
from novu_core.storage.preferences import SavePreferences
from novu_core.storage.store import Store
from novu_core.storage.topics import Subscribe
from tests.conformance.stores.samples import LATER, NOW, run, step_of
from tests.conftest import until

PEOPLE = [f"u{number:03}" for number in range(150)]


@pytest.fixture
def clients(postgres_url):
    """Four clients with connections of their own, as four processes have."""
    registry = Registry()

    @registry.workflow("w")
    def w(step):
        step.throttle("calm", {"type": "fixed", "amount": 1, "unit": "hours", "threshold": 2})
        step.in_app("bell", {"body": "b"})

    @registry.workflow("gathered")
    def gathered(step):
        step.digest("window", {"amount": 1, "unit": "hours"})

    @registry.workflow("throttled")
    def throttled(step):
        step.throttle("calm", {"type": "fixed", "amount": 1, "unit": "hours", "threshold": 1000})

    @registry.workflow("greeted")
    def greeted(step):
        step.in_app("bell", {"body": "b"})

    settings = {"NOVU_STORE_URL": postgres_url, "NOVU_WORKER": "none"}
    made = [Client(settings, workflows=registry) for _ in range(4)]
    for client in made:
        client.prepare()
    yield made
    for client in made:
        client.close()


def orders():
    shuffled = random.Random(7).sample(PEOPLE, len(PEOPLE))  # an order, not a secret
    return [PEOPLE, PEOPLE[::-1], shuffled, shuffled[::-1]]


def test_triggers_for_the_same_people_in_several_orders(clients):
    def trigger(client, people, turn):
        return client.trigger("w", [{"subscriberId": name, "firstName": f"{turn}"} for name in people], wait=False)

    def three(client, people):
        return [trigger(client, people, f"{people[0]} {turn}") for turn in range(3)]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(three, clients, orders()))
    for people, triggered in zip(orders(), results, strict=True):
        for result in triggered:
            assert [run.payload.recipient for run in result.executions] == people


def test_runs_of_the_same_people_beside_each_other(clients):
    """A throttle and an in-app message each, triggered one by one from four clients with three threads each."""

    def walk(number):
        people = random.Random(number).sample(PEOPLE[:12], 12)  # an order, not a secret
        return [clients[number % 4].trigger("w", {"subscriberId": name, "firstName": f"{number}"}) for name in people]

    with ThreadPoolExecutor(12) as pool:
        results = [result for walked in pool.map(walk, range(12)) for result in walked]
    assert {result.status for result in results} == {"completed"}
    assert sum(run.outcome is None for result in results for run in result.executions) == 2 * 12


@pytest.mark.parametrize("workflow", ["gathered", "throttled", "greeted"])
def test_what_several_processes_lock_at_once_they_lock_in_one_order(clients, postgres_url, workflow):
    """Six threads of each put what they lock into one transaction: a digest's window, a throttle, a subscriber."""

    def walk(number):
        chosen = random.Random(number)  # an order, not a secret
        for turn in range(25):
            name = chosen.choice(PEOPLE[:8])
            clients[number % 4].trigger(workflow, {"subscriberId": name, "firstName": f"{number} {turn}"})

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(walk, range(24)))
    for client in clients:
        client.close()  # what a connection counted is told when it ends
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        until(lambda: connection.execute(others).fetchone()[0] == 0)
        counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert connection.execute(counted).fetchone()[0] == 0


def test_a_group_is_done_in_the_order_of_what_it_locks(store):
    """Where rows are locked; where one transaction writes at a time, in the order of arrival."""
    begun, leave, order, queue = threading.Event(), threading.Event(), [], store.database._commits._queue

    def first(transaction):
        begun.set()
        assert leave.wait(10)

    def later(name):
        return lambda transaction: order.append(name)

    with ThreadPoolExecutor(5) as pool:
        pool.submit(store.database.write, first)
        assert begun.wait(10)
        for at, name in enumerate(["c", "a", "", "b"], 1):
            pool.submit(store.database.write, later(name), locks=name)
            until(lambda at=at: len(queue) == at)
        leave.set()
    assert order == (["", "a", "b", "c"] if store.database._backend.row_locks else ["c", "a", "", "b"])


def test_each_change_names_what_it_locks(store, monkeypatch):
    named = []
    monkeypatch.setattr(store.database, "write", lambda work, *, locks, **how: named.append(locks) or [])
    ada = SaveSubscriber("ada", {"subscriberId": "ada"}, NOW)
    for changes in ([Write(None, {})], [ada], [SaveSubscriber("bob", {}, NOW), ada, Write(None, {})]):
        store.commit(*changes)
    others = (DeleteSubscriber("cy", NOW), SavePreferences("di", "", {}), EditSubscriber("ed", dict, NOW))
    for change in (*others, Subscribe("topic", ["gus", "fay"], NOW)):
        store.commit(change)
    row = run(1)
    step = step_of(row.execution_id, "d", "digest")
    store.commit(JoinDigest(row, step, "bucket", "window", LATER, NOW))
    store.commit(TakeSlot(row, step, "slots", LATER, 1, NOW))
    assert named == ["", "ada", "ada", "cy", "di", "ed", "fay", "bucket", "slots"]


def test_a_deadlock_that_others_bring_about_is_repeated(postgres_url):
    """Batches of several commits in opposite orders, which nothing can sort: each is done in the end."""
    stores = [Store(postgres_url) for _ in range(2)]
    stores[0].known("w", "u")
    names = ["a", "b", "c", "d"]

    def write(number):
        order = names if number % 2 else names[::-1]
        for turn in range(5):
            data = {"firstName": f"{number} {turn}"}
            stores[number].commit(*(SaveSubscriber(name, {"subscriberId": name, **data}, NOW) for name in order))
        return True

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(write, range(2))) == [True, True]
    for store in stores:
        store.close()
