"""Keys of a step's output: both spellings are read, and what nothing would read is refused."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_novu import serve
from novu_core import Workflow
from novu_core.aio import Blocking, drive
from novu_core.client.checkup import findings
from novu_core.definition.output_keys import key_faults, spelled
from novu_core.engine.preview import preview
from novu_core.errors import DefinitionError, OutputInvalidError
from novu_core.testing import NovuEnvironment
from novu_core.types import StepType
from tests.engine.conftest import ADA

HOUR = {"amount": 1, "unit": "hours"}
MISSPELLED = [
    ("digest", {**HOUR, "digestkey": "x"}, "digestkey: unknown key; did you mean `digestKey`?"),
    ("digest", {**HOUR, "key": "x"}, "key: unknown key; use one of type, amount, unit, digestKey"),
    ("digest", {**HOUR, "unti": "x"}, "unti: unknown key; did you mean `unit`?"),
    ("digest", {**HOUR, "lookBackWindow": {**HOUR, "units": 1}}, "lookBackWindow/units: unknown key; did you mean `unit`?"),
    ("delay", {**HOUR, "extendToSchedul": True}, "did you mean `extendToSchedule`?"),
    ("delay", {**HOUR, "on_past": "send"}, "on_past: unknown key"),
    ("throttle", {**HOUR, "treshold": 2}, "did you mean `threshold`?"),
    ("throttle", {**HOUR, "digestKey": "x"}, "digestKey: unknown key"),
    ("email", {"subject": "s", "body": "b", "boddy": "b"}, "did you mean `body`?"),
    ("email", {"subject": "s", "body": "b", "replyto": "a@b.c"}, "did you mean `replyTo`?"),
    ("email", {"subject": "s", "body": "b", "from": {"emial": "a@b.c"}}, "from/emial: unknown key; did you mean `email`?"),
    ("in_app", {"body": "b", "subjcet": "s"}, "did you mean `subject`?"),
    ("in_app", {"body": "b", "primaryAction": {"label": "l", "redirct": {}}}, "primaryAction/redirct: unknown key"),
    ("push", {"subject": "s", "body": "b", "Body": "b"}, "did you mean `body`?"),
    ("digest", {**HOUR, "digest_key": "x", "digestKey": "x"}, "digest_key: is given twice, also as `digestKey`"),
    ("email", {"subject": "s", "body": "b", "reply_to": "a@b.c", "replyTo": "a@b.c"}, "is given twice, also as `replyTo`"),
]  # fmt: skip


def one_step(registry, kind, output):
    @registry.workflow("w")
    def w(step):
        getattr(step, kind)("s", output)

    return w


@pytest.mark.parametrize(("kind", "output", "told"), MISSPELLED)
def test_a_misspelled_key_of_a_literal_is_refused_before_anything_is_recorded(env, registry, kind, output, told):
    w = one_step(registry, kind, output)
    with pytest.raises(DefinitionError) as raised:
        w.trigger(to=ADA)
    assert str(raised.value).startswith("Step `s`: ")
    assert told in str(raised.value)
    assert not env.client.executions.list().items
    assert [found.where for found in findings(env.client) if told in found.problem] == ["w"]


@pytest.mark.parametrize(("kind", "output", "told"), MISSPELLED)
def test_novus_bridge_takes_it_as_the_peer_does(registry, kind, output, told):
    [step] = one_step(registry, kind, output).steps
    assert step.config == output


def test_over_the_bridge_what_it_does_not_know_is_left_out(registry):
    one_step(registry, "email", {"subject": "s", "body": "b", "boddy": "b", "reply_to": "a@b.c"})
    app = Flask("bridge")
    app.testing = True
    serve(app, workflows=registry)
    event = {"payload": {}, "controls": {}, "state": [], "subscriber": {}}
    answer = app.test_client().post("/api/novu?action=execute&workflowId=w&stepId=s", json=event)
    assert answer.json["outputs"] == {"subject": "s", "body": "b"}
    app.extensions["novu"].close()


@pytest.mark.parametrize(("kind", "output", "told"), MISSPELLED)
def test_one_that_a_function_returns_fails_the_step_when_it_is_reached(env, registry, kind, output, told):
    run = one_step(registry, kind, lambda: output).trigger(to=ADA)
    assert run.status == "failed"
    error = run.steps[0].error
    faults = [error["message"], *(f"{fault['path'][1:]}: {fault['message']}" for fault in error.get("errors", ()))]
    assert any(told in fault for fault in faults)
    assert not env.outbox


@pytest.mark.parametrize(
    ("channel", "key"),
    [("sms", "sender"), ("push", "title"), ("chat", "blocks"), ("email", "priority"), ("in_app", "date")],
)
def test_a_channels_other_keys_are_for_providers_of_ones_own(env, registry, channel, key):
    output = {"subject": "s", "body": "b", key: "x"}
    one_step(registry, channel, output).trigger(to={**ADA, "channels": {"push": "p", "chat": "c"}})
    assert env.outbox[0].content == output


@pytest.mark.parametrize("key", ["digestKey", "digest_key"])
def test_a_digest_is_grouped_by_its_key_in_both_spellings(env, registry, key):
    @registry.workflow("w")
    def w(payload, step):
        batch = step.digest("d", {**HOUR, key: payload["post"]})
        step.sms("s", {"body": str(batch.event_count)})

    for post in ("a", "a", "b"):
        w.trigger(to=ADA, payload={"post": post})
    env.advance(hours=1)
    assert sorted(message.body for message in env.outbox.sms) == ["1", "2"]


@pytest.mark.parametrize("output", [
    {"dynamic_key": "payload.due"}, {"dynamicKey": "payload.due"}, {"type": "dynamic", "dynamic_key": "payload.due"},
])  # fmt: skip
@pytest.mark.parametrize("literal", [True, False])
def test_a_delay_reads_its_moment_in_both_spellings(env, registry, output, literal):
    w = one_step(registry, "delay", output if literal else lambda: output)
    run = w.trigger(to=ADA, payload={"due": "2026-01-05T10:00:00Z"})
    assert run.waiting_for == "delay"
    assert run.resume_at.hour == 10


@pytest.mark.parametrize("key", ["throttleKey", "throttle_key"])
def test_a_throttle_counts_by_its_key_in_both_spellings(env, registry, key):
    @registry.workflow("w")
    def w(payload, step):
        step.throttle("t", {**HOUR, key: payload["service"]})

    outcomes = [w.trigger(to=ADA, payload={"service": name}).outcome for name in ("a", "a", "b")]
    assert outcomes == [None, "throttled", None]


def test_overrides_of_a_trigger_are_read_the_same_way(env, registry):
    w = one_step(registry, "digest", {**HOUR, "digest_key": "x"})
    run = w.trigger(to=ADA, overrides={"digest": {"amount": 2, "extend_to_schedule": True}})
    assert (run.resume_at - run.created_at).total_seconds() == 7200
    refused = w.trigger(to=ADA, overrides={"digest": {"digest_kee": "y"}})
    assert "did you mean `digestKey`?" in refused.steps[0].error["message"]


@pytest.mark.parametrize("key", ["replyTo", "reply_to"])
@pytest.mark.parametrize("over", ["replyTo", "reply_to"])
def test_overrides_of_a_channel_win_in_either_spelling(env, registry, key, over):
    w = one_step(registry, "email", {"subject": "s", "body": "b", key: "a@b.c"})
    w.trigger(to=ADA, overrides={"email": {over: "x@y.z"}})
    assert env.outbox[0].content == {"subject": "s", "body": "b", "replyTo": "x@y.z"}


@pytest.mark.parametrize("key", ["content_type", "contentType"])
def test_what_only_embedded_mode_reads_has_two_spellings_as_well(env, registry, key):
    one_step(registry, "email", {"subject": "s", "body": "<b>b</b>", key: "text/html"}).trigger(to=ADA)
    assert env.outbox[0].html == "<b>b</b>"


def test_channels_store_their_keys_as_novu_spells_them(env, registry):
    one_step(
        registry,
        "in_app",
        {
            "body": "b",
            "primary_action": {"label": "Go", "redirect": {"url": "/go", "target": "_top"}},
            "data": {"reply_to": 1},
        },
    ).trigger(to=ADA)
    assert env.outbox[0].content == {
        "body": "b",
        "primaryAction": {"label": "Go", "redirect": {"url": "/go", "target": "_top"}},
        "data": {"reply_to": 1},
    }


def test_cards_are_read_at_every_depth():
    card = {"card": {"image_url": "u", "children": [{"type": "actions", "children": [{"callback_url": "c"}]}]}}
    assert spelled(StepType.CHAT, card) == {
        "card": {"imageUrl": "u", "children": [{"type": "actions", "children": [{"callbackUrl": "c"}]}]}
    }
    [(path, message)] = key_faults(StepType.CHAT, {"card": {"children": [{"type": "text"}, {"contnet": "x"}]}})
    assert (path, message) == ("/card/children/1/contnet", "unknown key; did you mean `content`?")


def test_a_preview_tells_it_too(registry):
    with NovuEnvironment(workflows=registry) as env:
        one_step(registry, "email", lambda: {"subject": "s", "body": "b", "preheadr": "p"})
        with pytest.raises(OutputInvalidError) as raised:
            drive(preview(env.client.engine, "w", "s", Blocking()))
    assert raised.value.errors[0].message == "unknown key; did you mean `preheader`?"


def test_custom_steps_return_what_they_like(env, registry):
    run = one_step(registry, "custom", {"boddy": 1, "digest_key": 2}).trigger(to=ADA)
    assert run.step_results["s"] == {"boddy": 1, "digest_key": 2}


def test_a_workflow_that_cannot_be_discovered_may_still_run(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        {"a": 1}[payload["x"]]
        step.sms("s", {"body": "b", "boddy": "b"})

    assert isinstance(w, Workflow)
    assert w.trigger(to=ADA, payload={"x": "a"}).steps[0].error["errors"][0]["path"] == "/boddy"
