"""What a team meets in its first days: mistakes that are told, defaults that hold."""

from __future__ import annotations

import logging
import typing

import pytest
from pydantic import BaseModel

from novu_core import Client, Registry, Settings
from novu_core.aio import Blocking, drive
from novu_core.engine.preview import preview
from novu_core.errors import DefinitionError, DeliveryError, WorkflowAlreadyExistsError
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Failing, Recording


@pytest.mark.parametrize("skip", ["payload.x", "true", "False"])
def test_a_condition_given_as_skip_is_told(registry, skip):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"}, skip=skip)

    with pytest.raises(DefinitionError, match=r"Step `bell`: skip is a string.*skip_condition"):
        w.discover()


def test_text_that_comes_with_the_payload_is_no_skip_either(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        step.in_app("bell", {"body": "b"}, skip=payload["quiet"])

    assert w.steps[0].step_id == "bell"
    result = w.trigger(to=ADA, payload={"quiet": "no"})
    assert "skip is a string" in env.client.executions.get(result.execution_id).steps[0].error["message"]
    assert w.trigger(to=ADA, payload={"quiet": True}).steps[0].reason == "skip"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"amount": 5, "unit": "hours", "cron": "0 * * * *"}, "amount 5 and cron `0 * * * *` are both given"),
        ({"unit": "hours", "cron": "0 9 * * 1"}, "unit `hours` and cron `0 9 * * 1` are both given"),
    ],
)
def test_both_forms_of_a_time_are_told_with_the_values_given(registry, form, told):
    @registry.workflow("w")
    def w(step):
        step.digest("collect", form)

    with pytest.raises(DefinitionError) as caught:
        w.discover()
    assert f"Step `collect`: {told}" in str(caught.value)
    assert "9 * * 1-5" not in str(caught.value)


def test_an_id_that_a_follower_refuses_is_taken_by_nobody():
    first, second, middle = Registry(), Registry(), Registry()
    middle.follow(first)
    second.follow(middle)
    second.workflow("taken")(lambda step: None)
    with pytest.raises(WorkflowAlreadyExistsError):
        first.workflow("taken")(lambda step: None)
    assert ("taken" in first, "taken" in middle, len(second)) == (False, False, 1)


def test_the_types_of_a_trigger_can_be_read():
    for function in (Client.trigger, Client.atrigger, Client.dispatch):
        assert typing.get_type_hints(function)["return"].__name__ == "TriggerResult"


def test_events_that_the_function_changes_stay_as_they_were(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        batch.events[0]["payload"]["n"] = "changed"
        batch.events.clear()
        step.in_app("bell", {"body": "b"})

    run = w.trigger(to=ADA, payload={"n": 1})
    env.advance(hours=1)
    stored = env.client.executions.get(run.execution_id).step_results["collect"]
    assert [event["payload"] for event in stored["events"]] == [{"n": 1}]


def test_a_trigger_s_controls_are_merged_into_the_stored_ones_at_every_depth(env, registry):
    class Style(BaseModel):
        color: str = "black"
        size: int = 1

    class Texts(BaseModel):
        style: Style = Style()
        words: list[str] = ["a"]

    seen = []

    @registry.workflow("w")
    def w(step):
        def bell(controls):
            seen.append(controls)
            return {"body": "b"}

        step.in_app("bell", bell, control_schema=Texts)

    env.client.controls.set("w", {"style": {"color": "red", "size": 2}, "words": ["x", "y"]}, "bell")
    w.trigger(to=ADA, controls={"steps": {"bell": {"style": {"size": 9}, "words": ["z"]}}})
    assert seen[-1] == Texts(style=Style(color="red", size=9), words=["z"])


def channels(provider):
    return [message.channel.value for message in provider.sent]


@pytest.fixture
def all_channels(registry):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"})
        step.email("mail", {"subject": "s", "body": "b"})
        step.sms("text", {"body": "b"})

    return w


def test_the_outbox_has_every_channel_that_the_settings_do_not_name(registry, all_channels):
    mail = Recording()
    with NovuEnvironment(workflows=registry, settings={"delivery": {"email": mail}}) as env:
        all_channels.trigger(to=ADA)
        assert sorted(message.channel.value for message in env.outbox) == ["in_app", "sms"]
    assert channels(mail) == ["email"]


def test_a_client_s_delivery_may_be_a_mapping(registry, all_channels):
    mail, everything = Recording(), Recording()
    settings = Settings(store_url="sqlite://", worker="none")
    with Client(settings, registry, delivery={"email": mail, "sms": [mail]}) as client:
        assert client.trigger("w", ADA).status == "completed"
    with Client(settings, registry, delivery=everything) as client:
        client.trigger("w", ADA)
    assert (channels(mail), channels(everything)) == (["email", "sms"], ["email", "sms"])


def test_failed_attempts_and_failover_are_told(registry, caplog):
    down = Failing(DeliveryError("busy", retriable=True), DeliveryError("busy"), name="down")

    @registry.workflow("w")
    def w(step):
        step.email("mail", {"subject": "s", "body": "b"})

    caplog.set_level(logging.INFO, "novu_core.engine.delivering")
    with NovuEnvironment(workflows=registry, settings={"delivery": {"email": [down, Recording()]}}) as env:
        run = w.trigger(to=ADA).execution_id
        env.advance(minutes=1)
    first, second = caplog.messages
    assert first.startswith(f"Step mail of {run}: attempt 1 by down failed, next attempt in ")
    assert second == f"Step mail of {run}: attempt 2 by down failed, Recording is next: busy"


def test_a_preview_of_a_digest_makes_up_events(env, registry):
    @registry.workflow("w")
    def w(payload, step):
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.email("mail", lambda: {"subject": f"{batch.event_count} of {batch.events[0]['payload']['name']}",
                                    "body": str([event["time"] for event in batch.events])})  # fmt: skip

    answer = drive(preview(env.client.engine, "w", "mail", Blocking(), payload={"name": "Ada"}))
    assert answer["output"]["subject"] == "3 of Ada"
    assert "2026-01-05T08:59" in answer["output"]["body"]


def test_a_payload_reads_by_item(env, all_channels):
    result = all_channels.trigger(to=ADA, payload={"a": 1})
    assert (result.payload["a"], result["payload"]["a"], dict(result.payload)) == (1, 1, {"a": 1})
