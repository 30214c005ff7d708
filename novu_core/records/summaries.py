"""Runs in brief, as a list of many shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from novu_core.types import JsonObject

MOST_RETRIED = 1000
"""How many executions one call lets run again."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in brief. Its JSON form leaves out what is None, and has times of whole seconds.

    ``steps``: of each step that was reached, in order, its outcome, else its status. ``error_type``: of a failed run.
    """

    execution_id: str
    workflow_id: str
    subscriber_id: str
    status: str
    outcome: str | None
    waiting_for: str | None
    resume_at: datetime | None
    merged_into: str | None
    error_type: str | None
    created_at: datetime | None
    completed_at: datetime | None
    steps: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Return the summary as JSON data."""
        told: JsonObject = {
            "execution_id": self.execution_id,
            "workflow_id": self.workflow_id,
            "subscriber_id": self.subscriber_id,
            "status": self.status,
        }
        for name in ("outcome", "waiting_for", "merged_into", "error_type"):
            value = getattr(self, name)
            if value is not None:
                told[name] = value
        for name in ("resume_at", "created_at"):
            at = getattr(self, name)
            if at is not None:
                told[name] = seconds(at)
        told["steps"] = self.steps
        return told


def seconds(at: datetime) -> str:
    """Return a time in ISO 8601, of whole seconds."""
    return f"{at.isoformat()[:19]}Z"  # strftime takes five times as long


@dataclass(frozen=True, slots=True)
class Retried:
    """How many runs are to run again, and whether more of the filter's are left."""

    retried: int
    more: bool

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {"retried": self.retried, "more": self.more}


@dataclass(frozen=True, slots=True)
class Window:
    """What a digest collects, or collected: a page of its events in order, each ``{id, time, payload}``.

    ``count``: of all its events. Of a run that reached no digest, or passed through it, all but the events is None.
    """

    step_id: str | None
    key: str | None
    opened_by: str | None
    opened_at: datetime | None
    due_at: datetime | None
    open: bool
    count: int
    items: list[JsonObject]
    next_cursor: str | None

    def to_json(self) -> JsonObject:
        """Return it as JSON data."""
        found: JsonObject = {name: getattr(self, name) for name in self.__slots__}
        for name in ("opened_at", "due_at"):
            found[name] = found[name] and found[name].isoformat()
        return found
