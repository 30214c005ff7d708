"""Rows of the requirements about registries, workflows and steps, end to end."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from novu_core import AsyncStep, Registry, Step, StepType, Workflow, WorkflowStatus, workflow
from novu_core.errors import ConditionInvalidError, InvalidTransitionError, WorkflowNotActiveError
from novu_core.testing import NovuEnvironment


def hello(payload, step):
    step.in_app("hello", {"body": "Hello"})


@pytest.mark.mission("P-US1.1")
@pytest.mark.mission("P-FR-001")
def test_a_decorated_function_is_in_the_registry_at_once():
    registry = Registry()

    @registry.workflow("plain")
    def plain(step): ...

    @workflow("with-options", registry=registry, name="With", tags=["a"])
    def with_options(step): ...

    assert isinstance(plain, Workflow)
    assert list(registry) == ["plain", "with-options"]
    assert registry["with-options"] is with_options
    assert (with_options.name, with_options.tags) == ("With", ["a"])


@pytest.mark.mission("P-US1.2")
def test_a_plain_script_needs_no_server_and_no_keys(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from novu_core import workflow\n"
        "@workflow('hi')\n"
        "def hi(payload, step):\n"
        "    step.in_app('a', {'body': payload['text']})\n"
        "print(hi.trigger(to='ada', payload={'text': 'x'}).status)\n"
    )
    answer = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path)
    assert answer.stdout.strip() == "completed", answer.stderr


@pytest.mark.mission("P-US2.1")
@pytest.mark.mission("D3-R1")
def test_steps_run_in_the_order_written():
    def body(step):
        step.in_app("one", {"body": "1"})
        step.digest("two", {"amount": 1, "unit": "hours"})
        step.email("three", {"subject": "3", "body": "3"})

    ordered = Workflow("w", body)
    with NovuEnvironment(workflows=[ordered]) as env:
        run = env.trigger(ordered, to="ada")
        env.advance(hours=1)
        found = env.client.executions.get(run.execution_id)
        assert [step.step_id for step in found.steps] == ["one", "two", "three"]
        assert [step.step_id for step in ordered.steps] == ["one", "two", "three"]
        moments = [step.completed_at for step in found.steps]
        assert moments == sorted(moments)


@pytest.mark.mission("P-FR-002")
@pytest.mark.mission("D3-S2")
@pytest.mark.parametrize("facade", [Step, AsyncStep])
def test_every_step_type_can_be_called(facade):
    assert {kind.value for kind in StepType} == {
        name for name, value in vars(facade).items() if isinstance(value, property)
    }


@pytest.mark.mission("P-FR-005")
@pytest.mark.mission("P-FR-009")
def test_trigger_has_an_async_twin():
    async def body(step):
        await step.in_app("a", {"body": "b"})

    made = [Workflow("sync", hello), Workflow("async", body)]
    with NovuEnvironment(workflows=made) as env:
        assert [env.trigger(one, to="ada").status for one in made] == ["completed"] * 2

        async def main():
            return [(await one.atrigger(to="ada")).status for one in made]

        assert asyncio.run(main()) == ["completed"] * 2


async def _true():
    return True


@pytest.mark.mission("P-FR-007")
@pytest.mark.parametrize(
    "options",
    [
        {"skip": True},
        {"skip": lambda: True},
        {"skip": _true},
        {"skip": lambda controls: controls["off"], "control_schema": {"properties": {"off": {"default": True}}}},
        {"skip_condition": "payload.off"},
    ],
    ids=["bool", "callable", "async", "controls", "condition"],
)
def test_a_skipped_step_lets_the_next_ones_run(options):
    def body(step):
        assert not step.in_app("a", {"body": "a"}, **options)
        step.in_app("b", {"body": "b"})

    skipping = Workflow("w", body)
    with NovuEnvironment(workflows=[skipping]) as env:
        run = env.trigger(skipping, to="ada", payload={"off": True})
        assert (run.status, run.error) == ("completed", None)
        assert [message.body for message in env.outbox] == ["b"]
        assert run.steps[0].outcome == "skipped"


@pytest.mark.mission("D3-W3")
def test_a_workflow_without_a_step_is_seen_as_one():
    assert Workflow("w", lambda payload: None).steps == []


MOVES = [
    (start, move)
    for start in WorkflowStatus
    for move in ("activate", "archive")
]  # fmt: skip


@pytest.mark.mission("D3-W5")
@pytest.mark.parametrize(("start", "move"), MOVES)
def test_a_workflow_goes_from_draft_to_active_to_archived_only(start, move):
    allowed = (start, move) in [(WorkflowStatus.DRAFT, "activate"), (WorkflowStatus.ACTIVE, "archive")]
    with NovuEnvironment(workflows=[Workflow("w", hello, status=start)]) as env:
        if allowed:
            getattr(env.client.workflows, move)("w")
            assert env.client.workflows.status("w") == {"activate": "active", "archive": "archived"}[move]
        else:
            with pytest.raises(InvalidTransitionError):
                getattr(env.client.workflows, move)("w")
            assert env.client.workflows.status("w") is start


@pytest.mark.mission("D3-W6")
@pytest.mark.mission("D3-P1")
@pytest.mark.parametrize("status", ["draft", "archived"])
def test_only_an_active_workflow_takes_triggers(status):
    with NovuEnvironment(workflows=[Workflow("w", hello, status=status)]) as env:
        with pytest.raises(WorkflowNotActiveError) as caught:
            env.trigger("w", to="ada")
        assert caught.value.status_code == 409
        assert not env.client.executions.list().items


def test_an_archived_workflow_finishes_what_is_open():
    def body(step):
        step.delay("wait", {"amount": 1, "unit": "hours"})
        step.in_app("a", {"body": "b"})

    with NovuEnvironment(workflows=[Workflow("w", body)]) as env:
        run = env.trigger("w", to="ada")
        env.client.workflows.archive("w")
        env.advance(hours=1)
        assert env.client.executions.get(run.execution_id).status == "completed"


def controlled(step):
    step.in_app("a", {"body": "b"}, control_schema={"description": "Texts", "properties": {"x": {"type": "string"}}})
    step.in_app("b", {"body": "b"})


@pytest.mark.mission("D3-C2")
@pytest.mark.mission("D3-C3")
@pytest.mark.mission("D3-R1")
def test_control_schemas_are_one_for_each_workflow_and_step():
    made = Workflow("w", controlled, control_schema={"properties": {"y": {}}})
    schemas = made.control_schemas
    assert [(item.schema_id, item.workflow_id, item.step_id) for item in schemas] == [
        ("w", "w", None),
        ("w:a", "w", "a"),
    ]
    assert schemas[1].description == "Texts"
    assert json.loads(json.dumps([item.to_json() for item in schemas])) == [item.to_json() for item in schemas]
    schemas[1].schema_dict["properties"].clear()
    assert made.control_schemas[1].schema_dict["properties"] == {"x": {"type": "string"}}


@pytest.mark.mission("D3-Z2")
@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "payload.__class__", "(lambda: 1)()", "[x for x in payload]", "9 ** 9", "open('x')", "a" * 2000,
     "payload.a.b(1)", "f'{payload}'", "not " * 100 + "payload"],
)  # fmt: skip
def test_a_condition_can_not_escape(text):
    with pytest.raises(ConditionInvalidError):
        Workflow("w", lambda step: step.in_app("a", {"body": "b"}, skip_condition=text)).discover()
