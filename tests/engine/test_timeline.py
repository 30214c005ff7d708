"""A run as the Studio shows it: while it goes on, after a deploy that changed its workflow, and moved from outside."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from sqlalchemy import text

from novu_core import Client, ManualClock, Registry
from novu_core.errors import InvalidTransitionError
from novu_core.storage.moves import ReopenExecutions

HOUR = {"amount": 1, "unit": "hours"}


def test_a_run_that_goes_on_says_where_it_stands(env, registry):
    seen = []

    @registry.workflow("w")
    def w(step):
        def look():
            [run] = env.client.executions.summaries()
            seen.append(env.client.executions.timeline(run.execution_id))
            with pytest.raises(InvalidTransitionError, match="waits for nothing"):
                env.client.executions.wake(run.execution_id)

        step.in_app("before", {"body": "b"})
        step.custom("look", look)
        step.in_app("after", {"body": "b"})

    env.trigger(w, to="ada")
    assert seen[0].current_step == "look"
    assert [(step.step_id, step.status) for step in seen[0].steps][0::2] == [
        ("before", "completed"),
        ("after", "pending"),
    ]


@pytest.fixture
def deploys(tmp_path):
    """Return a function: a client of the next deploy, with this function as the workflow ``w``, or without it."""
    clock, clients = ManualClock(datetime(2026, 1, 5, 9, tzinfo=timezone.utc)), []

    def deploy(function):
        registry = Registry()
        if function is not None:
            registry.workflow("w")(function)
        clients.append(Client({"store_url": f"sqlite:///{tmp_path}/novu.db", "worker": "none"}, registry, clock=clock))
        return clients[-1]

    yield deploy
    for client in clients:
        client.close()


def before(step):
    step.in_app("first", {"body": "b"})
    step.in_app("old", {"body": "b"})
    step.delay("pause", HOUR)


def after(step):
    step.in_app("new", {"body": "b"})
    step.in_app("first", {"body": "b"})
    step.delay("pause", HOUR)
    step.in_app("last", {"body": "b"})


def test_steps_of_an_earlier_version_stand_where_they_stood(deploys):
    run = deploys(before).trigger("w", "ada")
    steps = deploys(after).executions.timeline(run.execution_id).steps
    assert [step.step_id for step in steps] == ["new", "first", "old", "pause", "last"]
    assert [step.status for step in steps] == ["pending", "completed", "completed", "executing", "pending"]
    steps = deploys(None).executions.timeline(run.execution_id).steps
    assert [(step.step_id, step.name) for step in steps] == [("first", None), ("old", None), ("pause", None)]


def test_a_wait_is_ended_for_whoever_has_the_workflow(deploys):
    old = deploys(before)
    run = old.trigger("w", "ada")
    woken = deploys(None).executions.wake(run.execution_id)
    assert (woken.status, woken.waiting_for) == ("running", "delay")
    assert old.worker.run_due() == 1
    assert old.executions.get(run.execution_id).status == "completed"


def test_of_many_those_are_reopened_that_still_failed(deploys):
    def fails(step):
        step.custom("look", lambda: 1 / 0)

    client = deploys(fails)
    ids = [client.trigger("w", name).execution_id for name in ("ada", "bob")]
    done = deploys(before).trigger("w", "cleo").execution_id
    store, now = client.engine.parts.store, client.clock.now()
    assert store.commit(ReopenExecutions([ids[0], done, "nobody", ids[1], ids[0]], now, store.app)) == [2]
    assert [client.executions.get(each).status for each in ids] == ["pending", "pending"]


def test_an_event_that_cannot_be_read_hides_no_other(env, registry):
    @registry.workflow("batch")
    def batch(step):
        step.digest("post", HOUR)

    first, second = (env.trigger(batch, to="ada", payload={"n": n}).execution_id for n in (1, 2))
    store = env.client.engine.parts.store
    change = text("UPDATE novu_events SET payload = 'x' WHERE execution_id = :it").bindparams(it=first)
    store.database.write(lambda t: t.execute(change))
    damaged, whole = env.client.executions.events(first).items
    assert (damaged["id"], damaged["payload"], "unreadable" in damaged) == (first, None, True)
    assert (whole["id"], whole["payload"]) == (second, {"n": 2})
    store.database.write(lambda t: t.execute(text("UPDATE novu_windows SET due_at = 'x'")))
    assert env.client.executions.events(first).due_at is None


def test_the_source_of_an_e_mail_leaves_out_files_that_are_only_described(env, registry):
    @registry.workflow("order")
    def order(step):
        files = [{"name": "order.txt", "content": b"abc", "type": "text/plain"}]
        step.email("mail", lambda: {"subject": "s", "body": "b", "attachments": files})

    env.trigger(order, to={"subscriberId": "ada", "email": "ada@example.org"})
    [message] = env.client.messages.list()
    assert message.content["attachments"][0]["name"] == "order.txt"
    email = env.client.messages.letter(message.message_id)
    assert (email["Subject"], email.get_body(("plain",)).get_content().strip()) == ("s", "b")
    assert not [part for part in email.walk() if part.get_filename()]
