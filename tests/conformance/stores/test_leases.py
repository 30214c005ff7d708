"""What becomes of claims: given back unbegun, renewed, lost while the store was away, and seen from outside."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from novu_core.storage.changes import AddExecution, MoveExecution, ReopenExecution, SaveExecution, save_step
from novu_core.storage.leases import ForgiveLoss, GiveBack
from novu_core.storage.store import Store
from tests.conformance.stores.samples import LATER, LEASE, NOW, join, run, running, step_of

SECOND = timedelta(seconds=1)
CANCELED = {"status": "completed", "outcome": "canceled", "due_at": None, "resume_at": None, "completed_at": NOW}


def state(store, name="e0001"):
    row = store.execution(name)
    return (row.status, row.waiting_for, row.resume_at, row.due_at, row.takeovers, row.started_at)


def claim(store, now=NOW, **options):
    return store.claim(["w"], now, now + SECOND * 30, "me", 9, **options)


def give_back(store, now, rows):
    store.commit(*(GiveBack(row, now) for row in rows))


def waiting(store, kind, **step):
    """Store a run that waits: for a step of that type, or for another try of its function."""
    row = running(store, 1)
    row.waiting_for, row.resume_at, row.due_at = kind, LATER, LATER
    row.error = {"type": "ValueError"} if not step else None
    steps = [save_step(step_of("e0001", "s", resume_at=LATER, **step))] if step else []
    store.commit(SaveExecution(row), *steps)


def test_a_new_run_is_new_again_however_often_it_is_given_back(store):
    store.commit(AddExecution(run(1)), AddExecution(run(2)))
    for seconds in range(3):
        moment = NOW + SECOND * seconds
        rows = claim(store, moment)
        assert [row.started_at for row in rows] == [moment] * 2
        give_back(store, moment, rows)
        assert [state(store, name) for name in ("e0001", "e0002")] == [("pending", None, None, moment, 0, None)] * 2
    assert store.next_due(["w"]) == moment
    [row, _] = claim(store, LATER)
    assert (row.takeovers, row.fence, row.started_at) == (0, 4, LATER)


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("delay", {"step_type": "delay"}),
        ("retry", {"step_type": "email", "tries": 1}),
        ("retry", {"step_type": "delay", "tries": 2}),
        ("retry", {}),
    ],
)
def test_a_run_that_waited_waits_for_the_same_and_is_due(store, kind, step):
    waiting(store, kind, **step)
    moment = LATER + SECOND
    give_back(store, moment, claim(store, moment))
    assert state(store)[:5] == ("running", kind, moment, moment, 0)
    [again] = claim(store, moment)
    assert again.takeovers == 0


def test_a_digest_that_is_over_still_waits(store):
    join(store, running(store, 1), "window")
    give_back(store, LATER, claim(store, LATER))
    assert state(store)[:4] == ("running", "digest", LATER, LATER)


@pytest.mark.parametrize("times", [1, 3])
def test_a_take_over_that_is_given_back_is_not_counted(store, times):
    running(store, 1)
    for _ in range(times):
        give_back(store, LEASE, claim(store, LEASE))
        assert state(store)[:5] == ("running", None, None, LEASE, 0)
    [row] = claim(store, LEASE)
    assert row.takeovers == 1
    give_back(store, LATER, claim(store, LATER, suspects=True))
    assert state(store)[:5] == ("running", None, None, LATER, 1)


def test_a_retried_run_is_pending_again(store):
    store.commit(AddExecution(replace(run(1), status="failed", due_at=None, error={"type": "E"}, started_at=NOW)))
    store.commit(ReopenExecution("e0001", LATER, LATER, "me", frozenset({"other"})))
    give_back(store, LATER, claim(store, LATER))
    assert state(store) == ("pending", None, None, LATER, 0, NOW)


@pytest.mark.parametrize("meanwhile", ["claimed", "canceled", "ended"])
def test_what_is_not_ours_any_more_is_not_given_back(store, meanwhile):
    store.commit(AddExecution(run(1)))
    [row] = claim(store)
    if meanwhile == "claimed":
        claim(store, LEASE)
    elif meanwhile == "canceled":
        store.commit(MoveExecution("e0001", frozenset({"running"}), "canceled", CANCELED))
    else:
        store.commit(SaveExecution(replace(row, status="completed", due_at=None)))
    before = state(store)
    give_back(store, LATER, [row])
    assert state(store) == before


def test_others_are_told_of_what_is_given_back(store, url, monkeypatch):
    told = []
    monkeypatch.setattr("novu_core.storage.transaction.Transaction.wakes", lambda _, due: told.append(due))
    store.commit(AddExecution(run(1)))
    told.clear()
    give_back(store, LATER, claim(store))
    assert told == [LATER]


def test_a_renewal_names_what_is_lost(store):
    for number in (1, 2, 3):
        running(store, number)
    store.commit(MoveExecution("e0002", frozenset({"running"}), "canceled", CANCELED))
    owned = [("e0003", 1, None), ("e0001", 1, "a"), ("e0002", 1, "b"), ("e0001", 0, None)]
    assert sorted(store.renew(owned, LATER), key=str) == [("e0001", 0, None), ("e0002", 1, "b")]
    assert (store.execution("e0001").due_at, store.execution("e0001").current_step) == (LATER, "a")


def test_a_run_that_was_left_since_the_store_was_away_is_not_taken_over(store):
    running(store, 1)
    store.commit(ForgiveLoss("e0001", 1))
    assert state(store)[:5] == ("running", "retry", LEASE, LEASE, 0)
    assert claim(store) == []
    [row] = claim(store, LEASE)
    assert (row.takeovers, row.waiting_for) == (0, None)


def test_one_that_somebody_took_over_already_is_taken_off_the_count_once(store, url):
    running(store, 1)
    claim(store, LEASE)
    [row] = claim(store, LATER, suspects=True)
    assert row.takeovers == 2
    store.commit(ForgiveLoss("e0001", row.fence - 1))
    assert state(store)[4] == 1
    store.commit(ForgiveLoss("e0001", 1))
    assert state(store)[4] == 1


@pytest.mark.parametrize("times", [1, 2, 3])
def test_one_that_was_taken_off_the_count_and_is_given_back_is_not_counted_again(store, times):
    running(store, 1)
    for number in range(times):
        [row] = claim(store, LEASE + number * (LATER - LEASE), suspects=number > 0)
    now = row.due_at
    store.commit(ForgiveLoss("e0001", row.fence - 1))
    store.commit(GiveBack(row, now))
    assert state(store)[:5] == ("running", "retry", now, now, times - 1)
    [row] = claim(store, now)
    assert (row.takeovers, row.waiting_for) == (times - 1, None)


def test_a_run_that_ended_or_waits_is_not_touched(store):
    waiting(store, "delay", step_type="delay")
    store.commit(AddExecution(replace(run(2), status="completed", due_at=None, fence=2)))
    before = state(store), state(store, "e0002")
    for fence in (0, 1, 2):
        store.commit(ForgiveLoss("e0001", fence), ForgiveLoss("e0002", fence))
    assert (state(store), state(store, "e0002")) == before


def test_who_has_been_at_it_for_long(store, url):
    store.commit(AddExecution(replace(run(1), status="running", due_at=LEASE, fence=1, started_at=NOW)))
    store.commit(AddExecution(run(2)), AddExecution(run(3, due=LATER)))
    claim(store)
    running(store, 4)
    store.commit(SaveExecution(replace(run(4), status="running", fence=1, waiting_for="delay", due_at=LATER)))
    moment = NOW + SECOND * 20

    def names(now, before):
        return [row.execution_id for row in store.under_way(now, before)]

    assert names(moment, NOW) == []
    assert names(moment, moment) == ["e0001", "e0002"]
    with contextlib.closing(Store(url, "another app")) as other:
        assert other.under_way(moment, moment) == []
    assert names(LEASE, moment) == []  # nobody keeps them
    store.renew([("e0002", 1, None)], LATER)
    assert names(LEASE, moment) == ["e0002"]


def test_two_workers_that_give_back_and_claim_never_share_a_run(store, url):
    stores = [store] if url == "sqlite://" else [store, Store(url)]
    for number in range(6):
        store.commit(AddExecution(run(number)))
    for at in range(6):
        first, second = stores[at % len(stores)], stores[-1]
        mine = first.claim(["w"], NOW, LEASE, "a", 4)
        theirs = second.claim(["w"], NOW, LEASE, "b", 4)
        assert len({row.execution_id for row in (*mine, *theirs)}) == 6
        give_back(second, NOW, theirs)
        give_back(first, NOW, mine)
    for extra in stores[1:]:
        extra.close()
