"""How much a worker claims: what its threads can begin soon, however many of them are held by runs that take long."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from novu_core import ManualClock
from novu_core.backends.claims import Claims
from novu_core.storage.rows import ExecutionRow

START = datetime(2026, 1, 5, tzinfo=timezone.utc)
LEASE = timedelta(seconds=30)


def run(name, takeovers=0):
    return ExecutionRow(
        execution_id=str(name),
        workflow_id="w",
        subscriber_id="s",
        transaction_id="t",
        status="running",
        fence=1,
        request={},
        created_at=START,
        takeovers=takeovers,
    )


@pytest.fixture
def clock():
    return ManualClock(START)


@pytest.fixture
def claims(clock):
    return Claims(clock, LEASE)


def load(claims, concurrency=4, lost=()):
    return tuple(claims.load(concurrency, lambda row: row.execution_id in lost))


def begin(claims, *names):
    for name in names:
        claims.begin(run(name))


def test_without_long_runs_three_are_claimed_for_each_thread(claims):
    assert load(claims) == (4, 0, 4, 12)
    begin(claims, *"abcd")
    assert load(claims) == (4, 0, 4, 8)
    for name in range(8):
        claims.note(run(name))
    assert load(claims) == (4, 0, 4, 0)


@pytest.mark.parametrize(("held", "free", "room"), [(1, 3, -2), (2, 2, -4), (4, 0, -8)])
def test_none_is_claimed_for_a_thread_that_is_held(claims, clock, held, free, room):
    begin(claims, *range(held))
    clock.advance(LEASE / 3)
    begin(claims, *"abcd"[held:])
    for name in range(8):
        claims.note(run(f"waits {name}"))
    assert load(claims) == (4, held, free, room)


def test_what_waits_for_a_thread_holds_none(claims, clock):
    claims.note(run("waits"))
    clock.advance(LEASE)
    assert load(claims, 1) == (1, 0, 1, 2)
    assert claims.hanging == []
    assert [found.row.execution_id for found in claims.recent] == ["waits"]


@pytest.mark.parametrize(("lost", "threads"), [("", 2), ("a", 3), ("ab", 4), ("abc", 4), ("abcd", 4)])
def test_a_lost_run_gets_a_thread_more_up_to_as_many_again(claims, clock, lost, threads):
    begin(claims, *"abcd")
    assert load(claims, 2, lost)[0] == 2  # they may end soon
    clock.advance(LEASE / 3)
    found = load(claims, 2, lost)
    assert found == (threads, 4, max(threads - 4, 0), max(threads - 4, 0) * 3)


def test_a_run_hangs_for_a_lease_and_longer(claims, clock):
    begin(claims, "a")
    clock.advance(LEASE - timedelta(microseconds=1))
    assert claims.hanging == []
    clock.advance(timedelta(microseconds=1))
    assert [row.execution_id for row in claims.hanging] == ["a"]
    assert claims.recent == []
    claims.forget(run("a"))
    claims.forget(run("a"))
    assert (len(claims), claims.hanging) == (0, [])


def test_a_run_that_was_left_twice_is_alone(claims):
    assert [claims.note(run(times, takeovers=times)).alone for times in (0, 1, 2, 9)] == [False, False, True, True]


@pytest.mark.parametrize(("thirds", "stale"), [(0, False), (1.9, False), (2, True), (9, True)])
def test_what_waits_for_two_thirds_of_its_lease_is_stale(claims, clock, thirds, stale):
    waits, begun = run("waits"), run("begun")
    waits.due_at = begun.due_at = START + LEASE
    claims.begin(begun)
    clock.advance(LEASE / 3 * thirds)
    assert not claims.stale
    claims.note(run("without a lease"))
    claims.note(waits)
    assert claims.stale is stale
