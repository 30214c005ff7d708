"""What a workflow calls its steps on: one facade for ``def`` and one for ``async def`` functions."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from novu_core.aio import drive
from novu_core.definition.results import ChannelResult, Delay, Digest, Throttle
from novu_core.definition.step_call import StepCall
from novu_core.definition.step_types import AsyncCustomCall, ControlledCall, CustomCall, DelayCall, Open
from novu_core.records import outputs
from novu_core.types import StepType


class _Facade:
    def __init__(self, run: Callable[[StepCall], Coroutine[Any, Any, Any]]) -> None:
        self._run = run


class Step(_Facade):
    """What a ``def`` workflow calls its steps on."""

    def _submit(self, call: StepCall) -> Any:
        return drive(self._run(call))

    @property
    def in_app(self) -> ControlledCall[Open[outputs.InAppOutput], ChannelResult]:
        """Store a message in the subscriber's inbox."""
        return ControlledCall(StepType.IN_APP, self._submit)

    @property
    def email(self) -> ControlledCall[Open[outputs.EmailOutput], ChannelResult]:
        """Send an e-mail."""
        return ControlledCall(StepType.EMAIL, self._submit)

    @property
    def sms(self) -> ControlledCall[Open[outputs.BodyOutput], ChannelResult]:
        """Send an SMS."""
        return ControlledCall(StepType.SMS, self._submit)

    @property
    def push(self) -> ControlledCall[Open[outputs.PushOutput], ChannelResult]:
        """Send a push notification."""
        return ControlledCall(StepType.PUSH, self._submit)

    @property
    def chat(self) -> ControlledCall[Open[outputs.ChatOutput], ChannelResult]:
        """Send a chat message: a body or a card."""
        return ControlledCall(StepType.CHAT, self._submit)

    @property
    def tool(self) -> ControlledCall[Open[outputs.BodyOutput], ChannelResult]:
        """Send a body to a tool."""
        return ControlledCall(StepType.TOOL, self._submit)

    @property
    def digest(self) -> ControlledCall[outputs.DigestOutput, Digest]:
        """Collect this workflow's events for the subscriber until the window closes."""
        return ControlledCall(StepType.DIGEST, self._submit)

    @property
    def delay(self) -> DelayCall[Delay]:
        """Wait."""
        return DelayCall(StepType.DELAY, self._submit)

    @property
    def throttle(self) -> ControlledCall[outputs.ThrottleOutput, Throttle]:
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
    def in_app(self) -> ControlledCall[Open[outputs.InAppOutput], Coroutine[Any, Any, ChannelResult]]:
        """Store a message in the subscriber's inbox."""
        return ControlledCall(StepType.IN_APP, self._submit)

    @property
    def email(self) -> ControlledCall[Open[outputs.EmailOutput], Coroutine[Any, Any, ChannelResult]]:
        """Send an e-mail."""
        return ControlledCall(StepType.EMAIL, self._submit)

    @property
    def sms(self) -> ControlledCall[Open[outputs.BodyOutput], Coroutine[Any, Any, ChannelResult]]:
        """Send an SMS."""
        return ControlledCall(StepType.SMS, self._submit)

    @property
    def push(self) -> ControlledCall[Open[outputs.PushOutput], Coroutine[Any, Any, ChannelResult]]:
        """Send a push notification."""
        return ControlledCall(StepType.PUSH, self._submit)

    @property
    def chat(self) -> ControlledCall[Open[outputs.ChatOutput], Coroutine[Any, Any, ChannelResult]]:
        """Send a chat message: a body or a card."""
        return ControlledCall(StepType.CHAT, self._submit)

    @property
    def tool(self) -> ControlledCall[Open[outputs.BodyOutput], Coroutine[Any, Any, ChannelResult]]:
        """Send a body to a tool."""
        return ControlledCall(StepType.TOOL, self._submit)

    @property
    def digest(self) -> ControlledCall[outputs.DigestOutput, Coroutine[Any, Any, Digest]]:
        """Collect this workflow's events for the subscriber until the window closes."""
        return ControlledCall(StepType.DIGEST, self._submit)

    @property
    def delay(self) -> DelayCall[Coroutine[Any, Any, Delay]]:
        """Wait."""
        return DelayCall(StepType.DELAY, self._submit)

    @property
    def throttle(self) -> ControlledCall[outputs.ThrottleOutput, Coroutine[Any, Any, Throttle]]:
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
