"""What every store must do, on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import create_engine, inspect, text

from novu_core.errors import InvalidTransitionError, LeaseLostError, StoreVersionError
from novu_core.storage import migrate, statements
from novu_core.storage.changes import (
    AddExecution,
    MoveExecution,
    ReopenExecution,
    SaveExecution,
    SaveSubscriber,
    Write,
    add_message,
    save_step,
)
from novu_core.storage.digests import FlushDigest, JoinDigest, LeaveDigests, TakeSlot
from novu_core.storage.rows import ExecutionRow, MessageRow, StepRow
from novu_core.storage.store import Store
from novu_core.storage.tables import metadata

NOW = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
LATER = NOW + timedelta(hours=1)
LEASE = NOW + timedelta(seconds=30)


def run(number: int, *, status="pending", due=NOW, fence=0, workflow="w", subscriber="s", payload=None) -> ExecutionRow:
    return ExecutionRow(f"e{number:04}", workflow, subscriber, f"t{number}", status, None, None, None, due, fence, None,
                        0, None, {"payload": payload or {}}, None, None, NOW, None, None)  # fmt: skip


def running(store: Store, number: int, **fields) -> ExecutionRow:
    row = run(number, status="running", due=LEASE, fence=1, **fields)
    store.commit(AddExecution(row))
    return row


def message(number: int, row: ExecutionRow, step="in") -> MessageRow:
    return MessageRow(f"m{number:04}", row.execution_id, step, row.workflow_id, row.subscriber_id, row.transaction_id,
                      "in_app", None, {"body": "ü \x00 😀"}, "novu", None, NOW)  # fmt: skip


def join(store: Store, row: ExecutionRow, window: str, *, look_back=None) -> None:
    step = StepRow(row.execution_id, "d", 0, "digest", "executing")
    store.commit(JoinDigest(row, step, "bucket", window, LATER, NOW, look_back))


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
        store.commit(save_step(StepRow("e0001", "a", 0, "custom", "completed")), SaveExecution(row))
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


def test_claims_never_give_a_row_to_two_workers(store):
    for number in range(60):
        store.commit(AddExecution(run(number)))

    def claim(worker: int) -> list[str]:
        found = []
        while rows := store.claim(["w"], NOW, LEASE, f"worker {worker}", 3):
            found += [row.execution_id for row in rows]
        return found

    with ThreadPoolExecutor(6) as pool:
        taken = [name for names in pool.map(claim, range(6)) for name in names]
    assert sorted(taken) == [f"e{number:04}" for number in range(60)]


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
    step = StepRow("e0001", "mail", 0, "email", "failed", tries=3, provider=1)
    store.commit(AddExecution(replace(run(1), status="failed", fence=4, due_at=None)), save_step(step))
    [claimed] = store.commit(ReopenExecution("e0001", NOW, LEASE, "me", frozenset({"w"})))
    assert (claimed.status, claimed.owner, claimed.due_at, claimed.error) == ("running", "me", LEASE, None)
    assert claimed.fence > 4
    [reopened] = store.steps("e0001")
    assert (reopened.status, reopened.tries, reopened.provider) == ("executing", 0, 0)
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


def test_a_move_checks_the_status_and_takes_the_run_from_its_owner(store):
    row = running(store, 1)
    with pytest.raises(InvalidTransitionError, match="running"):
        store.commit(MoveExecution("e0001", frozenset({"failed"}), "retried", {}))
    store.commit(MoveExecution("e0001", frozenset({"running"}), "canceled", {"status": "completed", "due_at": None}))
    with pytest.raises(LeaseLostError):
        store.commit(SaveExecution(row))


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
    assert store.database.read(lambda t: t.row(statements.WINDOW_OF_BUCKET, {"bucket": "bucket"})) is None


def test_a_throttle_grants_its_threshold_under_concurrency(store):
    rows = [running(store, number) for number in range(20)]

    def take(row: ExecutionRow) -> bool:
        step = StepRow(row.execution_id, "t", 0, "throttle", "executing")
        store.commit(TakeSlot(row, step, "slot", LATER, 5, NOW))
        return not step.result["throttled"]

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, rows)) == 5
    late = running(store, 50)
    step = StepRow(late.execution_id, "t", 0, "throttle", "executing")
    store.commit(TakeSlot(late, step, "slot", LATER + timedelta(hours=1), 5, LATER))
    assert step.result["executionCount"] == 1


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


def test_the_inbox_keeps_one_message_of_a_step_and_its_marks(store):
    row = running(store, 1)
    store.commit(add_message(message(1, row)), add_message(message(2, row)), add_message(message(3, row, "other")))
    found = store.inbox("s", read=None, archived=False, limit=9, cursor=None)
    assert [item.message_id for item in found] == ["m0003", "m0001"]
    assert found[0].content == {"body": "ü \x00 😀"}
    assert store.mark("s", "m0001", {"read_at": 5}) == 1
    assert store.mark("nobody", "m0001", {"read_at": 5}) == 0
    assert store.inbox_count("s", read=False, seen=None) == 1
    assert store.mark("s", None, {"archived_at": 6}) == 2
    assert store.inbox("s", read=None, archived=False, limit=9, cursor=None) == []
    assert [item.step_id for item in store.list_messages(limit=1, execution_id="e0001")] == ["other"]


def test_a_subscriber_is_merged_and_topics_controls_and_preferences_are_kept(store):
    store.commit(SaveSubscriber("s", {"email": "a@b.c"}, NOW))
    store.commit(SaveSubscriber("s", {"firstName": "Ann"}, NOW))
    assert store.subscriber("s") == {"email": "a@b.c", "firstName": "Ann", "subscriberId": "s"}
    assert len(store.list_subscribers(limit=5)) == 1
    for _ in range(2):
        store.commit(Write(statements.JOIN_TOPIC, {"topic_key": "k", "subscriber_id": "s"}))
        store.commit(Write(statements.SAVE_CONTROLS, {"workflow_id": "w", "step_id": "", "data": "{}"}))
        store.commit(Write(statements.SAVE_WORKFLOW, {"workflow_id": "w", "status": "inactive"}))
        store.commit(Write(statements.SAVE_PREFERENCES, {"subscriber_id": "s", "workflow_id": "", "data": "{}"}))
    known = store.known("w", "s")
    assert (store.topic("k"), known.controls, known.status) == (["s"], {"": {}}, "inactive")
    assert known.preferences == (None, {})


def test_the_tables_equal_the_migrated_schema(url):
    if url == "sqlite://":
        pytest.skip("a store in memory can not be inspected from outside")
    store = Store(url)
    store.next_due(["w"])
    store.close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    found = inspect(engine)
    for table in metadata.tables.values():
        columns = {
            c["name"]: (type(c["type"].as_generic()).__name__, c["nullable"]) for c in found.get_columns(table.name)
        }
        assert columns == {c.name: (type(c.type.as_generic()).__name__, c.nullable) for c in table.columns}
        assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
        indexes = {i["name"]: (i["column_names"], bool(i["unique"])) for i in found.get_indexes(table.name)
                   if not i.get("duplicates_constraint")}  # fmt: skip
        assert indexes == {i.name: ([c.name for c in i.columns], bool(i.unique)) for i in table.indexes}
    engine.dispose()


def test_a_newer_database_is_refused(url):
    if url == "sqlite://":
        pytest.skip("a store in memory is always new")
    store = Store(url)
    store.next_due(["w"])
    store.database.write(lambda t: t.execute(text("INSERT INTO novu_schema (version) VALUES (999)")))
    store.close()
    fresh = Store(url)
    with pytest.raises(StoreVersionError, match=r"999.*Upgrade flask-novu"):
        fresh.next_due(["w"])
    fresh.close()


def test_an_old_database_upgrades_once_under_many_openers(url, monkeypatch):
    if url == "sqlite://":
        pytest.skip("a store in memory is always new")
    store = Store(url)
    store.next_due(["w"])
    store.close()

    known = migrate.migrations()
    monkeypatch.setattr(migrate, "migrations", lambda: [*known, (900, ["CREATE TABLE novu_later (id INTEGER)"])])
    stores = [Store(url) for _ in range(4)]
    threads = [threading.Thread(target=store.next_due, args=(["w"],)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].database.read(lambda t: t.row(text("SELECT max(version) FROM novu_schema")))[0] == 900
    for store in stores:
        store.close()


def test_two_processes_may_create_a_database_at_once(url):
    if url == "sqlite://":
        pytest.skip("a store in memory belongs to one process")
    script = (
        "import sys; from novu_core.storage.store import Store; s = Store(sys.argv[1]); s.next_due(['w']); s.close()"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(3)]
    assert [process.wait(30) for process in processes] == [0, 0, 0]
    store = Store(url)
    assert store.list_executions(limit=9) == []
    store.close()


def test_a_lost_connection_is_replaced(url):
    if not url.startswith("postgresql"):
        pytest.skip("only a server can hang up")
    import psycopg

    store = Store(url)
    store.commit(AddExecution(run(1)))
    assert store.execution("e0001") is not None
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    store.commit(AddExecution(run(2)))
    assert store.execution("e0002") is not None
    store.close()


def test_a_commit_wakes_listeners_of_other_processes(url):
    if not url.startswith("postgresql"):
        pytest.skip("SQLite is polled")
    store, other = Store(url), Store(url)
    store.next_due(["w"])
    heard: list[datetime] = []
    got = threading.Event()

    def listener(due: datetime) -> None:
        heard.append(due)
        got.set()

    thread = threading.Thread(target=store.database.listen, args=(listener, got.is_set))
    thread.start()
    number = 0
    while not got.wait(0.05) and number < 200:
        number += 1
        other.commit(AddExecution(run(number, due=LATER)))
    thread.join(5)
    assert heard[0] == LATER
    store.close()
    other.close()


def test_a_deadlock_is_tried_again(url):
    if not url.startswith("postgresql"):
        pytest.skip("SQLite has one writer")
    store, other = Store(url), Store(url)
    store.commit(SaveSubscriber("a", {}, NOW), SaveSubscriber("b", {}, NOW))
    both = threading.Barrier(2)
    tries = []

    def lock(first, second):
        def work(transaction):
            tries.append(first)
            for name in (first, second):
                transaction.execute(
                    statements.SAVE_SUBSCRIBER, {"subscriber_id": name, "data": "{}", "updated_at": len(tries)}
                )
                if len(tries) <= 2 and name == first:
                    both.wait(10)

        return work

    thread = threading.Thread(target=store.database.write, args=(lock("a", "b"),))
    thread.start()
    other.database.write(lock("b", "a"))
    thread.join(20)
    assert not thread.is_alive()
    assert len(tries) == 3
    store.close()
    other.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_process_opens_its_own_connections(url):
    if url == "sqlite://":
        pytest.skip("a memory store is a process's own")
    store = Store(url)
    store.commit(AddExecution(run(1)))
    assert store.execution("e0001") is not None
    child = os.fork()
    if child == 0:
        try:
            store.commit(AddExecution(run(2)))
            os._exit(0 if store.execution("e0002") is not None else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    store.commit(AddExecution(run(3)))
    assert len(store.list_executions(limit=9)) == 3
    store.close()


def test_readers_beyond_the_bound_wait_in_turn(store):
    store.commit(AddExecution(run(1)))
    inside, leave, found = threading.Semaphore(0), threading.Event(), []

    def look(transaction):
        inside.release()
        leave.wait(10)
        return len(transaction.rows(statements.STEPS, {"execution_id": "e0001"}))

    threads = [threading.Thread(target=lambda: found.append(store.database.read(look))) for _ in range(20)]
    for thread in threads:
        thread.start()
    most = 1 if store.database.memory else 8
    for _ in range(most):
        assert inside.acquire(timeout=10)
    assert not inside.acquire(timeout=0.05)
    leave.set()
    for thread in threads:
        thread.join(10)
    assert found == [0] * 20
