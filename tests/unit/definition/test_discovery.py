"""Discovery runs the function once with placeholders; what bodies do with them works."""

from __future__ import annotations

import asyncio
import json
import math

import pytest

from novu_core import Client, Registry, Subscriber, Workflow
from novu_core.client import finding
from novu_core.definition.placeholders import Placeholder
from novu_core.errors import DiscoveryError


def after(code):
    """A workflow that does something with its arguments before its last step."""

    def body(payload, step, subscriber, controls, env, context):
        code(payload, step, subscriber)
        step.in_app("last", {"body": "b"})

    return Workflow("w", body)


BODIES = [
    lambda payload, step, subscriber: payload["name"],
    lambda payload, step, subscriber: payload["a"]["b"][0]["c"],
    lambda payload, step, subscriber: payload.comment.author.name.upper().strip(),
    lambda payload, step, subscriber: f"{payload['amount']:.2f} {payload.when:%H:%M} {subscriber.first_name!r:>10}",
    lambda payload, step, subscriber: "%s %d" % (payload["a"], payload["b"]),  # noqa: UP031  # users write it
    lambda payload, step, subscriber: "{:>10} {x}".format(payload["a"], x=payload["x"]),
    lambda payload, step, subscriber: len(payload["items"]) + len(payload),
    lambda payload, step, subscriber: [item["x"] for item in payload["items"]],
    lambda payload, step, subscriber: {key: value for key, value in payload.items()},  # noqa: C416
    lambda payload, step, subscriber: sorted(payload["items"], key=lambda item: item["x"]),
    lambda payload, step, subscriber: sum(payload["prices"]) + max(payload["prices"], default=0),
    lambda payload, step, subscriber: payload["amount"] > 10 and payload["amount"] * 1.19 + 1 - 2 / payload["n"],
    lambda payload, step, subscriber: 10 - payload["a"] + 3 * payload["b"] // payload["c"] % 4,
    lambda payload, step, subscriber: int(payload["n"]) + float(payload["n"]) + round(payload["n"], 2),
    lambda payload, step, subscriber: ", ".join([payload["a"], payload["b"]]),
    lambda payload, step, subscriber: "a" + payload["a"] + "b",
    lambda payload, step, subscriber: payload["a"] == "x" or payload["a"] in ("x", "y"),
    lambda payload, step, subscriber: "x" in payload["tags"] or payload.get("x", 7),
    lambda payload, step, subscriber: {payload["kind"]: 1}.get("x"),
    lambda payload, step, subscriber: {"a": 1}.get(payload["a"], "other"),
    lambda payload, step, subscriber: json.dumps({"a": payload["a"]}),
    lambda payload, step, subscriber: math.floor(payload["amount"]),
    lambda payload, step, subscriber: payload["text"][:10] + payload["text"][-1],
    lambda payload, step, subscriber: subscriber["data"]["plan"].startswith("free"),
    lambda payload, step, subscriber: not payload["off"] or -payload["n"] or abs(payload["n"]),
    lambda payload, step, subscriber: isinstance(payload, dict) or hasattr(payload, "x"),
    lambda payload, step, subscriber: payload["a"].replace("x", "y").split(",")[0],
    lambda payload, step, subscriber: dict(payload["x"]),
    lambda payload, step, subscriber: [*payload["items"], payload["one"]],
    lambda payload, step, subscriber: step.digest("d", {"amount": payload["n"], "unit": payload["u"]}).events[0][
        "payload"
    ],
    lambda payload, step, subscriber: step.custom("c", lambda: {"x": 1})["x"] + step.in_app("i", {"body": "b"}).seen,
    lambda payload, step, subscriber: step.email("e", lambda: 1 / 0, skip=lambda: 1 / 0),
    lambda payload, step, subscriber: [step.in_app(f"x-{n}", {"body": "b"}) for n in range(3)],
    lambda payload, step, subscriber: step.delay("d", {"type": "dynamic", "dynamicKey": f"payload.{payload['key']}"}),
]


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_a_body_may_do_what_it_likes_with_data(number):
    assert after(BODIES[number]).steps[-1].step_id == "last"


def test_the_function_runs_once_and_resolvers_never():
    calls = []

    def body(step):
        calls.append("body")
        step.email("mail", lambda: calls.append("resolver"))

    made = Workflow("w", body)
    assert [step.name for step in made.steps] == [step.name for step in made.steps] == ["mail"]
    assert calls == ["body"]


def test_a_body_that_fails_is_reported_each_time_the_same():
    made = Workflow("w", lambda step: 1 / 0)
    with pytest.raises(DiscoveryError, match="`w` raised ZeroDivisionError: division by zero") as first:
        made.discover()
    with pytest.raises(DiscoveryError) as second:
        made.discover()
    assert first.value is second.value
    assert isinstance(first.value.__cause__, ZeroDivisionError)
    made.check()  # with real data it may work: only what can never work is refused


def test_an_async_body_is_discovered_inside_a_running_loop():

    async def body(payload, step):
        await asyncio.sleep(0)
        await step.in_app(payload["id"] or "a", {"body": "b"})

    async def main():
        return [step.step_id for step in Workflow("w", body).steps]

    assert asyncio.run(main()) == ["a"]


def test_what_a_step_definition_tells():
    def body(step):
        step.delay("wait", {"amount": 1, "unit": "days"}, name="Wait", skip_condition="payload.now")

    [step] = Workflow("w", body).steps
    assert (step.step_id, step.step_type, step.name) == ("wait", "delay", "Wait")
    assert step.config == {"amount": 1, "unit": "days"}
    assert step.skip_condition == "payload.now"
    assert step.control_schema is None


def test_a_placeholder_is_empty_zero_and_false():
    nothing = Placeholder()
    assert not nothing
    assert (str(nothing), int(nothing), float(nothing), len(nothing), list(nothing)) == ("", 0, 0.0, 0, [])
    assert nothing.a["b"](1) is nothing
    with nothing as inside:
        assert inside is nothing


def test_a_subscriber_reads_by_both_spellings():
    ada = Subscriber(subscriberId="ada", firstName="Ada", plan="free")
    assert ada["firstName"] == ada["first_name"] == ada.first_name == "Ada"
    assert ada["plan"] == "free"
    with pytest.raises(KeyError):
        ada["nope"]
    assert ada.to_json() == {"subscriberId": "ada", "firstName": "Ada", "plan": "free"}
    with pytest.raises(ValueError, match="blank"):
        Subscriber(subscriber_id=" ")


def test_a_function_that_exits_at_discovery_ends_nobody_else(registry):
    @registry.workflow("exits")
    def exits(step):
        raise SystemExit(3)

    with pytest.raises(DiscoveryError, match="`exits` raised SystemExit: 3"):
        registry["exits"].discover()


@pytest.mark.mission("D3-W3")
def test_a_workflow_without_a_step_is_seen_as_one():
    assert Workflow("w", lambda payload: None).steps == []


def chained(registry, is_async, trigger):
    """A workflow that triggers another one, and itself, on its way."""

    @registry.workflow("other")
    def other(step):
        step.in_app("inbox", {"body": "b"})

    if is_async:

        @registry.workflow("outer")
        async def outer(payload, step):
            if payload.get("again", True) is not False:
                assert not await trigger(other)
                assert not await trigger(outer)
            await step.in_app("inbox", {"body": "b"})
    else:

        @registry.workflow("outer")
        def outer(payload, step):
            if payload.get("again", True) is not False:
                assert not trigger(other)
                assert not trigger(outer)
            step.in_app("inbox", {"body": "b"})

    return outer


@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("is_async", [True, False])
def test_what_a_function_triggers_does_not_happen_while_its_steps_are_looked_for(is_async, bare):
    def trigger(workflow):
        name = "atrigger" if is_async else "trigger"
        if bare:
            return getattr(workflow, name)("ada")
        return getattr(client, name)(workflow.workflow_id, "ada")

    registry = Registry()
    outer = chained(registry, is_async, trigger)
    with Client(workflows=registry) as client:
        assert [step.step_id for step in outer.steps] == ["inbox"]
        assert client.executions.list().items == []
        assert outer.trigger("ada", {"again": False}).status == "completed"


def test_no_client_is_made_for_what_a_discovery_triggers(monkeypatch):
    monkeypatch.setattr(finding, "default_client", None)  # calling it would raise
    assert [step.step_id for step in chained(Registry(), False, lambda workflow: workflow.trigger("ada")).steps] == [
        "inbox"
    ]
