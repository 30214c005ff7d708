"""A run with every step of its workflow, also those that it did not reach, and who took each message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from novu_core.definition.step_definition import StepDefinition
from novu_core.engine.engine import Engine
from novu_core.engine.reading import execution_of
from novu_core.errors import ExecutionNotFoundError
from novu_core.records import ExecutionContext, StepRecord
from novu_core.storage.rows import MessageRow
from novu_core.types import StepStatus


def timeline(engine: Engine, execution_id: str) -> ExecutionContext:
    """Return a run with its steps in the order of the definition. Raises ExecutionNotFoundError."""
    store = engine.parts.store
    row = store.execution(execution_id)
    if row is None:
        raise ExecutionNotFoundError(execution_id)
    running = engine.runner.active.get(execution_id)
    if running is not None and row.status == "running":
        row.current_step = running.current_step
    workflow = engine.parts.registry.get(row.workflow_id)
    defined = (workflow.steps_or_none() or ()) if workflow else ()
    found = execution_of(row, store.steps(execution_id))
    messages = {message.step_id: message for message in store.messages_of(execution_id)}
    return replace(found, steps=_in_order(found.steps, defined, messages))


def _in_order(
    reached: Sequence[StepRecord], defined: Sequence[StepDefinition], messages: Mapping[str, MessageRow]
) -> list[StepRecord]:
    order = [step.step_id for step in defined]
    before = -1
    for step in reached:  # of an earlier version of the function: each after the one that came before it
        if step.step_id not in order:
            order.insert(before + 1, step.step_id)
        before = order.index(step.step_id)
    steps = {step.step_id: StepRecord(step.step_id, step.step_type, StepStatus.PENDING) for step in defined}
    steps |= {step.step_id: step for step in reached}
    names = {step.step_id: step.name for step in defined}
    return [_told(steps[step_id], names.get(step_id), messages.get(step_id)) for step_id in order]


def _told(step: StepRecord, name: str | None, message: MessageRow | None) -> StepRecord:
    if message is None:
        return replace(step, name=name)
    return replace(
        step,
        name=name,
        provider=message.provider,
        message_id=message.message_id,
        feedback=message.feedback or None,
    )
