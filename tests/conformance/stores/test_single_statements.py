"""What is one statement where a server is asked: sent without a transaction around it, and harmless when it comes twice."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from novu_core.errors import LeaseLostError, StoreError
from novu_core.storage.changes import AddExecution, ReopenExecution, SaveExecution, SaveOwnStep
from novu_core.storage.handing import ClaimThese
from novu_core.storage.rows import ExecutionRow
from tests.conformance.stores.samples import LATER, LEASE, NOW, message, run, running, step_of


def done(row: ExecutionRow) -> ExecutionRow:
    return replace(row, status="completed", due_at=None, completed_at=NOW)


def sent(store, row: ExecutionRow, number: int = 1) -> SaveOwnStep:
    return SaveOwnStep.of(row, step_of(row.execution_id, "in", "in_app", status="completed"), message(number, row))


@pytest.fixture
def statements(store, url):
    """What the writer of a store on PostgreSQL sends; ``lose`` has the next answers lost on their way."""
    if not url.startswith("postgresql"):
        pytest.skip("nothing is sent to a server")

    class Sent(list):
        lose = 0

    found = Sent()

    class Cursor(psycopg.Cursor):
        def execute(self, query, *args, **options):
            answer = super().execute(query, *args, **options)
            found.append(query.split()[0])
            if found.lose and query != "ROLLBACK":
                found.lose -= 1
                raise psycopg.OperationalError("the line is dead")
            return answer

    store.database._open().cursor_factory = Cursor
    return found


def test_a_step_and_its_message_are_stored_together_and_the_message_once(store):
    row = running(store, 1)
    store.commit(sent(store, row))
    store.commit(sent(store, row, 2))
    assert [step.status for step in store.steps("e0001")] == ["completed"]
    [found] = store.messages_of("e0001")
    assert (found.message_id, found.content) == ("m0001", message(1, row).content)


def test_who_has_lost_the_run_stores_neither(store):
    row = running(store, 1)
    store.claim(["w"], LATER, LATER, "another", 1)
    with pytest.raises(LeaseLostError):
        store.commit(sent(store, row))
    assert store.steps("e0001") == store.messages_of("e0001") == []


def test_an_end_is_no_earlier_owners(store):
    row = running(store, 1)
    [claimed] = store.claim(["w"], LATER, LATER, "another", 1)
    with pytest.raises(LeaseLostError):
        store.commit(SaveExecution(done(row)))
    store.commit(SaveExecution(done(claimed)))
    with pytest.raises(LeaseLostError):
        store.commit(SaveExecution(replace(done(claimed), completed_at=LATER)))
    with pytest.raises(LeaseLostError):
        store.commit(SaveExecution(done(run(9))))
    assert store.execution("e0001").completed_at == NOW


def of_step(row: ExecutionRow, status: str, **fields) -> SaveOwnStep:
    return SaveOwnStep.of(row, step_of(row.execution_id, "in", "in_app", status=status, **fields))


@pytest.mark.parametrize(
    ("ended", "late"), [("completed", "executing"), ("completed", "failed"), ("failed", "executing")]
)
def test_what_comes_late_does_not_reopen_a_step_that_has_ended(store, ended, late):
    row = running(store, 1)
    store.commit(of_step(row, "executing"))
    store.commit(of_step(row, ended, tries=2))
    store.commit(of_step(row, ended, tries=2))  # sent again, since its answer was lost
    with pytest.raises(LeaseLostError):
        store.commit(of_step(row, late, result={"password": "secret"}))
    [step] = store.steps("e0001")
    assert (step.status, step.tries, step.result) == (ended, 2, None)


@pytest.mark.parametrize(
    "fields",
    [{"waiting_for": "retry", "resume_at": LATER, "due_at": LATER}, {"status": "completed", "completed_at": NOW}],
)
def test_a_step_ends_beside_one_that_made_the_run_wait_or_end(store, fields):
    row = running(store, 1)
    store.commit(SaveExecution(replace(row, **fields)))
    store.commit(sent(store, row))
    assert [step.status for step in store.steps("e0001")] == ["completed"]
    assert len(store.messages_of("e0001")) == 1


def test_a_failed_step_that_is_retried_is_saved_again(store):
    row = running(store, 1)
    store.commit(of_step(row, "failed"))
    store.commit(SaveExecution(replace(done(row), status="failed")))
    [row] = store.commit(ReopenExecution("e0001", NOW, LEASE, "me", frozenset({"w"})))
    store.commit(of_step(row, "executing", tries=1), of_step(row, "completed"))
    assert [step.status for step in store.steps("e0001")] == ["completed"]


def test_no_transaction_is_begun_for_one_statement(store, statements):
    row = running(store, 1)
    statements.clear()
    store.commit(sent(store, row))
    store.commit(SaveExecution(done(row)))
    store.commit(ClaimThese("", ["e0001"], ["w"], NOW, LEASE, "me"))
    assert statements == ["WITH", "UPDATE", "WITH"]
    statements.clear()
    waiting = replace(running(store, 2), waiting_for="delay", resume_at=LATER, due_at=LATER)
    store.commit(SaveExecution(waiting))
    assert {"BEGIN", "COMMIT"} < set(statements)
    row = running(store, 3)
    statements.clear()
    store.commit(SaveExecution(row))  # coming late, it would take back what its lease was renewed to
    assert {"BEGIN", "COMMIT"} < set(statements)


def test_one_whose_answer_was_lost_is_sent_again(store, statements):
    row = running(store, 1)
    store.commit(AddExecution(run(2)))
    for change in (sent(store, row), SaveExecution(done(row))):
        statements.lose = 1
        store.commit(change)
    assert store.execution("e0001").status == "completed"
    assert len(store.messages_of("e0001")) == 1
    statements.lose = 1
    claim = ClaimThese("", ["e0002"], ["w"], NOW, LEASE, "me")
    assert store.commit(claim) == [[]]  # it is nobody else's, and left to its lease
    assert (store.execution("e0002").owner, store.execution("e0002").fence) == ("me", 1)
    statements.lose = 99
    with pytest.raises(StoreError):
        store.commit(sent(store, row))
