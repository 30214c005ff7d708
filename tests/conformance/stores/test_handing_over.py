"""Runs that are handed over: a message says that they are due, and whoever gets it claims them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from novu_core.errors import LeaseLostError
from novu_core.storage.changes import AddExecution, MoveExecution, SaveExecution
from novu_core.storage.handing import NAMED, ClaimThese, Due, Handed, HandOver, TakeBack, due, handed_over
from novu_core.storage.lanes import BEGUN, MANY, NEW, URGENT
from novu_core.storage.lease_statements import QUEUE
from novu_core.storage.leases import GiveBack
from novu_core.storage.store import Store
from tests.conformance.stores.samples import LATER, LEASE, NOW, run, running

SECOND = timedelta(seconds=1)
CANCELED = {"status": "completed", "outcome": "canceled", "due_at": None, "resume_at": None, "completed_at": NOW}


def hand_over(store, most=9, now=NOW, **options):
    [rows] = store.commit(HandOver(store.turns, "", ["w"], now, now + SECOND * 30, most, **options))
    return rows


def claim_these(store, *ids, now=NOW, owner="me", workflows=("w",)):
    [rows] = store.commit(ClaimThese("", ids, workflows, now, now + SECOND * 30, owner))
    return rows


def names(rows):
    return [row.execution_id for row in rows]


def handed(store, now=NOW):
    return store.database.read(lambda transaction: handed_over(transaction, "", now))


def test_what_is_handed_over_stays_what_it_is_and_is_nobodys(store):
    waiting = running(store, 2)
    waiting.waiting_for, waiting.resume_at, waiting.due_at = "delay", NOW, NOW
    store.commit(AddExecution(run(1)), SaveExecution(waiting), AddExecution(run(3, due=LATER)))
    rows = {row.execution_id: row for row in hand_over(store)}
    assert sorted(rows) == ["e0001", "e0002"]
    for name, before in (("e0001", run(1)), ("e0002", waiting)):
        row = store.execution(name)
        assert (row.status, row.waiting_for, row.resume_at) == (before.status, before.waiting_for, before.resume_at)
        assert (row.owner, row.due_at, row.fence) == (QUEUE, LEASE, before.fence + 1)
        assert row == rows[name]
    assert store.claim(["w"], NOW, LEASE, "me", 9) == hand_over(store) == []
    assert handed(store) == Handed(2, 0, 0, None)


def test_an_earlier_owner_cannot_commit_any_more(store):
    row = running(store, 1)
    hand_over(store, now=LEASE)
    with pytest.raises(LeaseLostError):
        store.commit(SaveExecution(row))
    assert store.renew([("e0001", row.fence, None)], LATER)


def test_a_message_claims_what_it_names_and_a_second_one_nothing(store):
    store.commit(*(AddExecution(run(number)) for number in range(1, 5)))
    hand_over(store, most=3)
    rows = claim_these(store, "e0003", "e0001", "e0003", "e9999")
    assert names(rows) == ["e0003", "e0001"]
    assert {(row.status, row.owner, row.started_at, row.fence, row.takeovers) for row in rows} == {
        ("running", "me", NOW, 2, 0)
    }
    assert claim_these(store, "e0003", "e0001", owner="another") == []
    assert names(claim_these(store, "e0002", "e0004")) == [
        "e0002",
        "e0004",
    ]  # the last one is due, though not handed over
    assert handed(store) == Handed(0, 0, 0, None)


def test_a_message_claims_nothing_that_waits_or_has_ended_or_is_anothers(store):
    waiting = running(store, 1)
    waiting.waiting_for, waiting.resume_at, waiting.due_at = "delay", LATER, LATER
    store.commit(SaveExecution(waiting), AddExecution(run(2)), AddExecution(run(3, workflow="x")))
    running(store, 4)
    store.commit(AddExecution(replace(run(5), app="another")))
    [row] = hand_over(store)
    store.commit(MoveExecution("e0002", frozenset({"pending"}), "canceled", CANCELED))
    assert row.execution_id == "e0002"
    assert claim_these(store, "e0001", "e0002", "e0003", "e0004", "e0005") == []
    assert claim_these(store) == claim_these(store, "e0003", workflows=()) == []
    assert handed(store).runs == 0


def test_a_lost_message_costs_a_lease_and_a_left_run_is_counted_once(store):
    running(store, 1)
    for fence, now in ((2, LEASE), (3, LEASE + SECOND * 30)):
        [row] = hand_over(store, now=now)
        assert (row.fence, row.takeovers) == (fence, 0)
        assert hand_over(store, now=now + SECOND * 29) == []
    [row] = claim_these(store, "e0001", now=LEASE + SECOND * 31)
    assert row.takeovers == 1


def test_what_could_not_be_sent_is_due_again(store):
    store.commit(*(AddExecution(run(number)) for number in range(1, 4)))
    rows = hand_over(store)
    claim_these(store, "e0002")
    [taken] = store.commit(TakeBack("", names(rows), NOW + SECOND))
    assert taken == 2
    assert (store.execution("e0001").owner, store.execution("e0001").due_at) == (None, NOW + SECOND)
    assert store.execution("e0002").owner == "me"
    assert store.commit(TakeBack("", names(rows), NOW + SECOND), TakeBack("", [], NOW)) == [0, 0]
    assert sorted(names(hand_over(store, now=NOW + SECOND))) == ["e0001", "e0003"]


def test_more_ids_than_a_statement_has_parameters(store):
    """SQLite takes 32,766 of them, PostgreSQL 65,535."""
    unknown = [f"x{number}" for number in range(70_000)]
    store.commit(*(AddExecution(run(number)) for number in (1, 2, 3)))
    hand_over(store)
    [taken] = store.commit(TakeBack("", ["e0001", *unknown, "e0002"], NOW))
    assert taken == 2
    assert names(claim_these(store, "e0003", *unknown[: NAMED - 1])) == ["e0003"]


def test_what_was_claimed_from_a_queue_is_given_back_as_it_was(store):
    store.commit(AddExecution(run(1)))
    hand_over(store)
    [row] = claim_these(store, "e0001")
    store.commit(GiveBack(row, NOW + SECOND))
    again = store.execution("e0001")
    assert (again.status, again.due_at, again.started_at, again.lane) == ("pending", NOW + SECOND, None, NEW)


def test_each_lane_has_its_share_and_a_crowd_can_be_left_out(store):
    for number in range(40):
        store.commit(AddExecution(replace(run(number), lane=MANY)))
    store.commit(
        *(AddExecution(replace(run(number), lane=lane)) for number, lane in ((90, BEGUN), (91, NEW), (92, URGENT)))
    )
    rows = hand_over(store, most=12)
    assert {"e0090", "e0091", "e0092"} < set(names(rows))
    assert len(rows) == 12
    assert handed(store) == Handed(12, 1, 9, LEASE)
    assert handed(store, LEASE) == Handed(0, 0, 0, None)
    assert hand_over(store, lanes=(URGENT, BEGUN, NEW)) == []
    store.commit(AddExecution(replace(run(93), lane=NEW)))
    assert names(hand_over(store, lanes=(URGENT, BEGUN, NEW))) == ["e0093"]


def test_what_killed_workers_is_handed_over_apart(store):
    running(store, 1)
    for at in (1, 2):
        hand_over(store, now=NOW + SECOND * 60 * at, suspects=at == 2)
        claim_these(store, "e0001", now=NOW + SECOND * 60 * at)
    assert hand_over(store, now=LATER) == []
    assert names(hand_over(store, now=LATER, suspects=True)) == ["e0001"]


def test_senders_hand_nothing_over_twice_and_receivers_claim_nothing_twice(store, url):
    stores = [store] if url == "sqlite://" else [store, Store(url), Store(url)]
    for number in range(60):
        store.commit(AddExecution(run(number)))

    def send(worker):
        mine, found = stores[worker % len(stores)], []
        while rows := hand_over(mine, most=7):
            found += names(rows)
        return found

    with ThreadPoolExecutor(6) as pool:
        sent = [name for found in pool.map(send, range(6)) for name in found]
        assert sorted(sent) == [f"e{number:04}" for number in range(60)]
        messages = [sent[at : at + 5] for at in range(0, 60, 5)] * 2
        taken = pool.map(lambda ids: names(claim_these(stores[len(ids) % len(stores)], *ids)), messages)
        assert sorted(name for found in taken for name in found) == sorted(sent)
    for extra in stores[1:]:
        extra.close()


def test_what_is_due_is_counted(store):
    def counted(now):
        return store.database.read(lambda transaction: due(transaction, "", now))

    assert counted(NOW) == Due(0, None, 0)
    store.commit(AddExecution(run(1)), AddExecution(run(2, due=NOW - SECOND)), AddExecution(run(3, due=LATER)))
    assert counted(NOW) == Due(2, NOW - SECOND, 0)
    hand_over(store, most=1)
    assert counted(NOW).runs == counted(NOW).handed_over == 1
    assert counted(LEASE) == Due(2, NOW, 0)
