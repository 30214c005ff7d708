"""Which events share a digest window or a throttle, which form of time counts, and who follows whom."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

import pytest

from novu_core import Client, Settings, Workflow
from tests.engine.conftest import ADA

HOUR = {"amount": 1, "unit": "hours"}


def test_the_order_of_a_contexts_keys_makes_no_other_bucket(env, registry):
    @registry.workflow("limited")
    def limited(step):
        step.throttle("calm", HOUR)
        step.in_app("bell", {"body": "b"})

    @registry.workflow("collected")
    def collected(step):
        step.digest("window", HOUR)

    contexts = [{"tenant": "t", "plan": {"a": 1, "b": 2}}, {"plan": {"b": 2, "a": 1}, "tenant": "t"}]
    assert [env.trigger(limited, ADA, context=context).outcome for context in contexts] == [None, "throttled"]
    assert [env.trigger(collected, ADA, context=context).outcome for context in contexts] == [None, "merged"]


def test_zero_and_false_are_digest_keys(env, registry):
    @registry.workflow("w")
    def w(step, payload):
        step.digest("window", lambda: {**HOUR, "digestKey": payload["key"]})

    keys = [0, None, False, "", 0, False]
    assert [env.trigger(w, ADA, {"key": key}).outcome for key in keys] == [
        None,
        None,
        None,
        "merged",
        "merged",
        "merged",
    ]


@pytest.mark.parametrize("key", [["a"], {"a": 1}])
@pytest.mark.parametrize(("step_type", "name"), [("digest", "digestKey"), ("throttle", "throttleKey")])
def test_a_key_is_text_or_a_number(env, registry, step_type, name, key):
    @registry.workflow("w")
    def w(step):
        getattr(step, step_type)("s", lambda: {**HOUR, name: key})

    assert f"its {name} must be text or a number" in env.trigger(w, ADA).error["message"]


def test_what_is_none_is_not_given(env, registry):
    nothing = {"cron": None, "dynamicKey": None, "lookBackWindow": None}

    @registry.workflow("w")
    def w(step):
        step.throttle("calm", lambda: {**HOUR, "threshold": None, "throttleKey": None, "dynamicKey": None})
        step.digest("window", lambda: {**HOUR, **nothing, "digestKey": None})
        step.delay("nap", lambda: {**HOUR, **nothing})

    run = env.trigger(w, ADA, overrides={"digest": {"amount": 5, "unit": "minutes"}})
    assert run.resume_at == run.created_at + timedelta(minutes=5)
    env.advance(minutes=5)
    assert env.client.executions.get(run.execution_id).waiting_for == "delay"
    env.advance(hours=1)
    assert env.client.executions.get(run.execution_id).status == "completed"


@pytest.mark.parametrize(
    ("step_type", "override", "due"),
    [
        ("delay", {"cron": "0 12 * * *"}, datetime(2026, 1, 5, 12, tzinfo=timezone.utc)),
        ("delay", {"dynamicKey": "payload.due"}, datetime(2026, 1, 6, tzinfo=timezone.utc)),
        ("delay", {"unit": "days"}, datetime(2026, 1, 6, 9, tzinfo=timezone.utc)),
        ("digest", {"cron": "0 12 * * *"}, datetime(2026, 1, 5, 12, tzinfo=timezone.utc)),
    ],
)
@pytest.mark.parametrize("config", [HOUR, {"type": "regular", **HOUR}])
def test_an_override_of_another_form_takes_the_place_of_the_amount(env, registry, step_type, override, due, config):
    @registry.workflow("w")
    def w(step):
        getattr(step, step_type)("s", config)

    run = env.trigger(w, ADA, {"due": "2026-01-06T00:00:00Z"}, overrides={step_type: override})
    assert run.resume_at == due


def test_who_was_merged_into_a_flushed_digest_stays_with_its_opener(env, registry):
    @registry.workflow("w")
    def w(step):
        step.digest("short", {"amount": 1, "unit": "minutes"})
        step.digest("long", HOUR)

    opener, early = env.trigger(w, ADA), env.trigger(w, ADA)
    env.advance(minutes=2)
    late = env.trigger(w, ADA)
    env.advance(minutes=2)
    merged_into = {run: env.client.executions.get(run.execution_id).merged_into for run in (early, late)}
    assert merged_into == {early: opener.execution_id, late: opener.execution_id}
    env.client.executions.cancel(opener.execution_id)
    assert env.client.executions.get(early.execution_id).merged_into == opener.execution_id
    assert env.client.executions.get(late.execution_id).waiting_for == "digest"


def test_on_postgresql_the_second_of_two_look_backs_sees_the_first(registry, postgres_url):
    """While one transaction decides, another process's waits for it, and then finds its event."""
    import psycopg

    @registry.workflow("w")
    def w(step):
        step.digest("window", {**HOUR, "lookBackWindow": HOUR})

    with (
        Client(Settings(store_url=postgres_url, worker="none"), registry) as client,
        psycopg.connect(postgres_url) as other,
        psycopg.connect(postgres_url, autocommit=True) as watching,
    ):
        client.executions.list()
        bucket = '["w","window","ada",{},""]'
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [bucket])
        results = []
        thread = threading.Thread(target=lambda: results.append(client.trigger("w", "ada")))
        thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while thread.is_alive() and watching.execute(waiting).fetchone() == (0,):
            pass
        now = int(client.clock.now().timestamp() * 1_000_000)
        other.execute("INSERT INTO novu_events VALUES ('x', 'window', %s, NULL, %s, '{}')", [bucket, now - 1_000_000])
        other.commit()
        thread.join(30)
        [result] = results
        assert result.waiting_for == "digest"


@pytest.mark.mission("P-E4")
def test_threads_that_trigger_one_digest_open_one_window(tmp_path):
    def body(payload, step):
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.in_app("a", lambda: {"body": str(batch.event_count)})

    digesting = Workflow("w", body)
    settings = {"NOVU_STORE_URL": f"sqlite:///{tmp_path}/novu.db", "NOVU_WORKER": "none"}
    with Client(settings, workflows=[digesting]) as client:
        results = []
        threads = [
            threading.Thread(target=lambda: results.extend(client.trigger(digesting, to="ada") for _ in range(5)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 40
        assert sorted(str(run.outcome) for run in results) == ["None"] + ["merged"] * 39
