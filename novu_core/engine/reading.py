"""Turns what the database holds into what callers see, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from novu_core.definition.step_definition import StepDefinition
from novu_core.records.executions import ExecutionContext, Payload, StepRecord
from novu_core.records.frozen import frozen
from novu_core.records.messages import MessageRecord
from novu_core.records.subscriber import Subscriber
from novu_core.storage.rows import ExecutionRow, MessageRow, StepRow, unscoped
from novu_core.types import (
    ExecutionOutcome,
    ExecutionStatus,
    PreferenceRule,
    StepOutcome,
    StepStatus,
    StepType,
    WaitingFor,
)

_step_type, _step_status, _step_outcome = cache(StepType), cache(StepStatus), cache(StepOutcome)
"""An enum's own look-up takes eight times as long, and a list of runs makes thousands."""


def execution_of(
    row: ExecutionRow, steps: Sequence[StepRow], discovered: Sequence[StepDefinition] = ()
) -> ExecutionContext:
    """Return a run as callers see it. ``discovered``: its workflow's steps, of which an open run shows those ahead."""
    metadata = row.request.get("metadata") or {}
    return ExecutionContext(
        execution_id=row.execution_id,
        workflow_id=row.workflow_id,
        transaction_id=unscoped(row.app, row.transaction_id),
        status=ExecutionStatus(row.status),
        outcome=ExecutionOutcome(row.outcome) if row.outcome else None,
        waiting_for=WaitingFor(row.waiting_for) if row.waiting_for else None,
        resume_at=row.resume_at if row.waiting_for else None,
        subscriber=Subscriber.lenient(row.request["subscriber"]),
        payload=Payload(row.workflow_id, row.subscriber_id, row.request["payload"], metadata),
        step_results=frozen({step.step_id: _result_of(step) for step in steps if step.status == "completed"}),
        steps=[*map(_step_of, steps), *_ahead(row, steps, discovered)],
        current_step=row.current_step if row.status == "running" else None,
        error=row.error,
        merged_into=row.merged_into,
        metadata=metadata,
        created_at=row.created_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
    )


def message_of(row: MessageRow) -> MessageRecord:
    """Return a message as callers see it."""
    return MessageRecord(
        message_id=row.message_id,
        execution_id=row.execution_id,
        step_id=row.step_id,
        workflow_id=row.workflow_id,
        subscriber_id=row.subscriber_id,
        transaction_id=unscoped(row.app, row.transaction_id),
        channel=row.channel,
        to=row.address,
        content=row.content,
        provider=row.provider,
        provider_message_id=row.provider_message_id,
        created_at=row.created_at,
        seen=row.seen_at is not None,
        read=row.read_at is not None,
        archived=row.archived_at is not None,
        seen_at=row.seen_at,
        read_at=row.read_at,
        archived_at=row.archived_at,
    )


def _ahead(row: ExecutionRow, steps: Sequence[StepRow], discovered: Sequence[StepDefinition]) -> Iterator[StepRecord]:
    """The steps that an open run has still before it, as far as discovery knows them."""
    if row.status not in (ExecutionStatus.PENDING, ExecutionStatus.RUNNING):
        return
    reached = {step.step_id for step in steps}
    last = max((at for at, step in enumerate(discovered) if step.step_id in reached), default=-1)
    for step in discovered[last + 1 :]:
        yield StepRecord(step.step_id, step.step_type, StepStatus.PENDING)


def _step_of(row: StepRow) -> StepRecord:
    return StepRecord(
        row.step_id,
        _step_type(row.type),
        _step_status(row.status),
        _step_outcome(row.outcome) if row.outcome else None,
        row.reason,
        PreferenceRule(row.rule) if row.rule else None,
        row.error,
        row.attempts or [],
        row.started_at,
        row.completed_at,
    )


def _result_of(step: StepRow) -> Any:
    return {"skipped": True} if step.outcome == StepOutcome.SKIPPED else step.result
