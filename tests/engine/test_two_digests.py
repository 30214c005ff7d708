"""More digests than one in a workflow, their keys, and failures around them."""

from __future__ import annotations

import pytest

from tests.engine.conftest import ADA
from tests.providers import Refusing

MAIL = {"subject": "s", "body": "b"}


def numbers(batch):
    return [event["payload"]["n"] for event in batch.events]


def test_a_later_digest_counts_events_and_not_runs(env, registry):
    bells, mails = [], []

    @registry.workflow("w")
    def w(payload, step):
        minute = step.digest("minute", {"amount": 60, "unit": "seconds"})
        step.custom("bell", lambda: bells.append(numbers(minute)) or {})
        hour = step.digest("hour", {"amount": 60, "unit": "minutes"})
        step.custom("mail", lambda: mails.append((hour.event_count, numbers(hour))) or {})

    for n in range(3):
        w.trigger(to=ADA, payload={"n": n})
    env.advance(minutes=1)
    for n in range(3, 8):
        w.trigger(to=ADA, payload={"n": n})
    env.advance(hours=2)
    assert bells == [[0, 1, 2], [3, 4, 5, 6, 7]]
    assert mails == [(8, [0, 1, 2, 3, 4, 5, 6, 7])]


def test_three_digests_and_one_that_passes_straight_through(env, registry):
    seen = []

    @registry.workflow("w")
    def w(payload, step):
        step.digest("a", {"amount": 1, "unit": "minutes"})
        b = step.digest("b", {"amount": 1, "unit": "hours", "lookBackWindow": {"amount": 1, "unit": "days"}})
        c = step.digest("c", {"amount": 1, "unit": "days"})
        step.custom("note", lambda: seen.append((numbers(b), numbers(c))) or {})

    for n in range(2):
        w.trigger(to=ADA, payload={"n": n})
    env.advance(days=2)
    assert seen == [([0, 1], [0, 1])]


@pytest.mark.parametrize(
    ("key", "groups"),
    [
        ("payload.post.id", [[0, 2], [1]]),
        ("payload.post", [[0, 2], [1]]),
        ("payload.none", [[0, 1, 2]]),
        ("post.id", [[0, 1, 2]]),
        ("literal", [[0, 1, 2]]),
    ],
)
def test_the_key_of_a_digest_is_a_path_below_payload_or_the_value_itself(env, registry, key, groups):
    seen = []

    @registry.workflow("w")
    def w(payload, step):
        batch = step.digest("d", {"amount": 1, "unit": "hours", "digestKey": key})
        step.custom("note", lambda: seen.append(numbers(batch)) or {})

    for n, post in enumerate((1, 2, 1)):
        w.trigger(to=ADA, payload={"n": n, "post": {"id": post}})
    env.advance(hours=1)
    assert sorted(seen) == groups


@pytest.mark.parametrize(("key", "passed"), [("payload.post.id", 2), ("post.id", 1), ("literal", 1)])
def test_the_key_of_a_throttle_is_read_alike(env, registry, key, passed):
    @registry.workflow("w")
    def w(payload, step):
        step.throttle("t", {"amount": 1, "unit": "hours", "throttleKey": key})
        step.in_app("bell", {"body": "b"})

    for post in (1, 2, 1):
        w.trigger(to=ADA, payload={"post": {"id": post}})
    assert len(env.outbox) == passed


@pytest.fixture
def down(env_with):
    provider = Refusing(ValueError("refused"))
    return env_with(provider), provider


@pytest.mark.parametrize(("ends", "outcome"), [("digest", "merged"), ("throttle", "throttled")])
def test_a_failed_delivery_before_a_run_ends_early_can_be_sent_again(down, registry, ends, outcome):
    env, provider = down
    collected = []

    @registry.workflow("w")
    def w(payload, step):
        step.email("mail", MAIL)
        result = getattr(step, ends)("s", {"amount": 1, "unit": "hours"})
        step.custom("later", lambda: collected.append(len(result.events) if ends == "digest" else 1) or {})

    first, second = w.trigger(to=ADA, payload={}), w.trigger(to=ADA, payload={})
    assert (second.status, second.outcome, second.error["step_id"]) == ("failed", "partial", "mail")
    stored = env.client.executions.get(second.execution_id)
    assert stored.merged_into == (first.execution_id if ends == "digest" else None)
    assert [step.reason for step in stored.steps if step.step_id == "later"] == [outcome]

    provider.down = False
    again = env.client.executions.retry(second.execution_id)
    assert (again.status, again.outcome, again.error) == ("completed", outcome, None)
    assert [message.execution_id for message in provider.sent] == [second.execution_id]
    env.advance(hours=1)
    assert collected == ([2] if ends == "digest" else [1])  # its event stayed, and it ran no further


def test_a_redrive_that_fails_again_is_partial_again(down, registry):
    env, _ = down

    @registry.workflow("w")
    def w(step):
        step.email("mail", MAIL)
        step.digest("d", {"amount": 1, "unit": "hours"})

    w.trigger(to=ADA)
    second = w.trigger(to=ADA)
    again = env.client.executions.retry(second.execution_id)
    assert (again.status, again.outcome) == ("failed", "partial")


def deployed(registry):
    """A digest that notes its events, unless its code is broken, and what breaks it and what it noted."""
    broken, seen = [False], []

    @registry.workflow("w")
    def w(payload, step):
        if broken[0]:
            raise RuntimeError("a bad deploy")
        batch = step.digest("d", {"amount": 1, "unit": "hours"})
        step.custom("note", lambda: seen.append(numbers(batch)) or {})

    return w, broken, seen


def test_an_opener_that_failed_keeps_the_due_time_of_its_window(env, registry):
    w, broken, seen = deployed(registry)
    run = w.trigger(to=ADA, payload={"n": 1})
    broken[0] = True
    env.client.engine.parts.store.database.write(
        lambda transaction: transaction.execute(_due_now(run.execution_id, env))
    )
    env.run_due()
    assert env.client.executions.get(run.execution_id).status == "failed"

    broken[0] = False
    env.advance(minutes=30)
    again = env.client.executions.retry(run.execution_id)
    assert again.resume_at.isoformat() == "2026-01-05T10:00:00+00:00"
    env.advance(minutes=30)
    assert seen == [[1]]


def test_an_opener_that_is_retried_after_its_window_goes_on_at_once(env, registry):
    w, broken, seen = deployed(registry)
    run = w.trigger(to=ADA, payload={"n": 1})
    broken[0] = True
    env.advance(hours=1)
    broken[0] = False
    env.advance(hours=5)
    again = env.client.executions.retry(run.execution_id)
    assert again.status == "completed"
    assert seen == [[1]]


def _due_now(execution_id, env):
    from sqlalchemy import update

    from novu_core.clock import micros
    from novu_core.storage.tables import executions

    return update(executions).where(executions.c.execution_id == execution_id).values(due_at=micros(env.clock.now()))


@pytest.fixture
def outage(env, registry):
    """Five runs of one window, of which all failed as it closed: the code was broken. It is mended then."""
    w, broken, seen = deployed(registry)
    runs = [w.trigger(to=ADA, payload={"n": number}).execution_id for number in range(5)]
    broken[0] = True
    env.advance(hours=2)
    assert {env.client.executions.get(run).status for run in runs} == {"failed"}
    broken[0] = False
    env.advance(hours=1)
    return w, runs, seen, broken


def ends(env, runs):
    return [env.client.executions.get(run).outcome or env.client.executions.get(run).status for run in runs]


def test_retried_runs_of_one_passed_window_are_one_digest_again(env, outage):
    _, runs, seen, _ = outage
    for run in runs:
        env.client.executions.retry(run)
    env.run_due()
    assert seen == [[0, 1, 2, 3, 4]]
    assert ends(env, runs) == ["completed", "merged", "merged", "merged", "merged"]
    assert {env.client.executions.get(run).merged_into for run in runs[1:]} == {runs[0]}


def test_those_that_are_retried_within_a_minute_are_one_digest(env, outage):
    _, runs, seen, _ = outage
    assert env.client.executions.retry(runs[3]).waiting_for == "digest"
    env.advance(seconds=30)
    assert env.client.executions.retry(runs[1]).outcome == "merged"
    env.advance(seconds=29)
    assert seen == []
    env.advance(seconds=1)
    assert seen == [[3, 1]]
    for run in (runs[0], runs[2], runs[4]):
        env.client.executions.retry(run)
    env.run_due()
    assert seen == [[3, 1], [0, 2, 4]]


def test_they_join_a_window_of_the_present_and_do_not_close_it(env, outage):
    w, runs, seen, _ = outage
    opener = w.trigger(to=ADA, payload={"n": 9})
    for run in runs:
        assert env.client.executions.retry(run).merged_into == opener.execution_id
    env.advance(minutes=59)
    assert seen == []
    env.advance(minutes=1)
    assert [sorted(batch) for batch in seen] == [[0, 1, 2, 3, 4, 9]]


def test_they_fail_again_and_are_gathered_once_more(env, outage):
    _, runs, seen, broken = outage
    for run in runs:
        env.client.executions.retry(run)
    broken[0] = True
    env.run_due()
    assert {env.client.executions.get(run).status for run in runs} == {"failed"}
    broken[0] = False
    env.advance(minutes=5)
    for run in reversed(runs):
        env.client.executions.retry(run)
    env.run_due()
    assert [sorted(batch) for batch in seen] == [[0, 1, 2, 3, 4]]


def test_others_that_are_canceled_or_somebody_elses_are_not_waited_for(env, registry):
    w, broken, seen = deployed(registry)
    mine, other = (w.trigger(to=who, payload={"n": 1}).execution_id for who in ("ada", "bob"))
    broken[0] = True
    env.advance(hours=2)
    broken[0] = False
    for run in (mine, other):
        assert env.client.executions.retry(run).status == "completed"
    assert seen == [[1], [1]]
