"""Fan-outs in every store: chunks, the cursor, odd ids, several processes at once, and what a failure undoes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from novu_core.errors import StoreError
from novu_core.storage import fanouts, statements
from novu_core.storage.changes import AddExecution
from novu_core.storage.fanouts import AddFanout, CancelTransaction, CancelUnbegun, RecordMembers
from novu_core.storage.lanes import MANY
from novu_core.storage.listings import FANOUTS
from novu_core.storage.people import SaveSubscriber
from novu_core.storage.rows import FanoutRow
from novu_core.storage.slices import PageRequest
from novu_core.storage.store import Store
from novu_core.storage.values import due_time
from tests.conformance.stores.fanout_samples import fanout, join, listed, runs
from tests.conformance.stores.samples import LATER, NOW, run

ODD = [
    "a", "A", "Z", "_", "-", "ä", "z", "ß", "é", "e\u0301", "日本", "😀", "a b", "a'b", 'a"b', "a\\b", "a\nb", "%", "%s",
    ":x", "a" * 300, "{", "null", "0", "10", "9", "\u200b", "~", "\x7f", "a\tb", "ﬀ", "İ",
]  # fmt: skip
"""Ids that databases sort, quote and compare in ways of their own."""


def advance(store: Store, *, now=NOW, workflows=("w",)) -> FanoutRow | None:
    [row] = store.commit(RecordMembers(store.app, workflows, now), starts=True)
    return row


def chunk_due(store: Store, *workflows: str) -> datetime | None:
    return due_time(store.due(workflows).fanouts[MANY])


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(fanouts, "CHUNK", 4)


def test_ids_of_every_kind_are_reached_once_whatever_their_order(store, small):
    join(store, *ODD)
    store.commit(AddFanout(fanout(excluded=["é", "%s", "not a member"])))
    chunks = 0
    while (row := advance(store)) is not None:
        chunks += 1
        assert row.recorded <= 4 * chunks
    assert chunks == len(ODD) // 4 + 1
    found = runs(store)
    assert sorted(made.subscriber_id for made in found) == sorted(set(ODD) - {"é", "%s"})
    assert len({made.execution_id for made in found}) == len(found)
    assert {(made.status, made.transaction_id, made.due_at, made.created_at, made.fence) for made in found} == {
        ("pending", "t1", NOW, NOW, 0)
    }
    for made in found:
        text = {"payload": {"text": 'ü "q" \x00'}}
        assert made.request == {**text, "subscriber": {"subscriberId": made.subscriber_id}}
    [stored] = listed(store)
    assert (stored.status, stored.recorded, stored.due_at, stored.completed_at) == ("completed", len(found), None, NOW)


def test_each_chunk_is_inserted_in_pythons_order(store):
    join(store, *ODD)
    store.commit(AddFanout(fanout()))
    advance(store)
    assert [made.subscriber_id for made in runs(store)] == sorted(ODD)


def test_a_broadcast_reads_subscribers_with_their_fields(store, small):
    for name in ODD:
        store.commit(SaveSubscriber(name, {"subscriberId": name, "firstName": f"{name} ü"}, NOW))
    store.commit(AddFanout(fanout(topic="", excluded=["a"])))
    while advance(store) is not None:
        pass
    assert {made.subscriber_id: made.request["subscriber"]["firstName"] for made in runs(store)} == {
        name: f"{name} ü" for name in ODD if name != "a"
    }


def test_a_fan_out_of_the_same_trigger_is_there_once(store):
    assert store.commit(AddFanout(fanout()), AddFanout(fanout())) == [True, False]
    other = fanout(2)
    other.transaction_id = "t1"
    assert store.commit(AddFanout(other)) == [False]
    assert len(listed(store)) == 1


def test_whoever_has_a_run_of_the_transaction_gets_no_other(store):
    join(store, "a", "b")
    mine = run(1, subscriber="b", payload={"mine": True})
    store.commit(AddExecution(mine), AddFanout(fanout()))
    assert advance(store).recorded == 1
    assert {made.subscriber_id: made.request["payload"] == {"mine": True} for made in runs(store)} == {
        "a": False,
        "b": True,
    }


def test_it_is_due_like_a_run_and_only_for_who_has_its_workflow(store, small):
    join(store, *"abcdef")
    store.commit(AddFanout(fanout(due=LATER)))
    assert (store.next_due(["w"]), chunk_due(store, "w")) == (LATER, LATER)
    assert (store.next_due(["x"]), chunk_due(store, "x"), chunk_due(store)) == (None, None, None)
    assert (advance(store), advance(store, now=LATER, workflows=("x",))) == (None, None)
    store.commit(AddExecution(run(7, due=LATER + timedelta(hours=1))))
    assert store.next_due(["w"]) == LATER
    store.commit(AddExecution(run(8, due=NOW)))
    assert (store.next_due(["w"]), chunk_due(store, "w")) == (NOW, LATER)
    assert store.overdue_fanouts(["x"], LATER) == []
    assert store.overdue_fanouts(["x"], LATER + timedelta(seconds=1)) == [("w", 1, LATER)]
    assert store.overdue_fanouts(["w"], LATER + timedelta(seconds=1)) == []
    assert advance(store, now=LATER).due_at == LATER
    assert advance(store, now=LATER).due_at is None
    assert chunk_due(store, "w") is None


def test_a_chunk_that_fails_was_never_there(store, small):
    join(store, *"abcdef")
    store.commit(AddFanout(fanout()))
    advance(store)

    class Fails:
        def apply(self, transaction):
            raise StoreError("gone")

    with pytest.raises(StoreError, match="gone"):
        store.commit(RecordMembers(store.app, ("w",), NOW), Fails())
    assert [row.recorded for row in listed(store)] == [4]
    assert len(runs(store)) == 4
    assert advance(store).recorded == 6


def test_processes_share_fan_outs_and_double_nobody(url, monkeypatch):
    if url == "sqlite://":
        pytest.skip("a store in memory belongs to one process")
    monkeypatch.setattr(fanouts, "CHUNK", 7)
    stores = [Store(url) for _ in range(3)]
    names = [f"u{number:03}" for number in range(150)]
    join(stores[0], *names)
    stores[0].commit(*(AddFanout(fanout(number)) for number in range(4)))

    def work(store):
        while any(row.status == "open" for row in listed(store)):
            advance(store)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, stores * 2))
    found = runs(stores[0])
    assert sorted((made.transaction_id, made.subscriber_id) for made in found) == sorted(
        (f"t{number}", name) for number in range(4) for name in names
    )
    assert {row.recorded for row in listed(stores[0])} == {150}
    for store in stores:
        store.close()


def test_a_cancel_waits_for_the_chunk_that_is_being_recorded(postgres_url, small):
    recording, canceling = Store(postgres_url), Store(postgres_url)
    join(recording, *"abcdefgh")
    recording.commit(AddFanout(fanout()))
    begun, leave = threading.Event(), threading.Event()

    class Pauses:
        def apply(self, transaction):
            begun.set()
            assert leave.wait(10)

    with ThreadPoolExecutor(2) as pool:
        chunk = pool.submit(recording.commit, RecordMembers("", ("w",), NOW), Pauses())
        assert begun.wait(10)
        assert advance(canceling) is None  # another process has it
        cancel = pool.submit(canceling.commit, CancelTransaction("t1", LATER))
        leave.set()
        assert chunk.result(10)[0].recorded == 4
        [[ended]] = cancel.result(10)
    assert (ended.cursor, canceling.remaining(ended)) == ("d", 4)
    assert advance(recording) is None
    for store in (recording, canceling):
        store.close()


def test_what_was_not_begun_ends_at_once(store):
    for number in range(1, 6):
        made = run(number, subscriber=f"u{number}")
        made.transaction_id = "other" if number == 3 else "t"
        store.commit(AddExecution(made))
    [claimed] = store.claim(["w"], NOW, LATER, "me", 1)
    ids = [made.execution_id for made in runs(store)]
    [ended] = store.commit(CancelUnbegun("t", ids[0], ids[-2], LATER))
    assert ended == set(ids[:4]) - {claimed.execution_id, "e0003"}
    for name in ended:
        row = store.execution(name)
        assert (row.status, row.outcome, row.due_at) == ("completed", "canceled", None)
        assert (row.completed_at, row.fence) == (LATER, 1)
    assert store.execution(claimed.execution_id).status == "running"
    assert [store.execution(name).status for name in ("e0003", "e0005")] == ["pending", "pending"]
    assert store.commit(CancelUnbegun("t", ids[0], ids[-2], LATER)) == [set()]


def test_a_cancel_and_a_chunk_read_no_more_than_they_change(url):
    """Without it a cancel of 20,000 compared each with each: 28 seconds."""
    if url == "sqlite://":
        pytest.skip("the same as a file")
    store = Store(url)
    names = [f"u{number:04}" for number in range(3000)]
    join(store, *names)
    store.commit(AddFanout(fanout()))
    while advance(store) is not None:
        pass
    explain, begins = (
        "EXPLAIN QUERY PLAN",
        {"executions": "transaction_id=? AND execution_id>", "memberships": "topic_key=?"},
    )
    if url.startswith("postgres"):
        store.database.write(lambda transaction: transaction.execute(text("ANALYZE")))
        explain, begins = "EXPLAIN", {"executions": "(transaction_id = ", "memberships": "topic_key = "}
    params = {
        "transaction": "t1", "begin": "a", "end": "b", "now": 1, "topic_key": "t", "cursor": "u0100", "last": "u0110",
        "excluded": "[]", "most": 9, "first": 1, "head": "{}",
        **dict.fromkeys(run(1).to_params(), "1"), "due_at": 1, "created_at": 1, "fence": 0, "tries": 0,
        "takeovers": 0, "progress": 0, "resume_at": None, "started_at": None, "completed_at": None,
    }  # fmt: skip

    def plan(statement):
        def read(transaction):
            compiled = transaction._compiled(statement)
            transaction._cursor.execute(f"{explain} {compiled.sql}", compiled.values(params))
            return "\n".join(str(row[-1]) for row in transaction._cursor.fetchall())

        return store.database.read(read)

    assert begins["executions"] in plan(fanouts._CANCEL_UNBEGUN)
    for statement in (fanouts._LAST[True], fanouts._RECORD[True]):
        assert begins["memberships"] in plan(statement)
        assert "SCAN novu_memberships" not in plan(statement)
        assert "Seq Scan on novu_memberships" not in plan(statement)
    store.close()


def test_a_cancel_remembers_a_transaction_that_has_only_a_fan_out(store):
    key = {"transaction_id": "t1"}
    remembered = lambda: store.database.read(lambda t: t.row(statements.CANCELED, key))  # noqa: E731
    assert store.commit(CancelTransaction("t1", NOW)) == [[]]
    assert remembered() is None
    store.commit(AddFanout(fanout()), AddFanout(fanout(2)))
    [[ended]] = store.commit(CancelTransaction("t1", NOW))
    assert ended.fanout_id == "f1"
    assert remembered() is not None
    assert {row.fanout_id: row.status for row in listed(store)} == {"f1": "canceled", "f2": "open"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["f2", "f1"]), ({"transaction_id": ["t1"]}, ["f1"]), ({"workflow_id": ["v"]}, ["f2"]),
        ({"transaction_id": ["t1"], "workflow_id": ["v"]}, []),
    ],
)  # fmt: skip
def test_they_are_listed_by_each_filter(store, asked, found):
    store.commit(AddFanout(fanout(1)), AddFanout(fanout(2, workflow="v")))
    assert [FanoutRow.from_row(row).fanout_id for row in store.slice(FANOUTS, PageRequest(9, asked)).rows] == found
