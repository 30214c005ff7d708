"""Finds a workflow's steps: its function runs once with a recording step, and no resolvers (PROTOCOL section 9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextvars import ContextVar, copy_context
from typing import Any

from novu_core.aio import run_async
from novu_core.definition.placeholders import Placeholder
from novu_core.definition.step import AsyncStep, Step
from novu_core.definition.step_call import Begun, StepCall, check_awaited
from novu_core.definition.step_definition import StepDefinition, define_step
from novu_core.errors import DefinitionError, StepAlreadyExistsError

_discovering: ContextVar[bool] = ContextVar("novu_discovering", default=False)


def discovering() -> bool:
    """Whether a function is being run here only to see its steps: what it triggers must not happen then."""
    return _discovering.get()


def discover(handler: Callable[..., Any], parameters: Iterable[str], *, is_async: bool) -> dict[str, StepDefinition]:
    """Return the steps that ``handler`` calls by id, in its order; ``parameters`` are the names that it asks for.

    Raises DefinitionError for what cannot work, and whatever the function raises with nothing but placeholders.
    """
    context = copy_context()
    context.run(_discovering.set, True)
    return context.run(_discover, handler, parameters, is_async)


def _discover(handler: Callable[..., Any], parameters: Iterable[str], is_async: bool) -> dict[str, StepDefinition]:
    steps: dict[str, StepDefinition] = {}

    async def record(call: StepCall) -> Placeholder:
        if call.step_id in steps:
            raise StepAlreadyExistsError(call.step_id)
        steps[call.step_id] = define_step(call)
        return Placeholder()

    if is_async:
        begun: Begun = []

        def begin(call: StepCall) -> Coroutine[Any, Any, Placeholder]:
            coroutine = record(call)
            begun.append((call, coroutine))
            return coroutine

        arguments = _placeholders(parameters, AsyncStep(begin))

        async def body() -> None:
            made: Awaitable[None] = handler(**arguments)
            await made
            check_awaited(begun)

        run_async(body)
    else:
        handler(**_placeholders(parameters, Step(record)))
    return steps


def _placeholders(parameters: Iterable[str], step: Step | AsyncStep) -> dict[str, Any]:
    return {name: step if name == "step" else Placeholder() for name in parameters}


def impossible(error: Exception) -> bool:
    """Whether a discovery's error shows a workflow that cannot run, not just one that raised on placeholder values."""
    return isinstance(error, DefinitionError)
