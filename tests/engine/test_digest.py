"""Digests: events of one bucket are one notification, each told exactly once."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import croniter
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core import CronExpression, Registry, Workflow
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA


@pytest.fixture
def summary(registry):
    @registry.workflow("summary")
    def summary(payload, step):
        batch = step.digest("hourly", {"amount": 1, "unit": "hours", "digestKey": payload.get("post", "")})
        step.email(
            "mail",
            lambda: {
                "subject": f"{batch.event_count}",
                "body": ",".join(str(event["payload"]["n"]) for event in batch.events),
            },
        )

    return summary


@pytest.mark.mission("P-SC-005")
@pytest.mark.mission("P-US2.2")
def test_a_hundred_events_in_one_window_are_one_notification(env, summary):
    results = [env.trigger(summary, to=ADA, payload={"n": number}) for number in range(100)]
    assert results[0].waiting_for == "digest"
    assert {result.outcome for result in results[1:]} == {"merged"}
    assert {result.executions[0].merged_into for result in results[1:]} == {results[0].execution_id}

    env.advance(hours=1)

    [mail] = env.outbox.email
    assert mail.content["subject"] == "100"
    assert mail.content["body"] == ",".join(map(str, range(100)))
    assert env.client.executions.get(results[0].execution_id).status == "completed"


def test_joins_do_not_extend_the_window_and_a_later_event_opens_another(env, summary):
    env.trigger(summary, to=ADA, payload={"n": 1})
    env.advance(minutes=59)
    env.trigger(summary, to=ADA, payload={"n": 2})
    env.advance(minutes=1)
    env.trigger(summary, to=ADA, payload={"n": 3})
    assert [mail.content["body"] for mail in env.outbox.email] == ["1,2"]
    env.advance(hours=1)
    assert [mail.content["body"] for mail in env.outbox.email] == ["1,2", "3"]


def test_buckets_are_apart_by_key_subscriber_and_context(env, summary):
    for options in ({"payload": {"n": 1, "post": "a"}}, {"payload": {"n": 2, "post": "b"}},
                    {"payload": {"n": 3, "post": "a"}, "context": {"tenant": "x"}}):  # fmt: skip
        assert env.trigger(summary, to=ADA, **options).waiting_for == "digest"
    assert (
        env.trigger(summary, to={**ADA, "subscriberId": "ben"}, payload={"n": 4, "post": "a"}).waiting_for == "digest"
    )
    env.advance(hours=1)
    assert sorted(mail.content["body"] for mail in env.outbox.email) == ["1", "2", "3", "4"]


def test_two_digests_of_one_workflow_do_not_merge_into_each_other(env, registry):
    @registry.workflow("two")
    def two(step):
        first = step.digest("first", {"amount": 1, "unit": "hours"})
        second = step.digest("second", {"amount": 1, "unit": "hours"})
        step.in_app("told", lambda: {"body": f"{first.event_count} then {second.event_count}"})

    env.trigger(two, to="ada")
    env.advance(hours=1)
    env.trigger(two, to="ada")
    env.advance(hours=2)
    assert [message.content["body"] for message in env.outbox.in_app] == ["1 then 1", "1 then 1"]


@pytest.mark.mission("P-FR-004")
def test_a_timed_digest_flushes_at_the_tick_in_the_subscribers_time_zone(env, registry):
    @registry.workflow("daily")
    def daily(step):
        batch = step.digest("nine", {"cron": "0 9 * * *"})
        step.in_app("told", lambda: {"body": str(batch.event_count)})

    berlin = env.trigger(daily, to={"subscriberId": "b", "timezone": "Europe/Berlin"})
    utc = env.trigger(daily, to="u")
    assert berlin.resume_at - env.clock.now() == timedelta(hours=23)  # it is 10 o'clock there
    assert utc.resume_at - env.clock.now() == timedelta(hours=24)
    env.trigger(daily, to="u")
    env.advance(days=1)
    assert sorted(message.content["body"] for message in env.outbox.in_app) == ["1", "2"]
    assert CronExpression.EVERY_DAY_AT_9AM


def test_croniter_decides_when_a_timed_digest_is_due(env, registry, monkeypatch):
    @registry.workflow("daily")
    def daily(step):
        step.digest("nine", {"cron": "0 9 * * *"})

    late = datetime(2026, 6, 1, 12, 34, 56)
    monkeypatch.setattr(croniter.croniter, "get_next", lambda self, kind: late)
    assert env.trigger(daily, to="u").resume_at == late.replace(tzinfo=timezone.utc)


def test_look_back_passes_a_lonely_event_straight_through(env, registry):
    @registry.workflow("back")
    def back(payload, step):
        config = {"amount": 10, "unit": "minutes", "lookBackWindow": {"amount": 5, "unit": "minutes"}}
        batch = step.digest("d", config)
        step.in_app("told", lambda: {"body": ",".join(str(event["payload"]["n"]) for event in batch.events)})

    assert env.trigger(back, to="ada", payload={"n": 1}).status == "completed"
    env.advance(minutes=2)
    assert env.trigger(back, to="ada", payload={"n": 2}).waiting_for == "digest"
    assert env.trigger(back, to="ada", payload={"n": 3}).outcome == "merged"
    env.advance(minutes=10)
    assert [message.content["body"] for message in env.outbox.in_app] == ["1", "2,3"]
    env.advance(minutes=30)
    assert env.trigger(back, to="ada", payload={"n": 4}).status == "completed"


def test_cancel_of_the_opener_promotes_the_oldest_follower_at_the_same_time(env, summary):
    opener, second, third = (env.trigger(summary, to=ADA, payload={"n": number}) for number in (1, 2, 3))
    env.advance(minutes=30)
    env.client.executions.cancel(opener.execution_id)

    promoted = env.client.executions.get(second.execution_id)
    assert (promoted.status, promoted.waiting_for, promoted.outcome) == ("running", "digest", None)
    assert promoted.resume_at == opener.resume_at
    assert env.client.executions.get(third.execution_id).merged_into == second.execution_id
    env.advance(minutes=30)
    assert [mail.content["body"] for mail in env.outbox.email] == ["2,3"]


def test_cancel_of_a_follower_removes_its_event(env, summary):
    env.trigger(summary, to=ADA, payload={"n": 1})
    follower = env.trigger(summary, to=ADA, payload={"n": 2})
    assert env.client.executions.cancel(follower.execution_id).outcome == "canceled"
    env.advance(hours=1)
    assert [mail.content["body"] for mail in env.outbox.email] == ["1"]


def test_an_archived_workflow_lets_its_open_windows_finish(env, summary):
    env.trigger(summary, to=ADA, payload={"n": 1})
    env.client.workflows.archive("summary")
    env.advance(hours=1)
    assert len(env.outbox.email) == 1


@pytest.mark.mission("P-E3")
@pytest.mark.parametrize(
    "config",
    [
        {"cron": "61 * * * *"}, {"cron": ""}, {"cron": "0 0 31 2 *"}, {"amount": 0, "unit": "hours"},
        {"amount": -1, "unit": "hours"}, {"amount": 1, "unit": "fortnights"}, {"amount": 1, "unit": "hours", "cron": "* * * * *"},
        {}, {"amount": True, "unit": "hours"}, {"amount": float("inf"), "unit": "hours"},
    ],
)  # fmt: skip
def test_an_impossible_schedule_fails_the_run_and_sends_nothing(env, registry, config):
    @registry.workflow("bad")
    def bad(step):
        step.digest("window", lambda: config)
        step.email("mail", {"subject": "s", "body": "b"})

    result = env.trigger(bad, to=ADA)

    assert result.status == "failed"
    assert "window" in result.error["message"]
    if "cron" in config and "amount" not in config:
        assert config["cron"] in result.error["message"]
    assert len(env.outbox) == 0


EVENTS = st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["a", "b"]), st.sampled_from(["x", "y"])), max_size=12)


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_every_event_is_told_exactly_once_whatever_the_times(events):
    registry = Registry()

    @registry.workflow("w")
    def w(payload, step):
        batch = step.digest("d", {"amount": 1, "unit": "hours", "digestKey": payload["key"]})
        step.in_app("told", lambda: {"body": ",".join(event["payload"]["id"] for event in batch.events)})

    with NovuEnvironment(workflows=registry) as env:
        for number, (minutes, subscriber, key) in enumerate(events):
            env.advance(minutes=minutes)
            env.trigger(w, to=subscriber, payload={"key": key, "id": str(number)})
        env.advance(hours=2)
        told = [body for message in env.outbox.in_app for body in message.content["body"].split(",")]
        assert sorted(told, key=int) == [str(number) for number in range(len(events))]
        assert {run.status for run in env.client.executions.list(limit=100)} <= {"completed"}


@pytest.mark.mission("P-SC-005")
def test_a_hundred_events_in_one_window_make_one_notification():
    def body(step):
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.in_app("a", lambda: {"body": str(batch.event_count)})

    with NovuEnvironment(workflows=[Workflow("w", body)]) as env:
        for _ in range(100):
            env.trigger("w", to="ada")
        env.advance(hours=1)
        assert [message.body for message in env.outbox] == ["100"]


def test_a_digest_that_ends_the_function_merges_without_more_steps(env, registry):
    @registry.workflow("w")
    def w(step):
        step.digest("window", {"amount": 1, "unit": "hours"})

    first, second = (env.trigger(w, ADA) for _ in range(2))
    assert (first.waiting_for, second.outcome, len(second.steps)) == ("digest", "merged", 1)


def test_an_opener_that_fails_hands_its_window_to_the_next_event(env, registry):
    broken = []

    @registry.workflow("w")
    def w(payload, step):
        if broken and payload["n"] == 1:
            raise OSError("once, on the wake")
        batch = step.digest("d", {"amount": 1, "unit": "hours"})
        step.in_app("m", lambda: {"body": ",".join(str(event["payload"]["n"]) for event in batch.events)})

    opener = env.trigger(w, ADA, {"n": 1})
    followers = [env.trigger(w, ADA, {"n": n}) for n in (2, 3)]
    broken.append(True)
    env.advance(hours=1)
    failed = env.client.executions.get(opener.execution_id)
    assert (failed.status, failed.waiting_for, failed.resume_at) == ("failed", None, None)
    assert [message.content["body"] for message in env.outbox] == ["2,3"]
    assert env.client.executions.get(followers[0].execution_id).outcome is None
    assert env.trigger(w, ADA, {"n": 4}).waiting_for == "digest"
    broken.clear()
    retried = env.client.executions.retry(opener.execution_id)  # its digest begins anew, in the window of the present
    assert (retried.status, retried.outcome) == ("completed", "merged")
    env.advance(hours=1)
    assert [message.content["body"] for message in env.outbox][1:] == ["1,4"]
