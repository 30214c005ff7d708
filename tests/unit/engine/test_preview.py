"""A preview renders one step as a run would, and sends and stores nothing."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from novu_core.aio import Blocking, drive
from novu_core.engine.preview import preview
from novu_core.errors import PayloadInvalidError, RecipientInvalidError, StepNotFoundError, WorkflowNotFoundError


class Controls(BaseModel):
    greeting: str = "Hello"
    mark: str = "!"
    size: int = 1


class Order(BaseModel):
    number: int
    city: str = "Berlin"


@pytest.fixture
def show(env):
    """Preview a step of the environment's workflows; afterwards nothing may be sent or stored."""

    def show(workflow_id, step_id, **options):
        return drive(preview(env.client.engine, workflow_id, step_id, Blocking(), **options))

    yield show
    assert list(env.outbox) == []
    assert env.client.executions.list().items == []
    assert env.client.messages.list().items == []
    assert env.client.subscribers.list().items == []


@pytest.fixture
def greet(registry):
    @registry.workflow("greet")
    def greet(step):
        step.email(
            "mail",
            lambda controls: {
                "subject": f"{controls.greeting}{controls.mark * controls.size}",
                "html": "<b>x</b><script>1</script>",
            },
            control_schema=Controls,
        )

    return greet


def test_values_that_were_given_win_over_stored_ones_and_those_over_the_defaults(env, show, greet):
    assert show("greet", "mail") == {
        "step_id": "mail",
        "type": "email",
        "skipped": None,
        "controls": {"greeting": "Hello", "mark": "!", "size": 1},
        "output": {"subject": "Hello!", "html": "<b>x</b>"},  # sanitized, as in a run
    }
    env.client.controls.set("greet", {"greeting": "Hi", "mark": "?"}, "mail")
    shown = show("greet", "mail", controls={"mark": ".", "size": 3})
    assert shown["controls"] == {"greeting": "Hi", "mark": ".", "size": 3}
    assert shown["output"]["subject"] == "Hi..."


def test_templates_read_the_payload_and_the_recipient(show, greet):
    to = {"subscriberId": "ada", "firstName": "Ada"}
    shown = show(
        "greet", "mail", controls={"greeting": "{{subscriber.firstName}} {{payload.n}}"}, payload={"n": 7}, to=to
    )
    assert shown["output"]["subject"] == "Ada 7!"
    assert (
        show("greet", "mail", controls={"greeting": "{{subscriber.subscriberId}}"})["output"]["subject"] == "preview!"
    )


def test_earlier_steps_do_not_run_and_give_what_their_schema_describes(registry, show):
    ran = []

    class Found(BaseModel):
        total: int
        name: str

    @registry.workflow("w")
    def w(payload, step):
        found = step.custom("look", lambda: ran.append("look") or {"total": 1, "name": "x"}, output_schema=Found)
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.delay("nap", lambda: ran.append("nap") or {"amount": 1, "unit": "hours"})
        step.in_app(
            "bell", lambda: {"body": f"{type(found).__name__} {type(found.total).__name__} {len(batch.events)}"}
        )
        step.custom("later", lambda: ran.append("later") or {})

    shown = show("w", "bell")
    assert shown["output"]["body"].startswith("Found int ")
    assert ran == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"skip": lambda: True}, "skip"), ({"skip_condition": "payload.off"}, "condition"), ({"skip": False}, None)],
)
def test_a_skipped_step_says_why_and_has_no_output(registry, show, options, reason):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"}, **options)

    shown = show("w", "bell", payload={"off": True})
    assert (shown["skipped"], shown["output"]) == (reason, {} if reason else {"body": "b"})


def test_what_is_missing_of_a_payload_with_a_schema_is_made_up(registry, show):
    @registry.workflow("order", payload_schema=Order)
    def order(payload, step):
        step.in_app(
            "bell", lambda: {"body": f"{type(payload).__name__} {type(payload.number).__name__} {payload.city}"}
        )

    assert show("order", "bell", payload={"city": "Paris"})["output"]["body"] == "Order int Paris"
    assert show("order", "bell")["output"]["body"].startswith("Order int ")
    with pytest.raises(PayloadInvalidError):
        show("order", "bell", payload={"number": "many"})


def test_the_workflows_own_controls_have_their_defaults(registry, show):
    @registry.workflow("own", control_schema=Controls)
    def own(controls, step):
        step.in_app("bell", lambda: {"body": controls.greeting})

    assert show("own", "bell")["output"] == {"body": "Hello"}


def test_an_async_workflow_is_previewed_too(registry, show):
    @registry.workflow("later")
    async def later(step):
        found = await step.custom("look", lambda: {"n": 1})
        await step.in_app("bell", lambda: {"body": f"{found}"})

    assert show("later", "bell")["output"] == {"body": "{}"}


def test_what_can_not_be_previewed_is_told(registry, show, greet):
    bodies = []

    @registry.workflow("sometimes")
    def sometimes(payload, step):
        bodies.append(1)
        if not payload["off"]:
            step.in_app("bell", {"body": "b"})

    with pytest.raises(WorkflowNotFoundError, match="nope"):
        show("nope", "mail")
    with pytest.raises(StepNotFoundError, match="nope"):
        show("sometimes", "nope")
    assert len(bodies) == 1  # for discovery alone
    with pytest.raises(StepNotFoundError, match="bell"):  # known, and not reached with this payload
        show("sometimes", "bell", payload={"off": True})
    with pytest.raises(RecipientInvalidError) as told:
        show("greet", "mail", to={"type": "Topic", "topicKey": "t"})
    assert told.value.errors[0].path == "/to"
