"""Delays wait for a time; throttles let so many runs through and skip the rest of the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core.errors import ScheduleInvalidError
from tests.engine.conftest import ADA


def test_a_delay_waits_and_tells_how_long(env, registry):
    @registry.workflow("later")
    def later(step):
        pause = step.delay("pause", {"amount": 2, "unit": "days"})
        step.in_app("told", lambda: {"body": str(pause.duration)})

    result = env.trigger(later, to="ada")
    assert result.waiting_for == "delay"
    env.advance(days=1, hours=23)
    assert len(env.outbox) == 0
    env.advance(hours=1)
    assert env.outbox.in_app[0].content["body"] == str(2 * 86_400_000)


def test_overrides_of_the_trigger_win_over_a_regular_delay(env, registry):
    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"amount": 2, "unit": "days"})

    result = env.trigger(later, to="ada", overrides={"delay": {"amount": 3, "unit": "minutes"}})
    assert result.resume_at - env.clock.now() == timedelta(minutes=3)


@pytest.mark.parametrize("due", ["2026-01-05T12:00:00Z", "2026-01-05T13:00:00+01:00", {"amount": 3, "unit": "hours"}])
def test_a_dynamic_delay_reads_its_time_from_the_payload(env, registry, due):
    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"type": "dynamic", "dynamicKey": "payload.due"})

    result = env.trigger(later, to="ada", payload={"due": due})
    assert result.resume_at.isoformat() == "2026-01-05T12:00:00+00:00"


@pytest.mark.parametrize(
    "payload", [{}, {"due": "2026-01-05T12:00:00"}, {"due": "soon"}, {"due": "2020-01-01T00:00:00Z"}, {"due": 5}]
)
def test_a_missing_naive_unreadable_or_past_time_fails_the_run(env, registry, payload):
    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"dynamicKey": "payload.due"})
        step.in_app("told", {"body": "b"})

    result = env.trigger(later, to="ada", payload=payload)
    assert result.status == "failed"
    assert "pause" in result.error["message"]
    assert len(env.outbox) == 0


@pytest.mark.parametrize(("on_past", "outcome"), [("send", None), ("skip", "skipped")])
def test_on_past_sends_or_skips(env, registry, on_past, outcome):
    @registry.workflow("later")
    def later(step):
        pause = step.delay("pause", {"dynamicKey": "due"}, on_past=on_past)
        step.in_app("told", lambda: {"body": f"{bool(pause)} {pause.duration}"})

    result = env.trigger(later, to="ada", payload={"due": "2020-01-01T00:00:00Z"})
    assert result.steps[0].outcome == outcome
    assert env.outbox.in_app[0].content["body"] == f"{outcome is None} 0"


def test_literal_nonsense_is_an_error_before_anything_runs(env, registry):
    @registry.workflow("bad")
    def bad(step):
        step.in_app("first", {"body": "b"})
        step.delay("pause", {"amount": 0, "unit": "hours"})

    with pytest.raises(ScheduleInvalidError, match="pause"):
        env.trigger(bad, to="ada")
    assert len(env.outbox) == 0


def test_a_throttle_lets_so_many_through_and_skips_the_rest(env, registry, steps_of):
    @registry.workflow("alert")
    def alert(payload, step):
        limit = step.throttle(
            "calm", {"type": "fixed", "amount": 1, "unit": "hours", "threshold": 2, "throttleKey": "payload.host"}
        )
        step.in_app("told", lambda: {"body": str(limit.throttled)})

    def trigger(host):
        return env.trigger(alert, to="ada", payload={"host": host})

    results = [trigger("a") for _ in range(3)]
    assert [result.outcome for result in results] == [None, None, "throttled"]
    assert steps_of(results[2])["told"] == ("completed", "skipped", "throttled")
    assert results[2].step_results["calm"]["throttled"] is True
    assert results[2].step_results["calm"]["throttledUntil"] == "2026-01-05T10:00:00+00:00"
    assert trigger("b").outcome is None
    env.advance(minutes=59)
    assert trigger("a").outcome == "throttled"
    env.advance(minutes=1)
    assert trigger("a").outcome is None


def test_a_run_uses_one_slot_however_often_it_is_retried(env, registry):
    state = {"broken": True}

    @registry.workflow("alert")
    def alert(step):
        step.throttle("calm", {"type": "fixed", "amount": 1, "unit": "hours", "threshold": 2})
        step.custom("work", lambda: {"ok": 1 / 0} if state["broken"] else {"ok": 1})

    failed = env.trigger(alert, to=ADA)
    state["broken"] = False
    assert env.client.executions.retry(failed.execution_id).status == "completed"
    assert env.trigger(alert, to=ADA).outcome is None
    assert env.trigger(alert, to=ADA).outcome == "throttled"


@pytest.mark.parametrize(
    ("config", "words"),
    [("soon", "its resolver returned 'soon'"), (None, "its resolver returned None")],
)
def test_a_schedule_that_is_no_object_fails_the_step(env, registry, config, words):
    @registry.workflow("w")
    def w(step):
        step.delay("pause", lambda: config)

    assert words in env.trigger(w, "ada").error["message"]


def test_a_throttle_until_a_time_of_the_payload_and_by_a_key_that_names_nothing(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        step.throttle("calm", {"type": "dynamic", "dynamicKey": "payload.until", "throttleKey": "literal"})

    payload = {"until": "2026-01-05T10:00:00Z"}
    assert [env.trigger(w, ADA, payload).outcome for _ in range(2)] == [None, "throttled"]
    env.advance(hours=1)
    assert "which has passed" in env.trigger(w, ADA, payload).error["message"]


@pytest.mark.parametrize("threshold", [0, "many", True])
def test_a_threshold_that_is_no_number_fails_the_step(env, registry, threshold):
    @registry.workflow("w")
    def w(step):
        step.throttle("calm", lambda: {"amount": 1, "unit": "hours", "threshold": threshold})

    assert env.trigger(w, ADA).status == "failed"


def test_what_is_skipped_after_a_throttle_is_left_out_where_discovery_fails(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        if not isinstance(payload["n"], int):
            raise RuntimeError("a placeholder")
        step.throttle("calm", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": "b"})

    first, second = (env.trigger(w, ADA, {"n": 1}) for _ in range(2))
    assert (first.outcome, second.outcome) == (None, "throttled")
    assert [step.step_id for step in second.steps] == ["calm"]
