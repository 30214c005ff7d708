"""Digest windows and throttle slots."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from novu_core.storage import digest_statements
from novu_core.storage.digests import FlushDigest, LeaveDigests, TakeSlot
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
