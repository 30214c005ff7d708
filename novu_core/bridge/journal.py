"""The bridge's journal: hydrates earlier steps from the request, runs the target step, and stops there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from novu_core.bridge.errors import (
    ExecutionStateControlInvalidError,
    ExecutionStateCorruptError,
    ExecutionStateOutputInvalidError,
    ExecutionStateResultInvalidError,
    ProviderExecutionFailedError,
    StepControlCompilationFailedError,
    StepExecutionFailedError,
    faults,
)
from novu_core.bridge.protocol import is_framework_error
from novu_core.codec import jsonable
from novu_core.definition import channels
from novu_core.definition.schema import ModelSchema
from novu_core.errors import (
    ControlsInvalidError,
    OutputInvalidError,
    ProviderNotFoundError,
    StepNotFoundError,
    ValidationError,
)
from novu_core.execution.outcome import ControlsSyntaxError, OverrideError, ResolverError, Stop
from novu_core.execution.providers import provider_schema
from novu_core.execution.rendering import StepRun
from novu_core.execution.rules import Rules
from novu_core.javascript.html.sanitize import sanitize_output
from novu_core.javascript.jsonschema import Validator
from novu_core.javascript.mocks import mock
from novu_core.types import JsonObject, StepType


class Reached(Stop):
    """The target step has its answer; nothing of the function runs after it."""


def plain(value: Any) -> Any:
    """Return a copy made of JSON types; unlike JSON text it keeps NaN, which is a number to the peer's validator."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if type(value) in (str, int, float, bool) or value is None:
        return value
    return jsonable(value)


def _sanitize(step_type: StepType, output: Any) -> Any:
    return sanitize_output(output) if step_type in (StepType.EMAIL, StepType.IN_APP) else output


RULES = Rules(closed=True, sanitize=_sanitize, contain=False, plain=plain)


class BridgeJournal:
    """One execute or preview request. ``outputs``, ``providers`` and ``skipped`` are the answer."""

    def __init__(self, workflow_id: str, target: str, state: Any, *, preview: bool) -> None:
        self.outputs: Any = {}
        self.providers: JsonObject = {}
        self.skipped = False
        self._workflow_id = workflow_id
        self._target = target
        self._state = state
        self._preview = preview

    @property
    def _action(self) -> str:
        return "preview" if self._preview else "execute"

    async def step(self, step: StepRun) -> Any:
        """Give an earlier step's result, or answer for the target."""
        step_id = step.call.step_id
        if step.call.type is StepType.HTTP_REQUEST:
            raise TypeError("step.httpRequest is not a function")
        if step_id not in step.workflow.discover():
            raise StepNotFoundError(step_id)
        if step_id != self._target:
            return self._earlier(step)
        if step.workflow.is_async:
            await asyncio.sleep(0)  # siblings of a gather() look for their state first, as in the peer
        await self._answer(step)
        raise Reached

    async def _answer(self, step: StepRun) -> None:
        step_id = step.call.step_id
        try:
            step.controls()
            if not self._preview and await step.skip():
                self.skipped = True
                return
            wanted = step.workflow.discover()[step_id].call.providers or {}
            for provider_id in wanted:
                if provider_id not in (step.call.providers or {}):
                    raise ProviderNotFoundError(provider_id)
            output = await step.output()
            self.providers = {provider_id: await self._override(step, provider_id, output) for provider_id in wanted}
            self.outputs = step.sanitize(output)
        except ControlsInvalidError as error:
            raise ExecutionStateControlInvalidError(self._workflow_id, step_id, error.errors) from None
        except ControlsSyntaxError as error:
            raise StepControlCompilationFailedError(self._workflow_id, step_id, error.data) from None
        except OutputInvalidError as error:
            raise ExecutionStateOutputInvalidError(self._workflow_id, step_id, error.errors) from None
        except ResolverError as error:
            if is_framework_error(error.cause):
                raise error.cause from None
            raise StepExecutionFailedError(self._action, step_id, error.cause) from error.cause

    async def _override(self, step: StepRun, provider_id: str, output: Any) -> JsonObject:
        try:
            return await step.override(provider_id, output)
        except OverrideError as error:
            if self._preview:
                mocked: JsonObject = mock(provider_schema(step.call.type, provider_id))
                return mocked
            cause: object = error.cause
            if isinstance(cause, OutputInvalidError):
                cause = {
                    "statusCode": 400,
                    "code": "ExecutionStateOutputInvalidError",
                    "data": faults(cause.errors),
                }
            raise ProviderExecutionFailedError(provider_id, cause) from error

    def _earlier(self, step: StepRun) -> Any:
        step_id = step.call.step_id
        definition = step.definition
        if not isinstance(self._state, list):
            error = TypeError("Cannot read properties of undefined (reading 'find')")
            raise StepExecutionFailedError(self._action, step_id, error) if self._preview else error
        found = next(
            (item for item in self._state if isinstance(item, Mapping) and item.get("stepId") == step_id), None
        )
        if self._preview:
            mocked = mock(definition.result_json_schema)
            data = _merged(mocked, found.get("outputs") if found else None)
        else:
            if found is None:
                raise ExecutionStateCorruptError(self._workflow_id, step_id)
            data = plain(found.get("outputs"))
            errors = self._validate(step, data)
            if errors:
                raise ExecutionStateResultInvalidError(self._workflow_id, step_id, errors)
        return step.result(step.sanitize(data))

    def _validate(self, step: StepRun, data: Any) -> Any:
        own = step.definition.own_output_schema
        if own is None:
            return _result_validator(step.call.type).validate(data)
        if isinstance(own, ModelSchema):
            try:
                own.load(data)
            except ValidationError as error:
                return error.errors
            return []
        return Validator(own.json_schema).validate(data)


@lru_cache(maxsize=32)
def _result_validator(step_type: StepType) -> Validator:
    return Validator(channels.result_schema(step_type))


def _merged(base: Any, over: Any) -> Any:
    """Merge objects deeply; arrays and scalars of ``over`` replace (PROTOCOL section 5, Preview)."""
    if over is None:
        return base
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}
