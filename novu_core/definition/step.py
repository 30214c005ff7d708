"""The step facades that a workflow function calls, and :class:`StepCall`, what such a call asks for."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar, Union, overload

from typing_extensions import TypedDict, Unpack

from novu_core.aio import drive
from novu_core.definition import channels
from novu_core.definition.results import ChannelResult, Delay, Digest, Throttle
from novu_core.definition.retry import Retry
from novu_core.errors import DefinitionError, StepNotAwaitedError
from novu_core.types import JsonObject, OnError, StepType

C = TypeVar("C")
O = TypeVar("O")  # noqa: E741  # the output, as C is the controls
R = TypeVar("R")

Returned: TypeAlias = Union[O, Mapping[str, Any], Awaitable[O], Awaitable[Mapping[str, Any]]]  # noqa: UP007
Fixed: TypeAlias = Union[O, Mapping[str, Any], Callable[[], Returned[O]]]  # noqa: UP007
Resolver: TypeAlias = Union[O, Mapping[str, Any], Callable[[], Returned[O]], Callable[[C], Returned[O]]]  # noqa: UP007
Truth: TypeAlias = bool | Awaitable[bool]
Skip: TypeAlias = Union[bool, Callable[[], Truth], Callable[[C], Truth]]  # noqa: UP007  # mypy reads generic unions so
ProviderOverride = Mapping[str, Any] | Callable[..., Mapping[str, Any] | Awaitable[Mapping[str, Any]]]


class StepOptions(TypedDict, total=False):
    """What every step call accepts beside its resolver, its control schema and ``skip``."""

    name: str | None
    skip_condition: str | None
    providers: Mapping[str, ProviderOverride] | None
    disable_output_sanitization: bool
    retry: Retry | None
    on_error: OnError | Literal["continue", "stop"] | None


class DelayOptions(StepOptions, total=False):
    """A delay's options. ``on_past``: what happens where the moment has passed already; ``fail`` by default."""

    on_past: Literal["fail", "send", "skip"]


@dataclass(frozen=True, slots=True)
class StepCall:
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
    on_past: Literal["fail", "send", "skip"] = "fail"
    given: frozenset[str] = field(default=frozenset(), compare=False)

    @classmethod
    def make(cls, step_type: StepType, step_id: str, resolver: Any, options: Mapping[str, Any]) -> StepCall:
        """Build from a call's keywords; Novu's spellings ``controlSchema`` and ``outputSchema`` are read too."""
        known = {_SPELLINGS.get(name, name): value for name, value in options.items()}
        try:
            return cls(step_type, step_id, resolver, given=frozenset(known), **known)
        except TypeError as error:
            reason = str(error).partition(") ")[2] or error
            options_there = ", ".join(("control_schema", "skip", *StepOptions.__annotations__))
            raise DefinitionError(f"step.{step_type}({step_id!r}, ...): {reason}; there are {options_there}.") from None


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


class _Call:
    def __init__(self, step_type: StepType, submit: Submit) -> None:
        self._type = step_type
        self._submit = submit

    def _make(self, step_id: str, resolver: Any, options: Mapping[str, Any]) -> Any:
        return self._submit(StepCall.make(self._type, step_id, resolver, options))


class ControlledCall(_Call, Generic[O, R]):
    """A step call with an output of type O; it gives back an R."""

    @overload
    def __call__(
        self, step_id: str, resolver: Callable[[C], Returned[O]], *, control_schema: type[C], skip: Skip[C] = False,
        **options: Unpack[StepOptions],
    ) -> R: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Callable[[JsonObject], Returned[O]], *,
        control_schema: JsonObject | None = None, skip: Skip[JsonObject] = False, **options: Unpack[StepOptions],
    ) -> R: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Fixed[O], *, control_schema: Any = None, skip: Skip[Any] = False,
        **options: Unpack[StepOptions],
    ) -> R: ...  # fmt: skip

    def __call__(self, step_id: str, resolver: Any, **options: Any) -> Any:
        """Run the step. ``resolver``: its output, or a function of 0 or 1 argument (the compiled controls)."""
        return self._make(step_id, resolver, options)


class DelayCall(_Call, Generic[R]):
    """A delay, with ``on_past``."""

    @overload
    def __call__(
        self, step_id: str, resolver: Callable[[C], Returned[channels.DelayOutput]], *, control_schema: type[C],
        skip: Skip[C] = False, **options: Unpack[DelayOptions],
    ) -> R: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Callable[[JsonObject], Returned[channels.DelayOutput]], *,
        control_schema: JsonObject | None = None, skip: Skip[JsonObject] = False, **options: Unpack[DelayOptions],
    ) -> R: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Fixed[channels.DelayOutput], *, control_schema: Any = None,
        skip: Skip[Any] = False, **options: Unpack[DelayOptions],
    ) -> R: ...  # fmt: skip

    def __call__(self, step_id: str, resolver: Any, **options: Any) -> Any:
        """Wait for ``amount`` x ``unit``, until the next tick of ``cron``, or until what ``dynamicKey`` holds."""
        return self._make(step_id, resolver, options)


class CustomCall(_Call):
    """A step of the user's own; its validated output is what it gives back."""

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[O, Any], *, output_schema: type[O], control_schema: Any = None,
        skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> O: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[JsonObject, Any], *, output_schema: JsonObject | None = None,
        control_schema: Any = None, skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> JsonObject: ...  # fmt: skip

    def __call__(self, step_id: str, resolver: Any, **options: Any) -> Any:
        """Run the resolver once, durably: side effects of a workflow belong here."""
        return self._make(step_id, resolver, options)


class AsyncCustomCall(_Call):
    """As :class:`CustomCall`, to be awaited."""

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[O, Any], *, output_schema: type[O], control_schema: Any = None,
        skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> Coroutine[Any, Any, O]: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[JsonObject, Any], *, output_schema: JsonObject | None = None,
        control_schema: Any = None, skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> Coroutine[Any, Any, JsonObject]: ...  # fmt: skip

    def __call__(self, step_id: str, resolver: Any, **options: Any) -> Any:
        """Run the resolver once, durably: side effects of a workflow belong here."""
        return self._make(step_id, resolver, options)


class _Facade:
    def __init__(self, run: Callable[[StepCall], Coroutine[Any, Any, Any]]) -> None:
        self._run = run


class Step(_Facade):
    """What a ``def`` workflow calls its steps on."""

    def _submit(self, call: StepCall) -> Any:
        return drive(self._run(call))

    @property
    def in_app(self) -> ControlledCall[channels.InAppOutput, ChannelResult]:
        """Store a message in the subscriber's inbox."""
        return ControlledCall(StepType.IN_APP, self._submit)

    @property
    def email(self) -> ControlledCall[channels.EmailOutput, ChannelResult]:
        """Send an e-mail."""
        return ControlledCall(StepType.EMAIL, self._submit)

    @property
    def sms(self) -> ControlledCall[channels.BodyOutput, ChannelResult]:
        """Send an SMS."""
        return ControlledCall(StepType.SMS, self._submit)

    @property
    def push(self) -> ControlledCall[channels.PushOutput, ChannelResult]:
        """Send a push notification."""
        return ControlledCall(StepType.PUSH, self._submit)

    @property
    def chat(self) -> ControlledCall[channels.ChatOutput, ChannelResult]:
        """Send a chat message: a body or a card."""
        return ControlledCall(StepType.CHAT, self._submit)

    @property
    def tool(self) -> ControlledCall[channels.BodyOutput, ChannelResult]:
        """Send a body to a tool."""
        return ControlledCall(StepType.TOOL, self._submit)

    @property
    def digest(self) -> ControlledCall[channels.DigestOutput, Digest]:
        """Collect this workflow's events for the subscriber until the window closes."""
        return ControlledCall(StepType.DIGEST, self._submit)

    @property
    def delay(self) -> DelayCall[Delay]:
        """Wait."""
        return DelayCall(StepType.DELAY, self._submit)

    @property
    def throttle(self) -> ControlledCall[channels.ThrottleOutput, Throttle]:
        """Let only so many runs through within a window."""
        return ControlledCall(StepType.THROTTLE, self._submit)

    @property
    def custom(self) -> CustomCall:
        """Run code of your own as a step."""
        return CustomCall(StepType.CUSTOM, self._submit)

    @property
    def http_request(self) -> ControlledCall[Mapping[str, Any], ChannelResult]:
        """Declare an HTTP request that Novu performs; discoverable only, as the peer's."""
        return ControlledCall(StepType.HTTP_REQUEST, self._submit)


class AsyncStep(_Facade):
    """What an ``async def`` workflow awaits its steps on: :class:`Step` with every call a coroutine."""

    def _submit(self, call: StepCall) -> Coroutine[Any, Any, Any]:
        return self._run(call)

    @property
    def in_app(self) -> ControlledCall[channels.InAppOutput, Coroutine[Any, Any, ChannelResult]]:
        """Store a message in the subscriber's inbox."""
        return ControlledCall(StepType.IN_APP, self._submit)

    @property
    def email(self) -> ControlledCall[channels.EmailOutput, Coroutine[Any, Any, ChannelResult]]:
        """Send an e-mail."""
        return ControlledCall(StepType.EMAIL, self._submit)

    @property
    def sms(self) -> ControlledCall[channels.BodyOutput, Coroutine[Any, Any, ChannelResult]]:
        """Send an SMS."""
        return ControlledCall(StepType.SMS, self._submit)

    @property
    def push(self) -> ControlledCall[channels.PushOutput, Coroutine[Any, Any, ChannelResult]]:
        """Send a push notification."""
        return ControlledCall(StepType.PUSH, self._submit)

    @property
    def chat(self) -> ControlledCall[channels.ChatOutput, Coroutine[Any, Any, ChannelResult]]:
        """Send a chat message: a body or a card."""
        return ControlledCall(StepType.CHAT, self._submit)

    @property
    def tool(self) -> ControlledCall[channels.BodyOutput, Coroutine[Any, Any, ChannelResult]]:
        """Send a body to a tool."""
        return ControlledCall(StepType.TOOL, self._submit)

    @property
    def digest(self) -> ControlledCall[channels.DigestOutput, Coroutine[Any, Any, Digest]]:
        """Collect this workflow's events for the subscriber until the window closes."""
        return ControlledCall(StepType.DIGEST, self._submit)

    @property
    def delay(self) -> DelayCall[Coroutine[Any, Any, Delay]]:
        """Wait."""
        return DelayCall(StepType.DELAY, self._submit)

    @property
    def throttle(self) -> ControlledCall[channels.ThrottleOutput, Coroutine[Any, Any, Throttle]]:
        """Let only so many runs through within a window."""
        return ControlledCall(StepType.THROTTLE, self._submit)

    @property
    def custom(self) -> AsyncCustomCall:
        """Run code of your own as a step."""
        return AsyncCustomCall(StepType.CUSTOM, self._submit)

    @property
    def http_request(self) -> ControlledCall[Mapping[str, Any], Coroutine[Any, Any, ChannelResult]]:
        """Declare an HTTP request that Novu performs; discoverable only, as the peer's."""
        return ControlledCall(StepType.HTTP_REQUEST, self._submit)
