"""The lanes of a claim: each gets its share, what has begun goes before what has not, and nobody starves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from novu_core.storage.changes import AddExecution, SaveExecution
from novu_core.storage.lanes import BEGUN, LANES, MANY, NEW, URGENT, shares
from novu_core.storage.leases import GiveBack
from novu_core.storage.store import Store
from tests.conformance.stores.samples import LATER, LEASE, NOW, run

SOME_LANES = st.lists(st.sampled_from(LANES), min_size=1, unique=True).map(lambda lanes: tuple(sorted(lanes)))
SHARES = {BEGUN: 3, NEW: 2, MANY: 1}
CYCLE = 42


def fill(store, counts):
    """Add due runs, and return each one's lane by its id; those of a lower number are due earlier."""
    lanes = [lane for lane, count in counts.items() for _ in range(count)]
    rows = [
        replace(run(at, due=NOW + timedelta(microseconds=at)), lane=lane, started_at=NOW if lane == BEGUN else None)
        for at, lane in enumerate(lanes)
    ]
    store.commit(*map(AddExecution, rows))
    return {row.execution_id: row.lane for row in rows}


def claim(store, most, now=LATER, **options):
    return [row.execution_id for row in store.claim(["w"], now, now + timedelta(hours=1), "me", most, **options)]


@pytest.mark.parametrize("most", [1, 2, 3, 6, 7, 12])
def test_each_lane_gets_its_share_however_small_the_claims(store, most):
    lanes = fill(store, {BEGUN: CYCLE * most, NEW: CYCLE * most, MANY: CYCLE * most})
    taken = Counter(lanes[name] for _ in range(CYCLE) for name in claim(store, most))
    assert taken == {lane: share * most * CYCLE / 6 for lane, share in SHARES.items()}


@pytest.mark.parametrize("most", [1, 4, 12])
def test_the_urgent_get_all_but_a_place_in_seven_claims_which_comes_to_each_in_turn(store, most):
    lanes = fill(store, dict.fromkeys(LANES, CYCLE * most))
    taken = Counter(lanes[name] for _ in range(CYCLE) for name in claim(store, most))
    assert taken == {URGENT: CYCLE * most - 6, BEGUN: 3, NEW: 2, MANY: 1}


def test_a_few_urgent_ones_are_all_taken_and_the_rest_is_shared(store):
    lanes = fill(store, {BEGUN: 99, NEW: 99, MANY: 99})
    others = []
    for at in range(6):
        store.commit(*(AddExecution(replace(run(1000 + 2 * at + each), lane=URGENT)) for each in range(2)))
        found = claim(store, 12)
        assert len(found) == 12
        assert sorted(found[:2]) == [f"e{1000 + 2 * at + each}" for each in range(2)]
        others += [lanes[name] for name in found[2:]]
    assert Counter(others).keys() == {BEGUN, NEW, MANY}


@pytest.mark.parametrize("hint", [False, True])
@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ({MANY: 20}, {MANY: 12}),
        ({NEW: 1, MANY: 20}, {NEW: 1, MANY: 11}),
        ({BEGUN: 2, NEW: 1, MANY: 3}, {BEGUN: 2, NEW: 1, MANY: 3}),
        ({URGENT: 20}, {URGENT: 12}),
        ({BEGUN: 20, MANY: 20}, {BEGUN: 10, MANY: 2}),
    ],
)
def test_what_a_lane_leaves_is_given_to_the_others(store, there, taken, hint):
    lanes = fill(store, there)
    store.turns._turn = 1
    options = {"lanes": store.due(["w"]).lanes(LATER)} if hint else {}
    assert Counter(lanes[name] for name in claim(store, 12, **options)) == taken


def test_they_come_in_the_order_in_which_to_begin_them(store):
    lanes = fill(store, {MANY: 3, NEW: 3, BEGUN: 3, URGENT: 3})
    assert [lanes[name] for name in claim(store, 12)] == sorted(lanes.values())


def test_within_a_lane_the_first_that_was_due_is_the_first_that_is_claimed(store):
    lanes = fill(store, {BEGUN: 50, NEW: 50, MANY: 50})
    left = {lane: sorted(name for name in lanes if lanes[name] == lane) for lane in LANES}
    while found := claim(store, 12):
        for lane in LANES:
            taken = sorted(name for name in found if lanes[name] == lane)
            assert taken == left[lane][: len(taken)]
            del left[lane][: len(taken)]
    assert not any(left.values())


@pytest.mark.parametrize(("lane", "later"), [(URGENT, URGENT), (BEGUN, BEGUN), (NEW, BEGUN), (MANY, MANY)])
def test_a_run_that_has_begun_changes_its_lane_only_where_it_was_new(store, lane, later):
    fill(store, {lane: 1})
    [row] = store.claim(["w"], LATER, LATER, "me", 9)
    assert row.lane == store.execution("e0000").lane == later
    store.commit(GiveBack(row, LATER))
    assert store.execution("e0000").lane == lane  # as it was, and new
    [row] = store.claim(["w"], LATER, LATER, "me", 9, lanes=(lane,))
    assert row.lane == later
    row.waiting_for, row.due_at = "delay", LATER
    store.commit(SaveExecution(row))
    [row] = store.claim(["w"], LATER + timedelta(hours=1), LEASE, "me", 9)
    assert row.lane == later
    store.commit(GiveBack(row, LATER))
    assert store.execution("e0000").lane == later


def test_suspects_are_looked_for_in_every_lane(store):
    for lane in LANES:
        store.commit(AddExecution(replace(run(lane, status="running"), lane=lane, takeovers=1)))
    assert claim(store, 9) == []
    assert sum(len(claim(store, 1, suspects=True)) for _ in LANES) == len(LANES)


def test_a_run_of_no_lane_is_mended(store):
    fill(store, {NEW: 4})
    for name, lane in {"e0000": -1, "e0001": 4, "e0002": 10**6}.items():
        statement = text(f"UPDATE novu_executions SET lane = {lane} WHERE execution_id = '{name}'")
        store.database.write(lambda transaction, statement=statement: transaction.execute(statement))
    assert claim(store, 9) == ["e0003"]
    assert sorted(store.mend_due(LATER)) == ["e0000", "e0001", "e0002"]
    assert sorted(claim(store, 9)) == ["e0000", "e0001", "e0002"]
    assert store.mend_due(LATER) == []


@given(turn=st.integers(0, 10**6), most=st.integers(1, 200), lanes=SOME_LANES)
def test_every_place_is_somebodys(turn, most, lanes):
    first, places = shares(turn, most, lanes)
    assert sum(places[BEGUN:]) == (most if set(lanes) - {URGENT} else 0)
    assert all(count == 0 for lane, count in enumerate(places) if lane not in lanes)
    assert first in lanes or lanes == (URGENT,)
    assert places[first] or lanes == (URGENT,)


@settings(max_examples=30, deadline=None)
@given(
    flood=st.dictionaries(st.sampled_from(LANES), st.integers(1, 13), min_size=1),
    claims=st.lists(st.integers(1, 13), min_size=CYCLE, max_size=CYCLE),
    patient=st.sampled_from(LANES),
    hint=st.booleans(),
)
def test_nobody_starves_whatever_the_others_bring(flood, claims, patient, hint):
    """One run waits in its lane, and before each claim each other lane gets as many new ones as it can want."""
    store = Store("sqlite://")
    waiting = replace(run(0), lane=patient)
    store.commit(AddExecution(waiting))
    number = 1
    seen = False
    for most in claims:
        for lane, count in flood.items():
            if lane != patient:
                rows = [replace(run(number + each, due=NOW - timedelta(hours=1)), lane=lane) for each in range(count)]
                store.commit(*map(AddExecution, rows))
                number += count
        options = {"lanes": store.due(["w"]).lanes(NOW)} if hint else {}
        found = claim(store, most, NOW, **options)
        assert len(found) == most or store.next_due(["w"]) > NOW  # no place stays empty
        seen = seen or waiting.execution_id in found
    store.close()
    assert seen
