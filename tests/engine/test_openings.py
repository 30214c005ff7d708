"""A new run that goes on at once is stored with what it commits first: one commit, and before anything leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core.errors import StoreError, WorkflowNotActiveError
from novu_core.records.executions import ExecutionStatus
from tests.engine.conftest import ADA

HOUR = {"amount": 1, "unit": "hours"}
KINDS = {
    "nothing": (lambda step: None, 1),
    "in_app": (lambda step: step.in_app("it", {"body": "b"}), 2),
    "digest": (lambda step: step.digest("it", HOUR), 1),
    "delay": (lambda step: step.delay("it", HOUR), 1),
    "throttle": (lambda step: step.throttle("it", HOUR), 2),
    "skipped": (lambda step: step.email("it", {"subject": "s", "body": "b"}, skip=True), 2),
    "failed": (lambda step: step.in_app("it", lambda: 1 / 0), 2),
    "email": (lambda step: step.email("it", {"subject": "s", "body": "b"}), 3),
    "custom": (lambda step: step.custom("it", dict), 3),
}


@pytest.fixture
def commits(env):
    """How many transactions the store has committed since."""
    env.client.executions.list()  # opens it
    database = env.client.engine.parts.store.database
    before = database._committed
    return lambda: database._committed - before


@pytest.mark.parametrize(("body", "count"), KINDS.values(), ids=KINDS)
def test_the_run_and_its_first_step_share_a_commit(env, registry, commits, body, count):
    registry.workflow("w")(lambda step: body(step) and None)
    result = env.trigger("w", ADA)
    assert commits() == count
    stored = env.client.executions.get(result.execution_id)
    assert (stored.status, stored.waiting_for, stored.step_results) == (
        result.status,
        result.executions[0].waiting_for,
        result.step_results,
    )


@pytest.mark.parametrize("kind", ["digest", "throttle"])
def test_a_run_that_ends_at_its_first_step_is_one_commit_with_what_it_skips(env, registry, commits, kind):
    @registry.workflow("w")
    def w(step):
        getattr(step, kind)("it", HOUR)
        step.in_app("later", {"body": "b"})

    first = env.trigger(w, ADA)
    before = commits()
    result = env.trigger(w, {**ADA, "firstName": "Augusta"})
    assert commits() - before == 1
    stored = env.client.executions.get(result.execution_id)
    reason = "merged" if kind == "digest" else "throttled"
    assert (stored.status, stored.outcome) == (result.status, result.outcome) == ("completed", reason)
    assert [step.reason for step in stored.steps][1:] == [reason]
    assert [step.completed_at for step in stored.steps][1:] == [stored.completed_at]
    assert stored.merged_into == (first.execution_id if kind == "digest" else None)
    assert env.client.subscribers.get(ADA["subscriberId"]).first_name == "Augusta"


@pytest.mark.parametrize("options", [{"transaction_id": "t1"}, {"to": [ADA, "bob"]}])
def test_a_run_that_may_be_a_repeat_or_waits_for_its_turn_is_stored_before(env, registry, options):
    seen = []

    def content():
        seen.append(len(env.client.executions.list().items))
        return {"body": "b"}

    @registry.workflow("w")
    def w(step):
        step.in_app("it", content)

    runs = env.trigger(w, **{"to": ADA, **options}).executions
    assert seen == [len(runs)] * len(runs)


@pytest.mark.parametrize("kind", ["custom", "email", "attachment"])
def test_whatever_leaves_finds_the_run_stored(env_with, registry, kind):
    found = []

    def look():
        found.extend(run.status for run in env.client.executions.list().items)
        return {}

    class Provider:
        def send(self, message):
            look()

    @registry.workflow("w")
    def w(step):
        if kind == "custom":
            step.custom("it", look)
        files = [{"content": b"x", "name": "a.txt"}] if kind == "attachment" else []
        step.email("mail", {"subject": "s", "body": "b", "attachments": files})

    env = env_with(Provider())
    assert env.trigger(w, ADA).status == "completed"
    assert found
    assert set(found) == {ExecutionStatus.RUNNING}


def test_a_long_first_step_keeps_its_run(env, registry):
    """Its lease begins with its commit, and nobody takes it for lost before."""

    def slow():
        env.clock.advance(timedelta(seconds=100))
        env.client.engine.runner.active.beat()
        return {"body": "b"}

    def after():
        row = env.client.engine.parts.store.list_executions(limit=1)[0]
        assert row.due_at == env.clock.now() + env.client.engine.parts.lease
        assert not env.client.engine.runner.active.lost(row)
        assert env.client.worker.run_due() == 0
        return {}

    @registry.workflow("w")
    def w(step):
        step.in_app("it", slow)
        step.custom("after", after)

    assert env.trigger(w, ADA).status == "completed"


def test_a_draft_runs_nothing(env, registry):
    calls = []

    @registry.workflow("w", status="draft")
    def w(step):
        step.in_app("it", lambda: calls.append(1) or {"body": "b"})

    with pytest.raises(WorkflowNotActiveError):
        env.trigger(w, ADA)
    assert (calls, env.client.executions.list().items) == ([], [])


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_before_the_first_step_leaves_the_run_to_a_worker(env, registry, interrupt):
    calls = []

    def content():
        calls.append(1)
        if len(calls) == 1:
            raise interrupt
        return {"body": "b"}

    @registry.workflow("w")
    def w(step):
        step.in_app("it", content)

    with pytest.raises(interrupt):
        env.trigger(w, ADA)
    env.advance(seconds=30)
    [run] = env.client.executions.list().items
    assert (run.status, len(calls)) == ("completed", 2)


@pytest.mark.parametrize("refused", [0, 1])
def test_a_store_that_is_away_says_so_and_keeps_what_it_has(env, registry, monkeypatch, refused):
    """The first commit or the second: the caller is told, and what was stored goes on."""

    @registry.workflow("w")
    def w(step):
        step.in_app("it", {"body": "b"})

    store, commit, calls = env.client.engine.parts.store, env.client.engine.parts.store.commit, []

    def away(*changes, **options):
        calls.append(1)
        if len(calls) == refused + 1:
            raise StoreError("gone")
        return commit(*changes, **options)

    monkeypatch.setattr(store, "commit", away)
    with pytest.raises(StoreError):
        env.trigger(w, ADA)
    env.advance(seconds=30)
    assert [run.status for run in env.client.executions.list().items] == ["completed"] * refused
    assert len(env.client.messages.list().items) == refused


def test_listeners_hear_of_a_run_when_it_is_stored(env, registry):
    heard = []

    def content():
        assert heard == []
        return {"body": "b"}

    @registry.workflow("w")
    def w(step):
        step.in_app("it", content)

    env.client.engine.parts.events.listeners.append(lambda name, **fields: heard.append(name))
    env.trigger(w, ADA)
    assert heard == ["execution_started", "step_completed", "message_sent", "execution_completed"]


def test_what_is_new_of_a_subscriber_is_stored_with_the_run(env, registry):
    def content():
        assert env.client.subscribers.list().items == []
        return {"body": "b"}

    @registry.workflow("w")
    def w(step):
        step.in_app("it", content)

    env.trigger(w, ADA)
    assert env.client.subscribers.get("ada").email == "ada@example.org"


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_the_interrupt_though_the_store_is_away(env, registry, monkeypatch, interrupt):
    def content():
        raise interrupt

    @registry.workflow("w")
    def w(step):
        step.in_app("it", content)

    def away(*changes, **options):
        raise StoreError("gone")

    env.client.executions.list()
    with monkeypatch.context() as patched:
        patched.setattr(env.client.engine.parts.store, "commit", away)
        with pytest.raises(interrupt):
            env.trigger(w, ADA)
    assert env.client.executions.list().items == []
