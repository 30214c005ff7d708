"""One call of a step, as data, and the options that it may have."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Literal, NamedTuple

from typing_extensions import TypedDict

from novu_core.errors import DefinitionError, StepNotAwaitedError
from novu_core.schedules.retry import Retry
from novu_core.types import OnError, StepType

ProviderOverride = Mapping[str, Any] | Callable[..., Mapping[str, Any] | Awaitable[Mapping[str, Any]]]


class StepOptions(TypedDict, total=False):
    """What every step call accepts beside its resolver, its control schema and ``skip``.

    ``name``: what people see. ``skip_condition``: an expression; where it is true, the step is skipped. ``providers``:
    what is laid over the message for one provider, by its name. ``disable_output_sanitization``: HTML stays as it is.
    ``retry``, ``on_error``: instead of the workflow's. ``template`` names a template of the app, whose variables are
    the run's data and ``context``; of channels only.
    """

    name: str | None
    skip_condition: str | None
    providers: Mapping[str, ProviderOverride] | None
    disable_output_sanitization: bool
    retry: Retry | None
    on_error: OnError | Literal["continue", "stop"] | None
    template: str | Callable[..., str] | None
    context: Mapping[str, Any] | Callable[..., Mapping[str, Any]] | None


class DelayOptions(StepOptions, total=False):
    """A delay's options. ``on_past``: what happens where the moment has passed already; ``fail`` by default."""

    on_past: Literal["fail", "send", "skip"]


class StepCall(NamedTuple):
    """One call of a step by a workflow function, as data."""

    type: StepType
    step_id: str
    resolver: Any = None
    control_schema: Any = None
    skip: Any = False
    name: str | None = None
    skip_condition: str | None = None
    providers: Mapping[str, ProviderOverride] | None = None
    disable_output_sanitization: bool = False
    retry: Retry | None = None
    on_error: OnError | Literal["continue", "stop"] | None = None
    output_schema: Any = None
    template: str | Callable[..., str] | None = None
    context: Mapping[str, Any] | Callable[..., Mapping[str, Any]] | None = None
    on_past: Literal["fail", "send", "skip"] = "fail"
    given: frozenset[str] = frozenset()

    @classmethod
    def make(cls, step_type: StepType, step_id: str, resolver: Any, options: Mapping[str, Any]) -> StepCall:
        """Build from a call's keywords; Novu's spellings ``controlSchema`` and ``outputSchema`` are read too."""
        if not options:
            return cls(step_type, step_id, resolver)
        known = {_SPELLINGS.get(name, name): value for name, value in options.items()}
        try:
            return cls(step_type, step_id, resolver, given=frozenset(known), **known)
        except TypeError as error:
            reason = str(error).partition(") ")[2] or error
            options_there = ", ".join(("control_schema", "skip", *StepOptions.__annotations__))
            raise DefinitionError(
                f"step.{step_type}({step_id!r}, ...): {reason}; use one of {options_there}."
            ) from None


_SPELLINGS = {
    "controlSchema": "control_schema",
    "outputSchema": "output_schema",
    "disableOutputSanitization": "disable_output_sanitization",
}

Submit = Callable[[StepCall], Any]
Begun = list[tuple[StepCall, Coroutine[Any, Any, Any]]]
"""The step calls of an async function, with what it is to await."""


def check_awaited(begun: Begun) -> None:
    """Raise StepNotAwaitedError for a step that was called and never begun to run."""
    forgotten = [item for item in begun if inspect.getcoroutinestate(item[1]) == inspect.CORO_CREATED]
    for _, coroutine in forgotten:
        coroutine.close()
    if forgotten:
        call = forgotten[0][0]
        raise StepNotAwaitedError(
            f"step.{call.type}({call.step_id!r}, ...) was not awaited, so it did not run; write "
            f"`await step.{call.type}(...)`."
        )
