"""Claims, leases and retries: a run has one owner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from novu_core.errors import InvalidTransitionError
from novu_core.storage.changes import (
    AddExecution,
    ReopenExecution,
    save_step,
)
from novu_core.storage.store import Store
from tests.conformance.stores.samples import LATER, LEASE, NOW, run, running, step_of


def test_claims_never_give_a_row_to_two_workers(store, url):
    stores = [store] if url == "sqlite://" else [store, Store(url), Store(url)]
    for number in range(60):
        store.commit(AddExecution(run(number)))

    def claim(worker: int) -> list[str]:
        found = []
        while rows := stores[worker % len(stores)].claim(["w"], NOW, LEASE, f"worker {worker}", 3):
            found += [row.execution_id for row in rows]
        return found

    with ThreadPoolExecutor(6) as pool:
        taken = [name for names in pool.map(claim, range(6)) for name in names]
    assert sorted(taken) == [f"e{number:04}" for number in range(60)]
    for extra in stores[1:]:
        extra.close()


def test_only_due_runs_of_the_named_workflows_are_claimed(store):
    store.commit(AddExecution(run(1)), AddExecution(run(2, workflow="x")), AddExecution(run(3, due=LATER)))
    assert store.next_due(["w", "x"]) == NOW
    assert [row.execution_id for row in store.claim(["w", "y"], NOW, LEASE, "me", 9)] == ["e0001"]
    assert store.next_due(["x"]) == NOW
    assert store.next_due(["none"]) is None
    claimed = {row.execution_id: row for row in store.claim(["w"], LATER, LATER, "me", 9)}["e0003"]
    assert (claimed.fence, claimed.owner) == (1, "me")
    assert (claimed.status, claimed.started_at) == ("running", LATER)


def test_a_failed_run_is_reopened_and_claimed_in_one_change(store):
    step = step_of("e0001", "mail", "email", status="failed", tries=3, provider_index=1)
    store.commit(AddExecution(replace(run(1), status="failed", fence=4, due_at=None)), save_step(step))
    [claimed] = store.commit(ReopenExecution("e0001", NOW, LEASE, "me", frozenset({"w"})))
    assert (claimed.status, claimed.owner, claimed.due_at, claimed.error) == ("running", "me", LEASE, None)
    assert claimed.fence > 4
    [reopened] = store.steps("e0001")
    assert (reopened.status, reopened.tries, reopened.provider_index) == ("executing", 0, 0)
    with pytest.raises(InvalidTransitionError):
        store.commit(ReopenExecution("e0001", NOW, LEASE, "me", frozenset({"w"})))


def test_a_failed_run_of_another_process_s_workflow_is_left_to_its_worker(store):
    store.commit(AddExecution(replace(run(1), status="failed", due_at=None)))
    assert store.commit(ReopenExecution("e0001", NOW, LEASE, "me", frozenset({"x"}))) == [None]
    assert (store.execution("e0001").status, store.next_due(["w"])) == ("pending", NOW)


def test_of_many_who_reopen_a_failed_run_one_gets_it(store, url):
    stores = [store] if url == "sqlite://" else [store, Store(url), Store(url), Store(url)]
    for number in range(20):
        store.commit(AddExecution(replace(run(number), status="failed", due_at=None)))

    def reopen(attempt):
        change = ReopenExecution(f"e{attempt // 4:04}", NOW, LEASE, f"w{attempt}", frozenset({"w"}))
        try:
            return stores[attempt % len(stores)].commit(change)[0].execution_id
        except InvalidTransitionError:
            return None

    with ThreadPoolExecutor(8) as pool:
        reopened = [name for name in pool.map(reopen, range(80)) if name]
    assert sorted(reopened) == [f"e{number:04}" for number in range(20)]
    for extra in stores[1:]:
        extra.close()


def test_a_lease_is_renewed_by_its_owner_only(store):
    running(store, 1)
    store.renew([("e0001", 1, "mail")], LATER)
    assert store.execution("e0001").due_at == LATER
    store.renew([("e0001", 7, None)], NOW)
    assert store.execution("e0001").due_at == LATER
