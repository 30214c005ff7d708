"""Every wait for PostgreSQL ends: a line that died silently, a statement that takes too long, a server that is mute."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from sqlalchemy import text

from novu_core.errors import StoreBusyError, StoreError
from novu_core.storage import postgres
from novu_core.storage.bounded import Silence, _within
from novu_core.storage.changes import AddExecution, Write
from novu_core.storage.store import Store
from tests.conformance.stores.lines import line_to
from tests.conformance.stores.samples import run

SHORT = {"lock_timeout": "200ms", "statement_timeout": "300ms"}


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(postgres, "_MARGIN", 0.2)


@pytest.fixture
def line(postgres_url):
    with line_to(postgres_url) as found:
        yield found


@pytest.fixture
def store(line):
    found = Store(line.url(**SHORT))
    found.known("w", "u")
    yield found
    line.dead = False
    found.close()


def outcomes(calls):
    """What the calls raised, each in a thread of its own, all within twelve seconds."""
    told, threads = [], []

    def attempt(call):
        try:
            told.append(call())
        except Exception as error:
            told.append(error)

    for call in calls:
        threads.append(threading.Thread(target=attempt, args=(call,)))
        threads[-1].start()
    end = time.monotonic() + 12
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
    assert len(told) == len(calls), "some still wait"
    return told


def test_a_line_that_died_is_an_error_for_everybody_and_then_replaced(line, store):
    store.commit(AddExecution(run(1)))
    line.dead = True
    calls = [lambda n=n: store.commit(AddExecution(run(n))) for n in range(10, 13)]
    calls += [lambda: store.list_executions(limit=5), lambda: store.execution("e0001"), lambda: store.subscriber("s")]
    found = outcomes(calls)
    assert [type(error) for error in found] == [StoreError] * 6
    assert all("cannot be reached" in error.message for error in found)
    line.forget()
    store.database._connect.quiet_until = 0.0
    store.commit(AddExecution(run(2)))
    assert store.execution("e0002") is not None


@pytest.mark.parametrize("dies_at", [b"BEGIN", b"INSERT INTO novu_executions"])
def test_a_batch_whose_commit_was_not_sent_is_repeated_on_a_new_connection(line, store, dies_at):
    line.dies_at = dies_at
    store.commit(AddExecution(run(1)))
    assert line.dies_at is None
    assert store.execution("e0001") is not None


def test_a_batch_whose_commit_was_sent_is_not_repeated(line, store):
    line.dies_at = b"COMMIT"
    with pytest.raises(StoreError, match="no answer from the server"):
        store.commit(AddExecution(run(1)))
    assert store.execution("e0001") is None


def test_a_read_goes_on_over_a_new_connection(line, store):
    store.commit(AddExecution(run(1)))
    assert store.execution("e0001") is not None
    line.forget()
    assert store.execution("e0001") is not None


def test_a_server_that_takes_the_connection_and_says_nothing(line):
    line.dead = True
    begun = time.monotonic()
    with pytest.raises(StoreError, match=r"cannot be reached.*NOVU_STORE_URL is postgresql://"):
        Store(line.url()).known("w", "u")
    assert time.monotonic() - begun < 10


def test_those_who_queued_up_behind_a_server_that_is_mute_do_not_wait_in_turn(line):
    line.dead = True
    store = Store(line.url())
    found = outcomes([lambda: store.commit(AddExecution(run(1)))] * 150)  # three groups
    assert {type(error) for error in found} == {StoreError}
    assert line.opened == 1


def test_a_refused_connection_is_tried_anew_by_each(postgres_url, monkeypatch):
    store = Store("postgresql://127.0.0.1:1/none")
    tried = []
    connect = store.database._backend.connect
    monkeypatch.setattr(store.database._backend, "connect", lambda: tried.append(1) or connect())
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be reached"):
            store.known("w", "u")
    assert len(tried) == 2


@pytest.mark.parametrize("sql", ["SELECT pg_sleep(30)", "SELECT count(*) FROM generate_series(1, 1000000000)"])
def test_a_statement_has_an_end_on_the_server_too(line, store, sql):
    before = line.opened
    with pytest.raises(StoreBusyError, match="did not finish a statement in time"):
        store.commit(Write(text(sql), {}))
    store.commit(AddExecution(run(1)))
    assert line.opened == before, "the connection is as good as before"


def test_a_statement_that_somebody_cancels_is_told_as_busy(postgres_url):
    store = Store(postgres_url)
    store.known("w", "u")
    pid = store.database._open().execute("SELECT pg_backend_pid()").fetchone()[0]
    inside = threading.Event()

    def cancel():
        inside.wait(10)
        with psycopg.connect(postgres_url, autocommit=True) as other:
            while not other.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'", [pid]
            ).fetchone():
                pass

    def work(transaction):
        inside.set()
        transaction.execute(text("SELECT pg_sleep(15)"))

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(StoreBusyError):
        store.database.write(work)
    thread.join(10)
    store.close()


@pytest.mark.parametrize(
    ("settings", "lock", "statement", "patience"),
    [
        ({}, "20s", "20200ms", 20.4),
        ({"lock_timeout": "1min"}, "1min", "60200ms", 60.4),
        ({"statement_timeout": "5min"}, "20s", "5min", 300.2),
        ({"lock_timeout": "2s", "statement_timeout": "3s"}, "2s", "3s", 3.2),
    ],
)
def test_the_users_limits_win_and_ours_follow_them(line, settings, lock, statement, patience):
    connection = Store(line.url(**settings)).database._backend.connect()
    assert connection.execute("SHOW lock_timeout").fetchone()[0] == lock
    assert connection.execute("SHOW statement_timeout").fetchone()[0] == statement
    assert connection.patience == pytest.approx(patience)
    assert connection.info.get_parameters()["tcp_user_timeout"] == "25000"
    connection.close()


def test_a_migration_has_its_time_and_then_the_usual_limits_hold(line, postgres_url):
    store = Store(line.url(**SHORT))
    with psycopg.connect(postgres_url, autocommit=True) as emptying:
        emptying.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with psycopg.connect(postgres_url) as other:
        other.execute(f"SELECT pg_advisory_xact_lock({postgres._MIGRATION})")
        thread = threading.Thread(target=store.known, args=("w", "u"))
        thread.start()
        waits = (
            "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND clock_timestamp() - query_start > '1s'"
        )
        with psycopg.connect(postgres_url, autocommit=True) as watching:
            while not watching.execute(waits).fetchone():
                assert thread.is_alive()
        other.rollback()
        thread.join(10)
    writer = store.database._open()
    assert writer.execute("SHOW statement_timeout").fetchone()[0] == "300ms"
    assert writer.patience == pytest.approx(0.5)
    store.close()


def test_a_listener_notices_that_its_line_is_dead(line, store, monkeypatch):
    monkeypatch.setattr(postgres, "_LISTEN_SECONDS", 0.0)
    looked = []

    def stopped():
        looked.append(1)
        if len(looked) == 2:
            line.dead = True
        return False

    with pytest.raises(StoreError, match="no answer from the server"):
        store.listen(pytest.fail, stopped)
    assert len(looked) == 2


def test_bytes_that_drip_in_do_not_prolong_the_wait():
    asked = []

    def dripping():
        while True:
            asked.append((yield 1))

    waiting = _within(-1, dripping())
    assert next(waiting) == 1
    with pytest.raises(Silence):
        waiting.send(1)
    assert asked == [1]


def test_an_answer_that_comes_late_is_still_an_answer():
    def answering():
        yield 1
        return "all"

    waiting = _within(-1, answering())
    next(waiting)
    with pytest.raises(StopIteration) as end:
        waiting.send(1)
    assert end.value.value == "all"
