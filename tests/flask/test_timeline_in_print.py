"""``flask novu executions show``: the Studio's timeline, in lines."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Registry, Retry
from novu_core.engine.presence import Presence
from novu_core.integrations.terminal.words import brief, duration, read, relative
from novu_core.testing import NovuEnvironment

ADA = {"subscriberId": "ada", "firstName": "Ada", "lastName": "Lovelace"}
MAIL = {"subject": "s", "body": "b"}
SECRET = "payload.plan == 'free' and payload.api_key"


@pytest.fixture
def app():
    registry = Registry()

    @registry.workflow("order")
    def order(payload, step):
        step.in_app("bell", MAIL, skip_condition=SECRET)
        batch = step.digest("collect", {"amount": 1, "unit": "hours", "digestKey": "post-1"})
        step.email("mail", {"subject": str(batch.event_count), "body": "b"})

    @registry.workflow("pause")
    def pause(step):
        step.delay("night", {"amount": 2, "unit": "days"})
        step.in_app("bell", MAIL)

    @registry.workflow("fragile", retry=Retry(attempts=2, base=60))
    def fragile(payload, step):
        step.custom("look", lambda: {}["key"])
        step.in_app("bell", MAIL)

    @registry.workflow("calm")
    def calm(step):
        step.throttle("limit", {"type": "fixed", "amount": 1, "unit": "hours", "threshold": 1})
        step.in_app("bell", MAIL)

    app = Flask("history")
    app.testing = True
    Novu().init_app(app, workflows=registry, store_url="sqlite://", worker="none")
    yield app
    app.extensions["novu"].close()


@pytest.fixture
def env(app):
    with NovuEnvironment(app=app) as env:
        yield env


@pytest.fixture
def show(app):
    def show(run):
        return app.test_cli_runner().invoke(novu_cli, ["executions", "show", run]).output.splitlines()

    return show


def trigger(env, workflow, to=None, **payload):
    return env.client.trigger(workflow, to or ADA, payload).execution_id


def test_a_digest_tells_its_wait_and_its_events(env, show):
    first = trigger(env, "order", plan="free", api_key="hunter2", tags=["a"])
    second = trigger(env, "order", plan="pro")
    told = show(first)
    assert told[0].endswith(
        "(digest until 2026-01-05T10:00:00+00:00)  Waits for its digest until 2026-01-05T10:00:00+00:00 (in 1 hour), "
        "2 events so far."
    )
    assert [line.split()[:4] for line in told[2:5]] == [
        ["bell", "in_app", "completed", "skipped"], ["collect", "digest", "executing", "0"],
        ["mail", "email", "not", "reached"],
    ]  # fmt: skip
    assert told[5:] == [
        "bell: Skipped: its skip condition was true.", f"bell: {SECRET}", 'bell: payload.plan was "free"',
        "bell: payload.api_key was ••••",
        "collect: waits until 2026-01-05T10:00:00+00:00 (in 1 hour), since 2026-01-05T09:00:00+00:00",
        "collect: 2 events of post-1",
        'collect: 2026-01-05T09:00:00+00:00 {"plan":"free","api_key":"••••","tags":["a"]}',
        f'collect: 2026-01-05T09:00:00+00:00 {{"plan":"pro"}} (run {second})',
    ]  # fmt: skip
    told = show(second)
    assert told[0].endswith("completed (merged)  Its event went into the digest of another run.")
    assert "collect: Skipped: its event went into the digest of another run." in told
    env.advance(hours=2)
    told = show(first)
    assert told[0].endswith("completed  Done in 1 hour, 1 message delivered.")
    assert told[-1] == "collect: 2 events of post-1"


def test_waits_ends_and_failures(env, show):
    waits, calm = trigger(env, "pause"), trigger(env, "calm")
    assert show(waits)[0].endswith("Waits until 2026-01-07T09:00:00+00:00 (in 2 days).")
    assert show(calm)[0].endswith("completed  Done in 0 ms, 1 message delivered.")
    stopped = show(trigger(env, "calm"))
    assert stopped[0].endswith("(throttled)  Stopped by its throttle.")
    assert stopped[-1] == "bell: Skipped: the throttle before it had reached its limit."
    env.client.executions.cancel(waits)
    assert show(waits)[0].endswith("(canceled)  Canceled; no message delivered before.")
    fails = trigger(env, "fragile")
    told = show(fails)
    assert re.search(
        r"  Failed at look, and tries again at 2026-01-05T09:0[01]:\d\d\+00:00 \(in \d+ seconds?\)\.$", told[0]
    )
    assert re.search(r"^look: tries again 2026-01-05T09:0[01]:\d\d\+00:00 \(in \d+ seconds?\), since 2026-01", told[-1])
    env.advance(minutes=5)
    told = show(fails)
    assert told[0].endswith("failed  Failed at look.")
    assert told[1] == "error: KeyError: 'key'"
    queued = env.client.trigger("pause", ADA, wait=False).execution_id
    assert show(queued)[0].endswith("pending  Queued: it has not begun yet.")


def test_what_nobody_goes_on_with_is_told(env, show, app):
    told = "no worker is alive, so nothing continues it: start `novu worker`"
    waits, queued = trigger(env, "pause"), env.client.trigger("pause", ADA, wait=False).execution_id
    assert told in show(queued)
    assert told not in show(waits)
    env.clock.advance(timedelta(days=2))
    assert told in show(waits)
    env.run_due()
    late = env.client.trigger("pause", ADA, wait=False).execution_id
    assert show(waits)[0].endswith("Done in 2 days, 1 message delivered.")
    Presence(env.client.engine.parts).look()
    assert not any("no worker is alive" in line for line in show(late))


def test_a_thread_works_after_a_request(tmp_path):
    app = Flask("threads")
    app.secret_key = "s"
    registry = Registry()
    registry.workflow("pause")(lambda step: step.delay("night", {"amount": 2, "unit": "days"}))
    Novu().init_app(app, workflows=registry, store_url=f"sqlite:///{tmp_path}/novu.db", secret_key="s")
    made = app.extensions["novu"]
    wakes, made.wakes = made.wakes, False
    run = made.trigger("pause", "ada", wait=False).execution_id
    told = app.test_cli_runner().invoke(novu_cli, ["executions", "show", run]).output
    made.wakes = wakes
    made.close()
    assert "start `novu worker`, or send the app a request" in told


def test_a_failure_and_a_suppression_in_words(app, env, show):
    workflow = env.client.registry.workflow
    workflow("broken")(lambda step: step.email("mail", lambda: {"subject": "s"}["nothing"]))
    workflow("mail")(lambda step: step.email("mail", MAIL))
    assert show(trigger(env, "broken"))[0].endswith("failed (partial)  Failed at mail; no message delivered.")
    env.client.suppressions.add("ada@example.org", reason="asked by phone")
    told = show(trigger(env, "mail", {**ADA, "email": "ada@example.org"}))
    assert told[-1] == "mail: Skipped: Ada Lovelace's address is suppressed: asked by phone (2026-01-05)."


def test_the_words_of_spans_and_values():
    spans = {
        timedelta(seconds=5): "in 5 seconds", timedelta(seconds=-61): "1 minute ago", timedelta(0): "in 0 seconds",
        timedelta(days=1, hours=3): "in 1 day",
    }  # fmt: skip
    assert {span: relative(span) for span in spans} == spans
    assert [duration(timedelta(seconds=each)) for each in (0.25, 1, 2.5, 90, 3600, 180_000)] == [
        "250 ms", "1 s", "2.5 s", "1.5 minutes", "1 hour", "2.1 days",
    ]  # fmt: skip
    assert brief({"items": [{"password": 5, "on": True, "token": None}], "long": "x" * 200}).endswith("xx…")
    assert brief({"items": [{"password": 5, "on": True, "token": None}]}) == (
        '{"items":[{"password":"••••","on":true,"token":null}]}'
    )
    assert [read("payload.x", None), read("steps['otp'].value", 5)] == [
        "payload.x was absent", "steps['otp'].value was ••••",
    ]  # fmt: skip
