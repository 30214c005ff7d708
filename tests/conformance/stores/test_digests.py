"""Digest windows and throttle slots."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from novu_core.storage import digest_statements
from novu_core.storage.changes import save_step
from novu_core.storage.digests import FlushDigest, JoinDigest, LeaveDigests, TakeSlot
from novu_core.storage.rows import ExecutionRow
from tests.conformance.stores.samples import LATER, NOW, join, running, step_of


def test_a_digest_collects_merges_and_flushes_in_order(store):
    rows = [running(store, number, payload={"n": number}) for number in range(4)]
    for row in rows:
        join(store, row, f"win{row.execution_id}")
    assert [row.outcome for row in rows] == [None, "merged", "merged", "merged"]
    assert {row.merged_into for row in rows[1:]} == {"e0000"}
    join(store, rows[0], "again")  # a retried join
    assert rows[0].outcome is None
    [opener] = store.claim(["w"], LATER, LATER, "me", 5)
    step = store.steps("e0000")[0]
    store.commit(FlushDigest(opener, step, LATER))
    assert [event["payload"]["n"] for event in store.steps("e0000")[0].result["events"]] == [0, 1, 2, 3]
    late = running(store, 9)
    join(store, late, "second")
    assert late.waiting_for == "digest"


def test_concurrent_joins_open_one_window(store):
    rows = [running(store, number) for number in range(30)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda row: join(store, row, f"win{row.execution_id}"), rows))
    assert sorted(row.outcome or "opened" for row in rows) == ["merged"] * 29 + ["opened"]


def test_look_back_lets_the_first_event_pass(store):
    first, second = running(store, 1), running(store, 2)
    join(store, first, "a", look_back=timedelta(minutes=5))
    assert (first.waiting_for, store.steps("e0001")[0].result["eventCount"]) == (None, 1)
    join(store, second, "b", look_back=timedelta(minutes=5))
    assert second.waiting_for == "digest"


def test_the_oldest_follower_takes_over_a_canceled_opener(store):
    rows = [running(store, number) for number in range(3)]
    for row in rows:
        join(store, row, f"win{row.execution_id}")
    assert store.is_collecting("e0001")
    assert store.commit(LeaveDigests("e0000")) == [["e0001"]]
    heir, follower = store.execution("e0001"), store.execution("e0002")
    assert (heir.status, heir.waiting_for, heir.due_at, heir.outcome) == ("running", "digest", LATER, None)
    assert follower.merged_into == "e0001"
    store.commit(LeaveDigests("e0001"), LeaveDigests("e0002"))
    assert store.database.read(lambda t: t.row(digest_statements.WINDOW_OF_BUCKET, {"bucket": "bucket"})) is None


def test_a_throttle_grants_its_threshold_under_concurrency(store):
    rows = [running(store, number) for number in range(20)]

    def take(row: ExecutionRow) -> bool:
        step = step_of(row.execution_id, "t", "throttle")
        store.commit(TakeSlot(row, step, "slot", LATER, 5, NOW))
        return not step.result["throttled"]

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, rows)) == 5
    late = running(store, 50)
    step = step_of(late.execution_id, "t", "throttle")
    store.commit(TakeSlot(late, step, "slot", LATER + timedelta(hours=1), 5, LATER))
    assert step.result["executionCount"] == 1


def retried(store, row, now):
    """Join the digest again that the run left when it failed; its window was due at LATER."""
    step = step_of(row.execution_id, "d", "digest", resume_at=LATER)
    store.commit(JoinDigest(row, step, "bucket", f"win{row.execution_id}", LATER, now))
    return row.outcome or row.waiting_for or "passed"


def left(store, number):
    """A run that failed while it waited for LATER."""
    row = running(store, number)
    store.commit(save_step(step_of(row.execution_id, "d", "digest", status="pending", resume_at=LATER)))
    return row


def test_runs_that_left_one_window_gather_and_the_last_closes_it(store):
    now = LATER + timedelta(hours=1)
    rows = [left(store, number) for number in range(4)]
    assert [retried(store, row, now) for row in rows[:3]] == ["digest", "merged", "merged"]
    assert store.execution("e0000").due_at == now + timedelta(minutes=1)
    assert retried(store, rows[3], now) == "merged"
    assert store.execution("e0000").due_at == now
    [opener] = store.claim(["w"], now, now + timedelta(seconds=30), "me", 5)
    step = store.steps("e0000")[0]
    assert step.resume_at == now
    store.commit(FlushDigest(opener, step, now))
    assert store.steps("e0000")[0].result["eventCount"] == 4
    assert retried(store, left(store, 5), now) == "passed"


def test_runs_that_left_one_window_gather_from_several_threads(store):
    rows, now = [left(store, number) for number in range(20)], LATER + timedelta(hours=1)
    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(lambda row: retried(store, row, now), rows))
    assert sorted(ends) == ["digest"] + ["merged"] * 19
    [opener] = [row for row, end in zip(rows, ends, strict=True) if end == "digest"]
    assert store.execution(opener.execution_id).due_at == now
