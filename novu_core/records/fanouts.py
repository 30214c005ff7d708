"""A trigger for a topic, or for everybody, whose runs a worker records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from novu_core.records.view import SPARSE, View
from novu_core.types import FanoutStatus


@dataclass(frozen=True, eq=False)
class Fanout(View):
    """How far a trigger for a topic has come. ``topic``: its key; None for a broadcast.

    ``recorded``: how many runs it made so far; those that the trigger named itself are not among them. ``unreadable``:
    why its stored row cannot be read as it is.
    """

    fanout_id: str
    workflow_id: str
    transaction_id: str
    topic: str | None
    status: FanoutStatus
    recorded: int
    created_at: datetime
    completed_at: datetime | None
    unreadable: str | None = field(default=None, metadata=SPARSE)

    def __str__(self) -> str:
        state = "is still being recorded" if self.status is FanoutStatus.OPEN else f"is {self.status}"
        told = f"{self.workflow_id} to {whom(self.topic)} {state}"
        return f"{told}: {self.recorded} runs so far (transaction {self.transaction_id})"


def whom(topic: str | None) -> str:
    """Say in words who is meant."""
    return f"topic {topic}" if topic else "everybody"
