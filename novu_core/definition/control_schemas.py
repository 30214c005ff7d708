"""The control schemas of a workflow, as a read-only view."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass

from novu_core.definition.schema import Schema
from novu_core.definition.step_definition import StepDefinition
from novu_core.types import JsonObject


@dataclass(frozen=True)
class ControlSchema:
    """What may be changed without code: of one step, or of the whole workflow where ``step_id`` is None.

    ``schema_dict`` is JSON Schema, a copy; ``description`` that of the schema, which pydantic takes from the docstring.
    """

    workflow_id: str
    step_id: str | None
    schema_dict: JsonObject
    description: str = ""

    @property
    def schema_id(self) -> str:
        """Unique for each pair of workflow and step: ``workflow:step``, or ``workflow`` alone."""
        return self.workflow_id if self.step_id is None else f"{self.workflow_id}:{self.step_id}"

    def to_json(self) -> JsonObject:
        """Return the view as JSON data."""
        return {
            "schema_id": self.schema_id,
            "workflow_id": self.workflow_id,
            "step_id": self.step_id,
            "schema_dict": self.schema_dict,
            "description": self.description,
        }


def control_schemas(workflow_id: str, own: Schema | None, steps: Iterable[StepDefinition]) -> list[ControlSchema]:
    """Return the schemas that were declared: the workflow's own first, then the steps' in their order."""
    declared = [(None, own), *((step.step_id, step.control_schema) for step in steps)]
    return [
        ControlSchema(
            workflow_id, step_id, copy.deepcopy(schema.json_schema), schema.json_schema.get("description", "")
        )
        for step_id, schema in declared
        if schema is not None
    ]
