"""Workflows and steps as discovery shows them (PROTOCOL section 4); with ``actions`` the only camelCase."""

from __future__ import annotations

from typing import Any

from novu_core.definition import channels
from novu_core.definition.handlers import source_of
from novu_core.definition.preferences import to_wire
from novu_core.definition.schema import Schema, schema_of
from novu_core.definition.step_definition import StepDefinition
from novu_core.definition.workflow import Workflow
from novu_core.execution.providers import provider_schema
from novu_core.types import JsonObject


def workflow_to_wire(workflow: Workflow) -> JsonObject:
    """Return a workflow's entry. Raises what its discovery raises."""
    described: JsonObject = {
        "workflowId": workflow.workflow_id,
        "severity": workflow.severity.value,
        "steps": [_step(step) for step in workflow.steps],
        "code": source_of(workflow.handler),
        "payload": _twice(workflow.payload_json_schema),
        "controls": _twice(_json_schema(workflow.control_schema)),
        "env": _twice(_json_schema(workflow.env_schema)),
        "tags": workflow.tags,
        "preferences": to_wire(workflow.preferences),
    }
    if workflow.title is not None:
        described["name"] = workflow.title
    if workflow.description is not None:
        described["description"] = workflow.description
    return described


def _step(step: StepDefinition) -> JsonObject:
    return {
        "stepId": step.step_id,
        "type": step.step_type.value,
        "controls": _twice(step.controls_json_schema),
        "outputs": _twice(step.output_json_schema),
        "results": _twice(step.result_json_schema),
        "code": source_of(step.call.resolver),
        "options": _options(step),
        "providers": [
            {
                "type": provider_id,
                "code": source_of(resolver),
                "outputs": _twice(provider_schema(step.step_type, provider_id)),
            }
            for provider_id, resolver in (step.call.providers or {}).items()
        ],
    }


def _options(step: StepDefinition) -> JsonObject:
    """The options as given, but for the functions in them."""
    options: JsonObject = {}
    given = step.call.given
    if "control_schema" in given:
        options["controlSchema"] = _as_given(step.call.control_schema)
    if "output_schema" in given:
        options["outputSchema"] = _as_given(step.call.output_schema)
    if "disable_output_sanitization" in given:
        options["disableOutputSanitization"] = step.call.disable_output_sanitization
    if "providers" in given:
        options["providers"] = {}
    return options


def _as_given(source: Any) -> Any:
    schema = schema_of(source)
    return source if schema is None else schema.json_schema


def _json_schema(schema: Schema | None) -> JsonObject:
    return channels.EMPTY if schema is None else schema.json_schema


def _twice(schema: JsonObject) -> JsonObject:
    return {"schema": schema, "unknownSchema": schema}
