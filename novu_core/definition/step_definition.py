"""One step of a workflow, with what its call declares compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from novu_core.definition import channels, checks
from novu_core.definition.output_keys import misspelled, spelled
from novu_core.definition.placeholders import Placeholder
from novu_core.definition.schema import Schema, schema_of
from novu_core.definition.step_call import StepCall
from novu_core.errors import DefinitionError
from novu_core.schedules.checks import check_schedule
from novu_core.types import JsonObject, StepType

if TYPE_CHECKING:
    from novu_core.definition.conditions import Condition

_SCHEDULED = (StepType.DIGEST, StepType.DELAY, StepType.THROTTLE)


@dataclass(frozen=True)
class StepDefinition:
    """One step of a workflow, with its schemas compiled."""

    call: StepCall
    control_schema: Schema | None
    own_output_schema: Schema | None
    condition: Condition | None

    @property
    def bare(self) -> StepDefinition:
        """The same without the call's functions and values, which would keep a run's payload."""
        kept = self.call.template if type(self.call.template) is str else None  # a placeholder's keeps the run, too
        return replace(
            self, call=self.call._replace(resolver=None, skip=False, providers=None, template=kept, context=None)
        )

    @property
    def step_id(self) -> str:
        """The id, unique in the workflow."""
        return self.call.step_id

    @property
    def step_type(self) -> StepType:
        """The type."""
        return self.call.type

    @property
    def name(self) -> str:
        """What people read: the name given, else the id."""
        return self.call.name or self.call.step_id

    @property
    def config(self) -> JsonObject:
        """The step's output where it is a literal, else empty."""
        return dict(self.call.resolver) if isinstance(self.call.resolver, Mapping) else {}

    @cached_property
    def misspelled(self) -> str | None:
        """What embedded mode says of the keys of a literal output; None where nothing reads wrong."""
        told = misspelled(self.step_type, spelled(self.step_type, self.config))
        return told and f"Step `{self.step_id}`: {told}"

    @property
    def skip_condition(self) -> str | None:
        """The condition's source."""
        return self.call.skip_condition

    @property
    def controls_json_schema(self) -> JsonObject:
        """The control schema as JSON Schema."""
        return self.control_schema.json_schema if self.control_schema else channels.EMPTY

    @property
    def output_json_schema(self) -> JsonObject:
        """The schema of what the resolver returns."""
        return self.own_output_schema.json_schema if self.own_output_schema else channels.output_schema(self.step_type)

    @property
    def result_json_schema(self) -> JsonObject:
        """The schema of what later code reads."""
        own = self.own_output_schema
        return own.json_schema if own else channels.result_schema(self.step_type)

    def fits(self, call: StepCall) -> bool:
        """Whether this definition was made from a call with the same schemas and condition."""
        mine = self.call
        return (
            mine.type is call.type
            and (mine.control_schema is call.control_schema or mine.control_schema == call.control_schema)
            and (mine.output_schema is call.output_schema or mine.output_schema == call.output_schema)
            and mine.skip_condition == call.skip_condition
        )


def define_step(call: StepCall) -> StepDefinition:
    """Compile what a step call declares. Raises DefinitionError that names the step."""
    checks.step_id(call)
    where = f"Step `{call.step_id}`"
    if call.output_schema is not None and call.type not in (StepType.CUSTOM, StepType.HTTP_REQUEST):
        raise DefinitionError(f"{where}: only custom steps take an output_schema; {call.type} has a fixed one.")
    try:
        checks.step(call, where)
        condition = _condition(call.skip_condition) if call.skip_condition is not None else None
        if call.type in _SCHEDULED and isinstance(call.resolver, Mapping) and _is_literal(call.resolver):
            check_schedule(call.type, spelled(call.type, call.resolver))
        return StepDefinition(
            call,
            schema_of(call.control_schema, where="control_schema"),
            schema_of(call.output_schema, where="output_schema"),
            condition,
        )
    except DefinitionError as error:
        raise type(error)(f"{where}: {error.message}") from error


def _is_literal(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_literal(item) for item in value.values())
    return not isinstance(value, Placeholder)


def _condition(source: str) -> Condition:
    from novu_core.definition.conditions import Condition  # its evaluator loads only when used

    return Condition(source)
