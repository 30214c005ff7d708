"""The same people, or the same throttle, in another order from several processes at once: nobody is refused."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from novu_core import Registry
from novu_core.client import Client
from novu_core.storage.people import SaveSubscriber
from novu_core.storage.store import Store
from tests.conformance.stores.samples import NOW

PEOPLE = [f"u{number:03}" for number in range(150)]


@pytest.fixture
def clients(postgres_url):
    """Four clients with connections of their own, as four processes have."""
    registry = Registry()

    @registry.workflow("w")
    def w(step):
        step.throttle("calm", {"type": "fixed", "amount": 1, "unit": "hours", "threshold": 2})
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
