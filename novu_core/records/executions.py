"""Executions and what a trigger returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from novu_core.records.subscriber import Subscriber
from novu_core.records.view import SPARSE, View, plain
from novu_core.types import (
    ExecutionOutcome,
    ExecutionStatus,
    JsonObject,
    PreferenceRule,
    StepOutcome,
    StepStatus,
    StepType,
    TriggerStatus,
    WaitingFor,
)


@dataclass(frozen=True)
class Payload(Mapping[str, Any]):
    """What one execution was triggered with. Its JSON form, and its items, are ``data`` alone."""

    workflow_id: str
    recipient: str
    data: JsonObject
    metadata: JsonObject

    def to_json(self) -> JsonObject:
        """Return the data."""
        return self.data

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


@dataclass(frozen=True, eq=False)
class StepRecord(View):
    """One step of an execution, for the history; ``pending``: an open run has not reached it.

    ``rule``: by which preference a channel was closed, where the reason is ``preference``. ``unreadable``: why its
    stored row cannot be read as it is. ``resume_at``: until when it waits, or waited. ``name``, ``provider``,
    ``message_id`` and ``feedback``: what it is called, who took its message, which that is and what its provider
    reported later; only in a timeline. ``condition``: where the reason is ``condition``, its ``source`` and the
    ``values`` that it read, those above 200 characters shortened.
    """

    step_id: str
    type: StepType
    status: StepStatus
    outcome: StepOutcome | None = None
    reason: str | None = None
    rule: PreferenceRule | None = None
    error: JsonObject | None = None
    attempts: list[JsonObject] = field(default_factory=list)
    started_at: datetime | None = None
    completed_at: datetime | None = None
    unreadable: str | None = field(default=None, metadata=SPARSE)
    resume_at: datetime | None = field(default=None, metadata=SPARSE)
    name: str | None = field(default=None, metadata=SPARSE)
    provider: str | None = field(default=None, metadata=SPARSE)
    message_id: str | None = field(default=None, metadata=SPARSE)
    condition: JsonObject | None = field(default=None, metadata=SPARSE)
    feedback: list[JsonObject] | None = field(default=None, metadata=SPARSE)


@dataclass(frozen=True, eq=False)
class ExecutionContext(View):
    """One run of a workflow for one subscriber (SEMANTICS, States). ``step_results`` cannot be changed.

    ``unreadable``: why the stored run cannot be read as it is, which ``error`` then says too; it fails when it is due.
    """

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
    unreadable: str | None = field(metadata=SPARSE)


_OF_ONE = tuple(item.name for item in fields(ExecutionContext))

if TYPE_CHECKING:
    _Result = ExecutionContext  # the fields of a single execution read from the result of its trigger, see __getattr__
else:
    _Result = View


@dataclass(frozen=True, eq=False, init=False)
class TriggerResult(_Result):
    """What ``trigger`` returns. The fields of a single execution read here too, as ``result.status``.

    ``repeated``: nothing was started, since the transaction id had been used; these are its executions.

    With ``NOVU_DISPATCH=cloud`` Novu has the executions, and here there are none. ``status`` is then ``accepted``;
    ``workflow_id``, ``payload`` and ``metadata`` are what was sent, and all other fields are empty or None.
    """

    transaction_id: str
    executions: list[ExecutionContext]
    repeated: bool
    _accepted: dict[str, Any] | None = field(repr=False)

    def __init__(
        self,
        transaction_id: str,
        executions: list[ExecutionContext],
        *,
        repeated: bool = False,
        accepted: Payload | None = None,
    ) -> None:
        object.__setattr__(self, "transaction_id", transaction_id)
        object.__setattr__(self, "executions", executions)
        object.__setattr__(self, "repeated", repeated)
        object.__setattr__(self, "_accepted", None if accepted is None else _accepted(accepted))

    if not TYPE_CHECKING:  # pragma: no branch  # type checkers know the fields already

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name not in _OF_ONE:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            if self._accepted is not None:
                return self._accepted[name]
            if len(self.executions) != 1:
                raise AttributeError(
                    f"This trigger has {len(self.executions)} executions; read {name!r} from each of `.executions`."
                )
            return getattr(self.executions[0], name)

    def to_json(self) -> JsonObject:
        """Return the only execution as JSON; of several, each in ``executions``; of one that Novu runs, its own."""
        executions = [execution.to_json() for execution in self.executions]
        both = {"transaction_id": self.transaction_id, "executions": executions, "repeated": self.repeated}
        if self._accepted is not None:
            return {**plain({name: self._accepted[name] for name in self._accepted if name != "unreadable"}), **both}
        return {**executions[0], **both} if len(executions) == 1 else both


def _accepted(payload: Payload) -> dict[str, Any]:
    """What reads of a trigger that somebody else runs."""
    return {
        **dict.fromkeys(_OF_ONE),
        "status": TriggerStatus.ACCEPTED,
        "workflow_id": payload.workflow_id,
        "payload": payload,
        "metadata": payload.metadata,
        "step_results": {},
        "steps": [],
    }
