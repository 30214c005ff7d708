"""What one step evaluates of the user's: controls, skip, resolver, provider overrides; each at most once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from novu_core.aio import IO, is_failure
from novu_core.definition import channels, checks
from novu_core.definition.handlers import takes_argument
from novu_core.definition.output_keys import key_faults, spelled
from novu_core.definition.results import ChannelResult, Delay, Digest, StepResult, Throttle
from novu_core.definition.step_call import StepCall
from novu_core.definition.step_definition import StepDefinition
from novu_core.definition.workflow import Workflow
from novu_core.delivery.attachments import MAIL_OVERRIDES
from novu_core.errors import (
    ControlsInvalidError,
    DefinitionError,
    FieldError,
    OutputInvalidError,
    ValidationError,
)
from novu_core.execution.controls import compile_controls
from novu_core.execution.in_app_html import contained
from novu_core.execution.outcome import OverrideError, ResolverError, Stop
from novu_core.execution.rules import Rules
from novu_core.execution.scope import Scope
from novu_core.records.frozen import thawed
from novu_core.templates.base import NO_TEMPLATES, translated
from novu_core.templates.writer import Writer, has_templates
from novu_core.types import JsonObject, SkipReason, StepType

if TYPE_CHECKING:
    from novu_core.javascript.jsonschema import Validator

_RESULTS: dict[StepType, type[StepResult]] = {
    StepType.DIGEST: Digest,
    StepType.DELAY: Delay,
    StepType.THROTTLE: Throttle,
}


class StepRun:
    """One call of a step within one run."""

    def __init__(self, workflow: Workflow, call: StepCall, position: int, scope: Scope, io: IO, rules: Rules) -> None:
        self.workflow = workflow
        self.call = call
        self.position = position
        self.scope = scope
        self.io = io
        self._rules = rules
        self._controls: tuple[Any, JsonObject] | None = None
        self._definition: StepDefinition | None = None

    @property
    def definition(self) -> StepDefinition:
        """The step's compiled definition. Raises DefinitionError."""
        if self._definition is None:
            self._definition = self.workflow.definition_of(self.call)
        return self._definition

    def controls(self) -> tuple[Any, JsonObject]:
        """Return the compiled controls as the resolver gets them, and as JSON.

        Validated with defaults filled, then rendered (PROTOCOL section 7). Raises ControlsInvalidError and
        ControlsSyntaxError.
        """
        if self._controls is None:
            given = self.scope.step_controls.get(self.call.step_id, {})
            schema = self.definition.control_schema
            if schema is None:
                if not isinstance(given, dict):
                    raise ControlsInvalidError(_controls_text(self), [FieldError("", "must be object")])
                self.scope.check_steps()
                self._controls = ({}, {})
                return self._controls
            try:
                typed, plain = schema.load(given)
                self.scope.check_steps()
                compiled = compile_controls(plain, self.scope.for_templates())
                self._controls = (
                    schema.load(compiled)[0]
                    if schema.is_model and compiled != plain
                    else typed
                    if schema.is_model
                    else compiled,
                    compiled,
                )
            except ValidationError as error:
                raise ControlsInvalidError(_controls_text(self), error.errors) from None
        return self._controls

    async def skip(self) -> SkipReason | None:
        """Return why the step is to be skipped, or None: first ``skip``, then ``skip_condition``."""
        skip = self.call.skip
        if isinstance(skip, str):
            raise DefinitionError(checks.TEXT_AS_SKIP)
        if callable(skip):
            skip = await self._call(skip, f"skip of step `{self.call.step_id}`")
        if skip:
            return SkipReason.SKIP
        condition = self.definition.condition
        if condition is not None and condition.evaluate(self.scope.for_conditions(self.controls()[1])):
            return SkipReason.CONDITION
        return None

    async def resolve(self) -> Any:
        """Return what the resolver gives, as JSON. Raises ResolverError around what it raises."""
        resolver = self.call.resolver
        if not callable(resolver):
            self.controls()
            return await self._plain(resolver)
        where = f"The resolver of step `{self.call.step_id}`"
        needs_controls = takes_argument(resolver, where)
        controls = self.controls()[0]
        try:
            returned = resolver(controls) if needs_controls else resolver()
            returned = await self._settle(returned)
        except Stop:
            raise
        except BaseException as error:
            if not is_failure(error):
                raise
            raise ResolverError(self.call.step_id, error) from error
        return await self._plain(returned)

    async def _prepared(self, returned: Any) -> Any:
        """Read files where there are any: that may take a moment."""
        prepare = self._rules.prepare
        if prepare is None or not _is_mapping(returned) or "attachments" not in returned:
            return returned
        try:
            return await self.io.call(prepare, self.call.type, self.scope, returned)
        except ValidationError as error:
            raise OutputInvalidError(_output_text(self), error.errors) from None

    async def _rendered(self, returned: Any) -> Any:
        """Render the templates that the step names. Raises ResolverError around what they, or its functions, raise."""
        call, rules = self.call, self._rules
        if not _is_mapping(returned) or not has_templates(call.template, returned):
            return returned
        where, controls = f"step `{call.step_id}`", self.controls()[0]
        language = rules.language(self.scope.plain_subscriber)
        variables = self.scope.for_app_templates(controls, language.locale, language.zone.key)
        try:
            template: Any = await self._called(call.template, f"template of {where}")
            context: Any = await self._called(call.context, f"context of {where}") or {}
            writer = Writer(call.type, rules.templates, language, {**variables, **context}, rules.closed)
            return writer.fill(returned, template)
        except Stop:
            raise
        except BaseException as error:
            if not is_failure(error):
                raise
            raise ResolverError(call.step_id, error) from error

    async def _plain(self, returned: Any) -> Any:
        returned = await self._prepared(await self._rendered(returned))
        rules = self._rules
        try:
            plain = rules.plain(returned)
            if rules.closed:
                return plain
            if self.call.type.is_channel and rules.templates is not NO_TEMPLATES:
                plain = translated(plain, rules.templates, lambda: rules.language(self.scope.plain_subscriber))
            return spelled(self.call.type, plain)
        except (TypeError, ValueError, RecursionError) as error:
            told = TypeError(f"Step `{self.call.step_id}` returned something that is not JSON: {error}")
            raise ResolverError(self.call.step_id, told) from error

    async def output(self) -> Any:
        """Return the resolver's output, validated and not yet sanitized. Raises OutputInvalidError too."""
        return self.validate(await self.resolve())

    def validate(self, output: Any) -> Any:
        """Return ``output`` as the step's schema has it, defaults filled in. Raises OutputInvalidError."""
        own = self.definition.own_output_schema
        if own is not None:
            try:
                return own.keep(output).readable
            except ValidationError as error:
                raise OutputInvalidError(_output_text(self), error.errors) from None
        if self.call.type is StepType.CUSTOM and not self._rules.closed:
            return output
        without_body = not self._rules.closed and channels.needs_no_body(self.call.type, output)
        errors = _validator(self.call.type, self._rules.closed, without_body).validate(output)
        if not self._rules.closed:
            errors = [*key_faults(self.call.type, output), *errors]
            if self.call.type is StepType.EMAIL and not errors:
                from novu_core.delivery.letter import mail_faults  # with HTML's tables

                errors = mail_faults(output)
        if errors:
            raise OutputInvalidError(_output_text(self), errors)
        return output

    def sanitize(self, output: Any) -> Any:
        """Return ``output`` with its HTML made harmless, unless the step asks not to."""
        if self.call.disable_output_sanitization:
            return output
        if self._rules.contain and self.call.type is StepType.IN_APP:
            output = contained(output)
        return self._rules.sanitize(self.call.type, output)

    async def overrides(self, output: Any, also: Collection[str] = ()) -> dict[str, JsonObject]:
        """Return each provider override's validated output, with its ``_passthrough``. Raises OverrideError.

        ``also``: providers that are not Novu's.
        """
        return {name: await self.override(name, output, also) for name in self.call.providers or {}}

    async def override(self, provider_id: str, output: Any, also: Collection[str] = ()) -> JsonObject:
        """Return one provider override's output (PROTOCOL section 5, Providers)."""
        resolver: Any = (self.call.providers or {})[provider_id]
        try:
            if callable(resolver):
                available = {"controls": self.controls()[0], "outputs": output}
                resolver = await self._settle(resolver(**_wanted(resolver, available)))
            if provider_id in MAIL_OVERRIDES:
                resolver = await self._prepared(resolver)
            returned = self._rules.plain(resolver)
            if provider_id == "smtp":
                returned = spelled(self.call.type, returned)
            passthrough = returned.get("_passthrough") if isinstance(returned, dict) else None
            from novu_core.execution.providers import override_schema  # with the peer's schemas

            errors = override_schema(self.call.type, provider_id, provider_id in also).validate(returned)
            if errors:
                raise OutputInvalidError(_output_text(self), errors)
        except Stop:
            raise
        except BaseException as error:
            if not is_failure(error):
                raise
            raise OverrideError(provider_id, error) from error
        return {**returned, "_passthrough": passthrough} if passthrough is not None else returned

    def result(self, data: Any, *, ran: bool = True) -> Any:
        """Return what the step call gives back to the function."""
        if ran and self.call.type is StepType.CUSTOM:
            own = self.definition.own_output_schema
            return own.load(data)[0] if own is not None and own.is_model else thawed(data)
        if self.call.type is StepType.DIGEST:  # events are shared with nobody: the function may change them
            data = thawed(data)
        return _RESULTS.get(self.call.type, ChannelResult)(data, ran=ran)

    async def _called(self, given: Any, where: str) -> Any:
        return await self._call(given, where) if callable(given) else given

    async def _call(self, function: Callable[..., Any], where: str) -> Any:
        value = function(self.controls()[0]) if takes_argument(function, where) else function()
        return await self._settle(value)

    async def _settle(self, value: Any) -> Any:
        if type(value) is dict:  # as nearly always
            return value
        return await self.io.wait(value) if inspect.isawaitable(value) else value


@lru_cache(maxsize=64)
def _validator(step_type: StepType, closed: bool, without_body: bool) -> Validator:
    from novu_core.javascript.jsonschema import Validator

    schema = channels.output_schema(step_type) if closed else channels.open_output_schema(step_type, without_body)
    return Validator(schema)


def _is_mapping(value: Any) -> bool:
    return type(value) is dict or isinstance(value, Mapping)  # the latter alone takes five times as long


def _wanted(resolver: Callable[..., Any], available: Mapping[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(resolver).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return dict(available)
    return {name: value for name, value in available.items() if name in parameters}


def _controls_text(run: StepRun) -> str:
    return (
        f"Workflow with id: `{run.workflow.workflow_id}` has an invalid state. Step with id: `{run.call.step_id}` "
        "has invalid `controls`. Please provide the correct step controls."
    )


def _output_text(run: StepRun) -> str:
    return (
        f"Workflow with id: `{run.workflow.workflow_id}` has an invalid state. Step with id: `{run.call.step_id}` "
        "has invalid output. Please provide the correct step output."
    )
