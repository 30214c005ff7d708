"""Workflows, the registry that holds them, and the control schemas that they show."""

from __future__ import annotations

import json

import pytest

from novu_core import AsyncStep, Registry, Step, StepType, Workflow, workflow


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


@pytest.mark.mission("P-FR-002")
@pytest.mark.mission("D3-S2")
@pytest.mark.parametrize("facade", [Step, AsyncStep])
def test_every_step_type_can_be_called(facade):
    assert {kind.value for kind in StepType} == {
        name for name, value in vars(facade).items() if isinstance(value, property)
    }


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
