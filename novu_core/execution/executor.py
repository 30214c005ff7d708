"""The one step executor: runs a workflow function from the top and asks its journal about every step it calls.

The bridge's journal knows one target step and stops after it; the engine's commits each outcome and goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from novu_core.aio import IO, Blocking, Looped
from novu_core.definition.step import AsyncStep, Step
from novu_core.definition.step_call import Begun, StepCall, check_awaited
from novu_core.definition.workflow import Workflow
from novu_core.errors import StepAlreadyExistsError
from novu_core.execution.outcome import Stop
from novu_core.execution.rendering import StepRun
from novu_core.execution.rules import Rules
from novu_core.execution.scope import Scope


class Journal(Protocol):
    """Knows what became of a run's earlier steps, and decides about the present one."""

    async def step(self, step: StepRun) -> Any:
        """Return what the step call gives back to the function, or raise Stop to end the run here."""
        ...


class Executor:
    """Runs one workflow function once."""

    def __init__(self, workflow: Workflow, scope: Scope, journal: Journal, rules: Rules) -> None:
        self.workflow = workflow
        self.scope = scope
        self._journal = journal
        self._rules = rules
        self._io: IO = Looped() if workflow.is_async else Blocking()
        self._called: dict[str, int] = {}
        self._begun: Begun = []
        self.stop: Stop | None = None
        self._in_flight = 0
        self._idle: asyncio.Event | None = None

    async def run(self, io: IO) -> None:
        """Run the function to its end. Raises Stop where the journal ended it, and whatever the function raises."""
        facade: Step | AsyncStep = AsyncStep(self._begin) if self.workflow.is_async else Step(self._step)
        arguments = {name: facade if name == "step" else self.scope.argument(name) for name in self.workflow.parameters}
        if self.workflow.is_async:
            await io.wait(self._run_async(arguments))
        else:
            await io.slow(self._run_sync, arguments)
        if self.stop is not None:  # a bare except in the function swallowed it
            raise self.stop

    def _run_sync(self, arguments: dict[str, Any]) -> None:
        self.workflow.handler(**arguments)

    async def _run_async(self, arguments: dict[str, Any]) -> None:
        try:
            await self.workflow.handler(**arguments)
            check_awaited(self._begun)
        finally:
            if self._in_flight:  # siblings in a gather() finish before the run is left
                self._idle = asyncio.Event()
                await self._idle.wait()

    @property
    def called(self) -> dict[str, int]:
        """The ids of the steps that were called so far, with their positions."""
        return self._called

    def _begin(self, call: StepCall) -> Coroutine[Any, Any, Any]:
        coroutine = self._step(call)
        self._begun.append((call, coroutine))
        return coroutine

    async def _step(self, call: StepCall) -> Any:
        if self.stop is not None:
            raise self.stop
        if call.step_id in self._called:
            raise StepAlreadyExistsError(call.step_id)
        position = self._called[call.step_id] = len(self._called)
        self._in_flight += 1
        try:
            return await self._journal.step(StepRun(self.workflow, call, position, self.scope, self._io, self._rules))
        except Stop as stop:
            self.stop = stop
            raise
        finally:
            self._in_flight -= 1
            if self._idle is not None and not self._in_flight:
                self._idle.set()
