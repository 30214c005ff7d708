"""Renders one step as the embedded engine would, without sending or storing anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from novu_core.aio import IO
from novu_core.engine.engine import Engine
from novu_core.engine.recipients import parse_subscriber
from novu_core.engine.rules import rules_for
from novu_core.errors import StepNotFoundError
from novu_core.execution.controls import laid_over
from novu_core.execution.executor import Executor
from novu_core.execution.outcome import Stop
from novu_core.execution.rendering import StepRun
from novu_core.execution.scope import Scope
from novu_core.javascript.mocks import mock
from novu_core.types import JsonObject, StepType

_EVENTS = 3
"""How many events an earlier digest is given."""


class _Rendered(Stop):
    """The step is rendered."""


class _PreviewJournal:
    """Gives earlier steps mocked results and renders the target. ``now``: the time of a digest's events."""

    def __init__(self, target: str, now: datetime) -> None:
        self._target = target
        self._now = now
        self.answer: JsonObject | None = None

    async def step(self, step: StepRun) -> Any:
        """Mock, or render and stop."""
        if step.call.step_id != self._target:
            return step.result(self._made_up(step))
        reason = await step.skip()
        output = {} if reason else step.sanitize(await step.output())
        self.answer = {
            "step_id": step.call.step_id,
            "type": step.call.type.value,
            "skipped": reason.value if reason else None,
            "controls": step.controls()[1],
            "output": output,
        }
        raise _Rendered

    def _made_up(self, step: StepRun) -> Any:
        if step.call.type is not StepType.DIGEST:
            return mock(step.definition.result_json_schema)
        payload = step.scope.plain_payload
        events = [
            {"id": f"preview-{number}", "time": (self._now - timedelta(minutes=_EVENTS - number)).isoformat(),
             "payload": payload}
            for number in range(1, _EVENTS + 1)
        ]  # fmt: skip
        return {"events": events, "eventCount": len(events)}


async def preview(
    engine: Engine,
    workflow_id: str,
    step_id: str,
    io: IO,
    *,
    payload: Any = None,
    controls: JsonObject | None = None,
    to: Any = "preview",
    stored: bool = True,
) -> JsonObject:
    """Return ``{step_id, type, skipped, controls, output}`` of one step; earlier steps give mocked results.

    ``stored``: whether control values are kept in this client's store.

    Raises WorkflowNotFoundError, StepNotFoundError, and what the step itself raises.
    """
    workflow = engine.parts.registry[workflow_id]
    if step_id not in workflow.discover():
        raise StepNotFoundError(step_id)
    plain = {**(mock(workflow.payload_json_schema) if workflow.payload_schema else {}), **(payload or {})}
    kept = engine.checking.payload(workflow, plain)
    subscriber = parse_subscriber(to, "/to")
    kept_controls = engine.parts.store.known(workflow_id, "").controls_of(step_id) if stored else {}
    journal = _PreviewJournal(step_id, engine.parts.clock.now())
    scope = Scope(
        workflow=workflow,
        payload=workflow.payload_schema.load(kept.readable)[0] if workflow.payload_schema else kept.plain,
        plain_payload=kept.plain,
        subscriber=subscriber,
        plain_subscriber=subscriber,
        controls=workflow.control_schema.load({})[0] if workflow.control_schema else {},
        step_controls={step_id: laid_over(kept_controls, controls or {})},
    )
    try:
        await Executor(workflow, scope, journal, rules_for(engine.parts.max_attachment_bytes)).run(io)
    except _Rendered:
        assert journal.answer is not None
        return journal.answer
    raise StepNotFoundError(step_id)
