"""Turns what the database holds into what callers see, field by field.

A row that cannot be read is shown as such, with what of it can be: it hides no other one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from novu_core.clock import iso_time
from novu_core.definition.step_definition import StepDefinition
from novu_core.engine.faults import describe
from novu_core.errors import UnreadableRowError
from novu_core.records.executions import ExecutionContext, Payload, StepRecord
from novu_core.records.frozen import frozen
from novu_core.records.messages import MessageRecord
from novu_core.records.subscriber import Subscriber
from novu_core.storage.rows import ExecutionRow, MessageRow, StepRow, unscoped
from novu_core.types import (
    ExecutionOutcome,
    ExecutionStatus,
    JsonObject,
    PreferenceRule,
    Severity,
    StepOutcome,
    StepStatus,
    StepType,
    WaitingFor,
)

E = TypeVar("E", bound=Enum)


def unreadable_run(row: ExecutionRow, steps: Sequence[StepRow]) -> UnreadableRowError | None:
    """Return why a run cannot be read, and so cannot run, or None."""
    return _unreadable(row, steps, map(_fault_of_step, steps))


def _unreadable(row: ExecutionRow, steps: Sequence[StepRow], faults: Iterable[str | None]) -> UnreadableRowError | None:
    of_steps = (f"of step `{step.step_id}`, {told}" for step, told in zip(steps, faults, strict=True) if told)
    fault = row.unreadable or _fault_of_request(row.request) or _fault_of_error(row.error) or next(of_steps, None)
    if fault is None:
        return None
    return UnreadableRowError(
        f"Execution {row.execution_id} cannot be read: {fault}. Its rows were damaged, or written by a later version; "
        "repair them, or use that version, and retry the run."
    )


def _fault_of_request(request: JsonObject) -> str | None:
    for name in ("subscriber", "payload"):
        if not isinstance(request.get(name), dict):
            return f"`request` has no object `{name}`"
    for name in ("metadata", "overrides", "context", "controls"):
        if not isinstance(request.get(name) or {}, dict):
            return f"`{name}` in `request` is not an object"
    return None


def _fault_of_step(step: StepRow) -> str | None:
    fault = step.unreadable or _fault_of_result(step)
    if fault is not None or (step.error is None and not step.attempts):  # as nearly always
        return fault
    return _fault_of_error(step.error) or _fault_of_attempts(step.attempts or [])


def _fault_of_result(step: StepRow) -> str | None:
    if step.type == StepType.CUSTOM or step.result is None:
        return None
    if not isinstance(step.result, dict):
        return "`result` is not an object"
    events = step.result.get("events")
    whole = step.type != StepType.DIGEST or (isinstance(events, list) and all(isinstance(it, dict) for it in events))
    return None if whole else "`result` has no `events`, or some of them are not objects"


def _fault_of_attempts(attempts: list[JsonObject]) -> str | None:
    for attempt in attempts:
        error = attempt.get("error")
        if not isinstance(attempt.get("at"), str) or not isinstance(error, dict) or _fault_of_error(error):
            return "one of its `attempts` has no time or error"
    return None


def _fault_of_error(error: JsonObject | None) -> str | None:
    told = error is None or (isinstance(error.get("type"), str) and isinstance(error.get("message"), str))
    return None if told else "`error` has no type or message"


def execution_of(
    row: ExecutionRow, steps: Sequence[StepRow], discovered: Sequence[StepDefinition] = (), *, read: bool = True
) -> ExecutionContext:
    """Return a run as callers see it; of one that cannot be read, what can be.

    ``discovered``: its workflow's steps, of which an open run shows those ahead. ``read``: it comes from the store, so
    that it may be damaged.
    """
    faults = [_fault_of_step(step) if read else None for step in steps]
    error = _unreadable(row, steps, faults) if read else None
    request = row.request
    metadata = _object(request.get("metadata"))
    return ExecutionContext.of(
        execution_id=row.execution_id,
        workflow_id=row.workflow_id,
        transaction_id=unscoped(row.app, row.transaction_id),
        status=word(ExecutionStatus, row.status) or ExecutionStatus.FAILED,
        outcome=word(ExecutionOutcome, row.outcome),
        waiting_for=word(WaitingFor, row.waiting_for),
        resume_at=row.resume_at if row.waiting_for else None,
        subscriber=Subscriber.lenient(_object(request.get("subscriber")) or {"subscriberId": row.subscriber_id}),
        payload=Payload(row.workflow_id, row.subscriber_id, _object(request.get("payload")), metadata),
        step_results=frozen({step.step_id: _result_of(step) for step in steps if step.status == "completed"}),
        steps=[*map(_step_of, steps, faults), *_ahead(row, steps, discovered)],
        current_step=row.current_step if row.status == "running" else None,
        error=row.error if error is None else describe(error, None, "configuration"),
        merged_into=row.merged_into,
        metadata=metadata,
        created_at=row.created_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        unreadable=None if error is None else error.message,
    )


def message_of(row: MessageRow) -> MessageRecord:
    """Return a message as callers see it."""
    seen, read, archived, snoozed = (mark == "1" for mark in row.marks)
    return MessageRecord.of(
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
        seen=seen,
        read=read,
        archived=archived,
        snoozed=snoozed,
        seen_at=row.seen_at if seen else None,
        first_seen_at=row.seen_at,
        read_at=row.read_at,
        archived_at=row.archived_at,
        snoozed_until=row.snoozed_until,
        sorted_at=row.sorted_at or row.created_at,
        deliveries=[row.created_at, *(row.redelivered or [])],
        tags=row.tags or [],
        severity=row.severity or Severity.NONE.value,
        actions=row.actions or {},
        bounced_at=_first(row, "hard_bounce", "soft_bounce"),
        complained_at=_first(row, "complaint"),
        feedback=row.feedback or [],
        unreadable=row.unreadable,
    )


def _first(row: MessageRow, *kinds: str) -> datetime | None:
    """When the first of these was reported of the address that the message is for."""
    for entry in row.feedback or ():
        if entry.get("kind") in kinds and not entry.get("copy"):
            with contextlib.suppress(ValueError):  # a damaged one
                return iso_time(str(entry.get("at")))
    return None


def _ahead(row: ExecutionRow, steps: Sequence[StepRow], discovered: Sequence[StepDefinition]) -> Iterator[StepRecord]:
    """The steps that an open run has still before it, as far as discovery knows them."""
    if row.status not in (ExecutionStatus.PENDING, ExecutionStatus.RUNNING):
        return
    reached = {step.step_id for step in steps}
    last = max((at for at, step in enumerate(discovered) if step.step_id in reached), default=-1)
    for step in discovered[last + 1 :]:
        yield StepRecord.of(step_id=step.step_id, type=step.step_type, status=StepStatus.PENDING, attempts=[])


def _step_of(row: StepRow, fault: str | None) -> StepRecord:
    return StepRecord.of(
        step_id=row.step_id,
        type=word(StepType, row.type) or StepType.CUSTOM,
        status=word(StepStatus, row.status) or StepStatus.FAILED,
        outcome=word(StepOutcome, row.outcome),
        reason=row.reason,
        rule=word(PreferenceRule, row.rule),
        error=None if fault and _fault_of_error(row.error) else row.error,
        attempts=[] if fault and _fault_of_attempts(row.attempts or []) else row.attempts or [],
        started_at=row.started_at,
        completed_at=row.completed_at,
        unreadable=fault,
        resume_at=row.resume_at,
        condition=row.condition,
    )


def _result_of(step: StepRow) -> Any:
    return {"skipped": True} if step.outcome == StepOutcome.SKIPPED else step.result


@cache
def word(words: type[E], value: str | None) -> E | None:
    """One of the words; None for none, and for one of a later version.

    An enum's own look-up takes eight times as long, and a list of runs makes thousands.
    """
    try:
        return words(value)
    except ValueError:
        return None


def _object(value: Any) -> JsonObject:
    return dict(value) if isinstance(value, Mapping) else {}
