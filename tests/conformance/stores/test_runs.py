"""Runs of a store: one for a trigger, batches that are all or nothing, pages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from novu_core.errors import InvalidTransitionError, LeaseLostError
from novu_core.storage.changes import (
    AddExecution,
    MoveExecution,
    SaveExecution,
    save_step,
)
from tests.conformance.stores.samples import LEASE, run, running, step_of


def test_a_second_execution_of_the_same_trigger_is_ignored(store):
    first = run(1)
    assert store.commit(AddExecution(first)) == [first]
    second = replace(first, execution_id="other")
    assert store.commit(AddExecution(second)) == [first]
    assert store.execution("other") is None


def test_concurrent_triggers_with_one_transaction_id_make_one_execution(store):
    def add(number: int) -> str:
        return store.commit(AddExecution(replace(run(1), execution_id=f"e{number}")))[0].execution_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(add, range(40)))) == 1


def test_a_commit_with_an_old_fence_writes_nothing(store):
    row = running(store, 1)
    [claimed] = store.claim(["w"], LEASE, LEASE + timedelta(seconds=30), "other", 5)
    assert claimed.fence == 2
    with pytest.raises(LeaseLostError, match="e0001"):
        store.commit(save_step(step_of("e0001", "a", "custom", status="completed")), SaveExecution(row))
    assert store.steps("e0001") == []


def test_an_error_in_one_batch_leaves_the_others_of_its_group(store):
    row = running(store, 1)

    def attempt(number: int) -> bool:
        if number % 3:
            return bool(store.commit(AddExecution(run(100 + number))))
        with pytest.raises(LeaseLostError):
            store.commit(AddExecution(run(200 + number)), SaveExecution(replace(row, fence=99)))
        return False

    with ThreadPoolExecutor(8) as pool:
        kept = sum(pool.map(attempt, range(60)))
    assert kept == 40
    assert len(store.list_executions(limit=100)) == 41


def test_a_move_checks_the_status_and_takes_the_run_from_its_owner(store):
    row = running(store, 1)
    with pytest.raises(InvalidTransitionError, match="running"):
        store.commit(MoveExecution("e0001", frozenset({"failed"}), "retried", {}))
    store.commit(MoveExecution("e0001", frozenset({"running"}), "canceled", {"status": "completed", "due_at": None}))
    with pytest.raises(LeaseLostError):
        store.commit(SaveExecution(row))


def test_pages_and_filters_of_executions(store):
    for number in range(7):
        store.commit(AddExecution(run(number, subscriber="a" if number % 2 else "b")))
    first = store.list_executions(limit=3)
    assert [row.execution_id for row in first] == ["e0006", "e0005", "e0004"]
    assert [row.execution_id for row in store.list_executions(limit=9, cursor="e0004", subscriber_id="b")] == [
        "e0002",
        "e0000",
    ]
    assert store.list_executions(limit=9, status="failed") == []
