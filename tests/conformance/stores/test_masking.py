"""Secrets of payloads are hidden once a run has completed, in each database."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from novu_core.delivery import Router
from novu_core.storage.masking import MASKED
from novu_core.storage.tables import metadata
from novu_core.testing import NovuEnvironment
from tests.providers import Refusing

HOUR = {"amount": 1, "unit": "hours"}
SECRET = "s3cret-4711"
PAYLOAD = {"name": "Ada", "resetToken": SECRET, "user": {"otp": 123456, "codes": [SECRET], "active_code": True}}
HIDDEN = {"name": "Ada", "resetToken": MASKED, "user": {"otp": MASKED, "codes": MASKED, "active_code": True}}


@pytest.fixture
def go(env, registry):
    @registry.workflow("plain")
    def plain(payload, step):
        step.in_app("bell", {"body": f"Hello {payload['name']}"}, skip_condition="payload.resetToken == 'other'")
        step.in_app("never", {"body": "b"}, skip_condition=f"payload.resetToken == '{SECRET[:2]}' or payload.name")

    @registry.workflow("mail")
    def mail(payload, step):
        step.email("mail", {"subject": "s", "body": payload["name"]})

    @registry.workflow("batch")
    def batch(payload, step):
        events = step.digest("hourly", HOUR).events
        step.in_app("bell", {"body": f"{len(events)} {events[0]['payload']['resetToken'] == SECRET}"})

    @registry.workflow("limited")
    def limited(payload, step):
        step.throttle("once", {"type": "fixed", **HOUR, "threshold": 1})
        step.in_app("bell", {"body": "b"})

    @registry.workflow("broken")
    def broken(payload, step):
        step.custom("look", lambda: 1 / 0)

    def trigger(workflow, to="ada", **options):
        person = {"subscriberId": to, "email": f"{to}@example.org"}
        return env.client.workflows[workflow].trigger(to=person, payload=PAYLOAD, **options)

    return trigger


@pytest.fixture
def history(env):
    """The payload of each run by its outcome, and all that the database says, as one text."""

    def look():
        found = [run.payload.data for run in env.client.executions.list().items]

        def read(transaction):
            return " ".join(str(row) for select in SELECT for row in transaction.rows(select))

        return found, env.client.engine.parts.store.database.read(read)

    return look


SELECT = [text(f"SELECT * FROM {table.name}") for table in metadata.sorted_tables]


def test_a_completed_run_hides_them(go, history):
    result = go("plain")
    assert result.payload.data == PAYLOAD  # whoever triggers it knows them
    found, stored = history()
    assert found == [HIDDEN]
    assert SECRET not in stored
    assert "123456" not in stored
    assert '"payload.name":"Ada"' in stored
    assert f'"payload.resetToken":"{MASKED}"' in stored


def test_a_run_that_waits_needs_them(env, go, history):
    go("batch")
    assert history()[0] == [PAYLOAD]


def test_a_digest_sends_them_and_hides_those_of_all_its_events(env, go, history):
    for _ in range(3):
        go("batch")
    assert history()[0] == [PAYLOAD] * 3
    env.advance(hours=1)
    found, stored = history()
    assert found == [HIDDEN] * 3
    assert SECRET not in stored
    assert [message.content["body"] for message in env.client.messages.list()] == ["3 True"]


def test_one_that_takes_over_a_digest_has_them_still(env, go, history):
    first = go("batch")
    go("batch")
    env.client.executions.cancel(first.execution_id)
    found, _ = history()
    assert found == [PAYLOAD, HIDDEN]
    env.advance(hours=1)
    assert [message.content["body"] for message in env.client.messages.list()] == ["1 True"]
    assert SECRET not in history()[1]


def test_one_that_is_canceled_after_its_digest_hides_those_of_all_its_events(env, registry, go, history):
    @registry.workflow("slow")
    def slow(payload, step):
        step.digest("hourly", HOUR)
        step.digest("daily", {"amount": 1, "unit": "days"})

    first = go("slow")
    go("slow")
    env.advance(hours=1)
    go("slow")
    env.advance(hours=1)
    assert history()[0] == [PAYLOAD] * 3
    env.client.executions.cancel(first.execution_id)
    found, _ = history()
    assert found == [PAYLOAD, HIDDEN, HIDDEN]  # the last one goes on in its place
    env.advance(days=1)
    found, stored = history()
    assert found == [HIDDEN] * 3
    assert SECRET not in stored


def test_a_failed_run_keeps_them_for_its_retry(env, go, history):
    env.client.engine.parts.router = Router({"email": Refusing(ValueError("no"))})
    failed = go("mail")
    go("broken")
    assert history()[0] == [PAYLOAD] * 2
    env.client.engine.parts.router = Router({"email": env.outbox})
    env.client.executions.retry(failed.execution_id)
    assert history()[0] == [PAYLOAD, HIDDEN]


def test_runs_that_are_throttled_or_canceled_hide_them(env, go, history):
    go("limited")
    go("limited")
    assert history()[0] == [HIDDEN] * 2
    waiting = go("plain", to="bob", wait=False)
    env.client.executions.cancel(waiting.execution_id)
    go("plain", to="cyd", wait=False, transaction_id="t")
    assert env.client.executions.cancel_all("t") == 1
    go("plain", to="dan", wait=False, transaction_id="t")
    found, stored = history()
    assert found == [HIDDEN] * 5
    assert SECRET not in stored


@pytest.mark.parametrize("canceled", [False, True])
def test_a_fan_out_that_has_ended_hides_them(env, go, history, canceled):
    env.client.topics.subscribe("all", ["ada", "bob"])
    plain = env.client.workflows["plain"]
    topic = {"type": "Topic", "topicKey": "all"}
    plain.trigger(to=topic, payload=PAYLOAD, transaction_id="t")
    assert SECRET in history()[1]
    if canceled:
        env.client.executions.cancel_all("t")
        plain.trigger(to={**topic, "topicKey": "none"}, payload=PAYLOAD, transaction_id="t")
    else:
        env.advance(seconds=1)
        assert history()[0] == [HIDDEN] * 2
    assert SECRET not in history()[1]


def test_what_has_no_secrets_is_written_once(env, registry, go):
    wrote = []
    database = env.client.engine.parts.store.database

    def counting(work, **options):
        wrote.append(work)
        return write(work, **options)

    write, database.write = database.write, counting
    env.client.workflows["mail"].trigger(to={"subscriberId": "ada", "email": "a@b.c"}, payload={"name": "Ada"})
    plain = len(wrote)
    go("mail")
    assert len(wrote) == 2 * plain  # and with secrets, in the same commits


def test_damaged_rows_stay_as_they_are(env, go, history):
    first, _ = go("batch"), go("batch")
    env.client.engine.parts.store.database.write(
        lambda each: each.execute(
            text("UPDATE novu_events SET payload = '{' WHERE execution_id <> :id"), {"id": first.execution_id}
        )
    )
    env.advance(hours=1)
    found, stored = history()
    assert found == [HIDDEN] * 2
    assert SECRET not in stored


def test_which_keys_are_hidden_is_a_setting(url, registry, go):
    settings = {"NOVU_MASKED_KEYS": "iban, customer_no"}
    with NovuEnvironment(workflows=registry, settings=settings) as env:
        payload = {"name": "Ada", "IBAN": "DE1", "customerNo": 5, "token": "shown", "number": 6}
        env.client.workflows["plain"].trigger(to="ada", payload={**payload, "resetToken": "x"})
        [run] = env.client.executions.list().items
    assert run.payload.data == {**payload, "resetToken": "x", "IBAN": MASKED, "customerNo": MASKED}
    with NovuEnvironment(workflows=registry, settings={"NOVU_MASKED_KEYS": []}) as env:
        env.client.workflows["plain"].trigger(to="ada", payload=PAYLOAD)
        assert env.client.executions.list().items[0].payload.data == PAYLOAD
