"""Renders one step as the embedded engine would, without sending or storing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from novu_core.aio import IO
from novu_core.definition.workflow import Workflow
from novu_core.delivery.attachments import described
from novu_core.engine.due import check_config, config_of
from novu_core.engine.engine import Engine
from novu_core.engine.recipients import parse_subscriber
from novu_core.engine.rules import rules_of
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
WAITS = (StepType.DIGEST, StepType.DELAY, StepType.THROTTLE)
_NONE: Mapping[str, Any] = MappingProxyType({})
Events = int | Sequence[JsonObject]


class _Rendered(Stop):
    """The step is rendered."""


class _PreviewJournal:
    """Gives earlier steps made-up results, or ``results``, and renders the target; no custom step runs.

    ``events``: those of a digest; ``now``: the time of those that are made up.
    """

    def __init__(self, target: str, now: datetime, events: Events, results: Mapping[str, Any]) -> None:
        self._target = target
        self._now = now
        self._events = events
        self._results = results
        self.answer: JsonObject | None = None

    async def step(self, step: StepRun) -> Any:
        """Make up, or render and stop."""
        if step.call.step_id != self._target:
            return step.result(self._made_up(step))
        reason = await step.skip()
        self.answer = {
            "step_id": step.call.step_id,
            "type": step.call.type.value,
            "skipped": reason.value if reason else None,
            "controls": step.controls()[1],
            "output": {} if reason else await self._output(step),
        }
        raise _Rendered

    async def _output(self, step: StepRun) -> Any:
        if step.call.type is StepType.CUSTOM:
            return self._made_up(step)
        if step.call.type in WAITS:
            config = config_of(await step.resolve())
            check_config(step.call.type, config)
            return config
        output = step.sanitize(await step.output())
        if step.call.type is StepType.EMAIL:
            output = described({key: value for key, value in output.items() if key != "safe_html"})
        return output

    def _made_up(self, step: StepRun) -> Any:
        if step.call.step_id in self._results:
            return self._results[step.call.step_id]
        if step.call.type is not StepType.DIGEST:
            return mock(step.definition.result_json_schema)
        events = self._events
        if isinstance(events, int):
            events = [{"payload": step.scope.plain_payload}] * events
        many = len(events)
        made = [
            {
                "id": f"preview-{at}",
                "time": (self._now - timedelta(minutes=many - at)).isoformat(),
                **event,
            }
            for at, event in enumerate(events, start=1)
        ]
        return {"events": made, "eventCount": many}


class Rendered(NamedTuple):
    """One step, what it was rendered with, and its ``answer``: ``{step_id, type, skipped, controls, output}``."""

    workflow: Workflow
    payload: JsonObject
    subscriber: JsonObject
    answer: JsonObject


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
    """Return ``{step_id, type, skipped, controls, output}`` of one step; earlier steps give made-up results.

    What is missing of the payload is made up, too. ``stored``: whether control values are kept in this client's store.

    Raises WorkflowNotFoundError, StepNotFoundError, and what the step itself raises.
    """
    workflow = engine.parts.registry[workflow_id]
    whole = {**example(workflow), **(payload or {})}
    return (await render(engine, workflow, step_id, io, payload=whole, controls=controls, to=to, stored=stored)).answer


def example(workflow: Workflow) -> JsonObject:
    """Return a payload that fits the workflow's schema."""
    return dict(mock(workflow.payload_json_schema)) if workflow.payload_schema else {}


async def render(
    engine: Engine,
    workflow: Workflow,
    step_id: str,
    io: IO,
    *,
    payload: Any,
    controls: JsonObject | None = None,
    to: Any = "preview",
    stored: bool = True,
    events: Events = _EVENTS,
    results: Mapping[str, Any] = _NONE,
) -> Rendered:
    """Render one step of a workflow, with this payload. Raises StepNotFoundError, and what the step itself raises.

    ``events``: of an earlier digest: how many are made up, or each as ``{payload, time?, id?}``; ``results``: those of
    earlier steps, by their ids.
    """
    if step_id not in workflow.discover():
        raise StepNotFoundError(step_id)
    kept = engine.checking.payload(workflow, payload)
    subscriber = parse_subscriber(to, "/to")
    kept_controls = engine.parts.store.known(workflow.workflow_id, "").controls_of(step_id) if stored else {}
    journal = _PreviewJournal(step_id, engine.parts.clock.now(), events, results)
    scope = Scope(
        workflow=workflow,
        payload=workflow.payload_schema.load(kept.readable)[0] if workflow.payload_schema else kept.plain,
        plain_payload=kept.plain,
        subscriber=subscriber,
        plain_subscriber=subscriber,
        controls=workflow.control_schema.load({})[0] if workflow.control_schema else {},
        step_controls={step_id: laid_over(kept_controls, controls or {})},
        links=lambda: engine.parts.links.samples(workflow),
    )
    try:
        await Executor(workflow, scope, journal, rules_of(engine.parts)).run(io)
    except _Rendered:
        assert journal.answer is not None
        return Rendered(workflow, kept.plain, subscriber, journal.answer)
    raise StepNotFoundError(step_id)
