"""The types of step calls: what a resolver may return, and what the call gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Generic, TypeAlias, TypeVar, Union, overload

from typing_extensions import Unpack

from novu_core.definition.step_call import DelayOptions, StepCall, StepOptions, Submit
from novu_core.records import outputs
from novu_core.types import JsonObject, StepType

C = TypeVar("C")
O = TypeVar("O")  # noqa: E741  # the output, as C is the controls
R = TypeVar("R")

Returned: TypeAlias = Union[O, Mapping[str, Any], Awaitable[O], Awaitable[Mapping[str, Any]]]  # noqa: UP007
Open: TypeAlias = Union[O, Mapping[str, Any]]  # noqa: UP007
"""A channel's output, which may have keys for providers of one's own; a digest's, delay's or throttle's may not."""
Fixed: TypeAlias = Union[O, Callable[[], Returned[O]]]  # noqa: UP007
Resolver: TypeAlias = Union[  # noqa: UP007
    O, Callable[[], Union[O, Awaitable[O]]], Callable[[C], Union[O, Awaitable[O]]]  # noqa: UP007
]
Truth: TypeAlias = bool | Awaitable[bool]
Skip: TypeAlias = Union[bool, Callable[[], Truth], Callable[[C], Truth]]  # noqa: UP007  # mypy reads generic unions so


class StepMethod:
    """One of the facade's methods: makes a step call of its type."""

    def __init__(self, step_type: StepType, submit: Submit) -> None:
        self._type = step_type
        self._submit = submit

    def _make(self, step_id: str, resolver: Any, options: Mapping[str, Any]) -> Any:
        return self._submit(StepCall.make(self._type, step_id, resolver, options))


class ControlledCall(StepMethod, Generic[O, R]):
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


class DelayCall(StepMethod, Generic[R]):
    """A delay, with ``on_past``."""

    @overload
    def __call__(
        self, step_id: str, resolver: Callable[[C], Returned[outputs.DelayOutput]], *, control_schema: type[C],
        skip: Skip[C] = False, **options: Unpack[DelayOptions],
    ) -> R: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Callable[[JsonObject], Returned[outputs.DelayOutput]], *,
        control_schema: JsonObject | None = None, skip: Skip[JsonObject] = False, **options: Unpack[DelayOptions],
    ) -> R: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Fixed[outputs.DelayOutput], *, control_schema: Any = None,
        skip: Skip[Any] = False, **options: Unpack[DelayOptions],
    ) -> R: ...  # fmt: skip

    def __call__(self, step_id: str, resolver: Any, **options: Any) -> Any:
        """Wait for ``amount`` x ``unit``, until the next tick of ``cron``, or until what ``dynamicKey`` holds."""
        return self._make(step_id, resolver, options)


class CustomCall(StepMethod):
    """A step of the user's own; its validated output is what it gives back.

    Resolvers that return a mapping come first: pyright would make a union of it and the schema's type.
    """

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[Mapping[str, Any], Any], *, output_schema: type[O],
        control_schema: Any = None, skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> O: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[O, Any], *, output_schema: type[O], control_schema: Any = None,
        skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> O: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[Mapping[str, Any], Any], *, output_schema: JsonObject | None = None,
        control_schema: Any = None, skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> JsonObject: ...  # fmt: skip

    def __call__(self, step_id: str, resolver: Any, **options: Any) -> Any:
        """Run the resolver once, durably: side effects of a workflow belong here."""
        return self._make(step_id, resolver, options)


class AsyncCustomCall(StepMethod):
    """As :class:`CustomCall`, to be awaited."""

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[Mapping[str, Any], Any], *, output_schema: type[O],
        control_schema: Any = None, skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> Coroutine[Any, Any, O]: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[O, Any], *, output_schema: type[O], control_schema: Any = None,
        skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> Coroutine[Any, Any, O]: ...  # fmt: skip

    @overload
    def __call__(
        self, step_id: str, resolver: Resolver[Mapping[str, Any], Any], *, output_schema: JsonObject | None = None,
        control_schema: Any = None, skip: Skip[Any] = False, **options: Unpack[StepOptions],
    ) -> Coroutine[Any, Any, JsonObject]: ...  # fmt: skip

    def __call__(self, step_id: str, resolver: Any, **options: Any) -> Any:
        """Run the resolver once, durably: side effects of a workflow belong here."""
        return self._make(step_id, resolver, options)
