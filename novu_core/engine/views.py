"""What callers see of executions: records with attributes that read as their JSON form too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from novu_core.codec import jsonable
from novu_core.definition.subscriber import Subscriber
from novu_core.engine.frozen import frozen
from novu_core.errors import FieldError, ValidationError
from novu_core.storage.records import ExecutionRow, MessageRow, StepRow
from novu_core.types import (
    ExecutionOutcome,
    ExecutionStatus,
    JsonObject,
    StepOutcome,
    StepStatus,
    StepType,
    WaitingFor,
)

T = TypeVar("T")


class View(Mapping[str, Any]):
    """A record whose items are its JSON form: ``result.status`` is an enum, ``result["status"]`` its text."""

    def to_json(self) -> JsonObject:
        """Return the record as JSON data."""
        return {item.name: jsonable(_plain(getattr(self, item.name))) for item in fields(self)}  # type: ignore[arg-type]  # dataclasses

    def __getitem__(self, key: str) -> Any:
        return self.to_json()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_json())

    def __len__(self) -> int:
        return len(self.to_json())

    __hash__ = object.__hash__


def _plain(value: Any) -> Any:
    if isinstance(value, View | Payload):
        return value.to_json()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True)
class Payload:
    """What one execution was triggered with. Its JSON form is ``data`` alone."""

    workflow_id: str
    recipient: str
    data: JsonObject
    metadata: JsonObject

    def to_json(self) -> JsonObject:
        """Return the data."""
        return self.data


@dataclass(frozen=True, eq=False)
class StepRecord(View):
    """One step of an execution, for the history."""

    step_id: str
    type: StepType
    status: StepStatus
    outcome: StepOutcome | None
    reason: str | None
    error: JsonObject | None
    attempts: list[JsonObject]
    started_at: datetime | None
    completed_at: datetime | None

    @classmethod
    def of(cls, row: StepRow) -> StepRecord:
        """Build from a stored row."""
        return cls(
            row.step_id,
            StepType(row.type),
            StepStatus(row.status),
            StepOutcome(row.outcome) if row.outcome else None,
            row.reason,
            row.error,
            row.attempts or [],
            row.started_at,
            row.completed_at,
        )


@dataclass(frozen=True, eq=False)
class ExecutionContext(View):
    """One run of a workflow for one subscriber (SEMANTICS, States). ``step_results`` can not be changed."""

    execution_id: str
    workflow_id: str
    transaction_id: str
    status: ExecutionStatus
    outcome: ExecutionOutcome | None
    waiting_for: WaitingFor | None
    resume_at: datetime | None
    subscriber: Subscriber
    payload: Payload
    step_results: Mapping[str, Any]
    steps: list[StepRecord]
    current_step: str | None
    error: JsonObject | None
    merged_into: str | None
    metadata: JsonObject
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @classmethod
    def of(cls, row: ExecutionRow, steps: Sequence[StepRow]) -> ExecutionContext:
        """Build from stored rows."""
        metadata = row.request.get("metadata") or {}
        return cls(
            row.execution_id,
            row.workflow_id,
            row.transaction_id,
            ExecutionStatus(row.status),
            ExecutionOutcome(row.outcome) if row.outcome else None,
            WaitingFor(row.waiting_for) if row.waiting_for else None,
            row.resume_at,
            Subscriber.lenient(row.request["subscriber"]),
            Payload(row.workflow_id, row.subscriber_id, row.request["payload"], metadata),
            frozen({step.step_id: result_of(step) for step in steps if step.status == "completed"}),
            [StepRecord.of(step) for step in steps],
            row.current_step if row.status == "running" else None,
            row.error,
            row.merged_into,
            metadata,
            row.created_at,
            row.started_at,
            row.completed_at,
        )


def result_of(step: StepRow) -> Any:
    """Return what ``step_results`` holds of a completed step."""
    return {"skipped": True} if step.outcome == StepOutcome.SKIPPED else step.result


class _OfOne:
    """The fields of a single execution, for type checkers."""

    execution_id: str
    workflow_id: str
    status: ExecutionStatus
    outcome: ExecutionOutcome | None
    waiting_for: WaitingFor | None
    resume_at: datetime | None
    subscriber: Subscriber
    payload: Payload
    step_results: Mapping[str, Any]
    steps: list[StepRecord]
    current_step: str | None
    error: JsonObject | None
    merged_into: str | None
    metadata: JsonObject
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, eq=False)
class TriggerResult(View, _OfOne):
    """What ``trigger`` returns. The fields of a single execution read here too, as ``result.status``."""

    transaction_id: str
    executions: list[ExecutionContext]

    if not TYPE_CHECKING:  # pragma: no branch  # they know the fields, and what is none of them

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name not in _OF_ONE:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            if len(self.executions) != 1:
                raise AttributeError(
                    f"This trigger has {len(self.executions)} executions; read {name!r} from each of `.executions`."
                )
            return getattr(self.executions[0], name)

    def to_json(self) -> JsonObject:
        """Return the only execution as JSON; of several, each in ``executions``."""
        executions = [execution.to_json() for execution in self.executions]
        both = {"transaction_id": self.transaction_id, "executions": executions}
        return {**executions[0], **both} if len(executions) == 1 else both


_OF_ONE = frozenset(item.name for item in fields(ExecutionContext))


@dataclass(frozen=True, eq=False)
class MessageRecord(View):
    """A message that was sent or stored."""

    message_id: str
    execution_id: str
    step_id: str
    workflow_id: str
    subscriber_id: str
    transaction_id: str
    channel: str
    to: str | None
    content: JsonObject
    provider: str | None
    provider_message_id: str | None
    created_at: datetime
    seen: bool
    read: bool
    archived: bool

    @classmethod
    def of(cls, row: MessageRow) -> MessageRecord:
        """Build from a stored row."""
        return cls(
            row.message_id,
            row.execution_id,
            row.step_id,
            row.workflow_id,
            row.subscriber_id,
            row.transaction_id,
            row.channel,
            row.address,
            row.content,
            row.provider,
            row.provider_message_id,
            row.created_at,
            row.seen_at is not None,
            row.read_at is not None,
            row.archived_at is not None,
        )


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; ``next_cursor`` is None on the last."""

    items: list[T]
    next_cursor: str | None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def to_json(self) -> JsonObject:
        """Return the page as JSON data."""
        plain = [item.to_json() if hasattr(item, "to_json") else item for item in self.items]
        return {"items": plain, "next_cursor": self.next_cursor}


MOST = 100
"""How many records a page may hold."""


def checked_cursor(cursor: str | None) -> str | None:
    """Return the cursor of a page of executions or messages. Raises ValidationError."""
    if cursor is not None:
        try:
            UUID(cursor)
        except (AttributeError, TypeError, ValueError):
            told = "is no cursor; give the next_cursor of the page before"
            raise ValidationError("The list is invalid.", [FieldError("/cursor", told)]) from None
    return cursor


def checked_limit(limit: int) -> int:
    """Return the limit of a page. Raises ValidationError."""
    if type(limit) is not int or not 1 <= limit <= MOST:
        raise ValidationError("The list is invalid.", [FieldError("/limit", f"must be a number from 1 to {MOST}")])
    return limit
