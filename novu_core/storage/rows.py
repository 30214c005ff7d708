"""What the database holds of runs, their steps and messages, subscribers and topics: the one list of their columns.

The tables, the statements and the lists of columns follow from these classes. A new column is a field here and a
migration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from novu_core.storage.folders import folder_of, marks_of
from novu_core.storage.mapping import Row
from novu_core.types import (
    ExecutionOutcome,
    ExecutionStatus,
    FanoutStatus,
    JsonObject,
    PreferenceRule,
    StepOutcome,
    StepStatus,
    StepType,
    WaitingFor,
)

_END_OF_APP = "\x1f"


def scoped(app: str, transaction_id: str) -> str:
    """Return a transaction id as it is stored: an app's own begin with its name, so that two apps may use one id.

    Those of the app without a name stay as they are, unless they could be taken for another app's.
    """
    return f"{app}{_END_OF_APP}{transaction_id}" if app or _END_OF_APP in transaction_id else transaction_id


def unscoped(app: str, stored: str) -> str:
    """Return a stored transaction id as its app knows it."""
    return stored.removeprefix(f"{app}{_END_OF_APP}")


@dataclass(kw_only=True)
class ExecutionRow(Row):
    """A row of ``novu_executions``."""

    FIXED: ClassVar[frozenset[str]] = frozenset(
        {
            "execution_id",
            "workflow_id",
            "subscriber_id",
            "transaction_id",
            "fence",
            "owner",
            "request",
            "created_at",
            "started_at",
            "app",
            "lane",
        }
    )
    """What a run never changes of its row."""

    execution_id: str
    workflow_id: str
    subscriber_id: str
    transaction_id: str
    status: str = field(metadata={"words": ExecutionStatus})
    outcome: str | None = field(default=None, metadata={"words": ExecutionOutcome})
    waiting_for: str | None = field(default=None, metadata={"words": WaitingFor})
    resume_at: datetime | None = None
    """The end of the run's wait; of one that is being run, when it was claimed."""
    due_at: datetime | None = None
    """When a worker may claim the run: now, the end of its wait, or of its owner's lease. None once it has ended."""
    fence: int = 0
    """The fencing token: it grows with every claim, and a commit must name the present one."""
    owner: str | None = None
    tries: int = 0
    current_step: str | None = None
    request: JsonObject
    error: JsonObject | None = None
    merged_into: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    takeovers: int = 0
    """How often a worker left the run amid its work, since it last got further."""
    progress: int = 0
    """How far the run had come when it was last taken over."""
    app: str = ""
    """Whose run it is, where several apps share the store (``NOVU_APP``)."""
    lane: int = 2
    """With whom it takes turns (:mod:`novu_core.storage.lanes`)."""

    def end(self, outcome: str, fault: JsonObject | None, now: datetime) -> None:
        """End the run before its function does; where a delivery failed before, it has failed in part."""
        self.status, self.outcome = ("failed", "partial") if fault else ("completed", outcome)
        self.due_at, self.resume_at, self.current_step, self.error, self.completed_at = None, None, None, fault, now


@dataclass(kw_only=True)
class StepRow(Row):
    """A row of ``novu_steps``."""

    execution_id: str
    step_id: str
    position: int
    type: str = field(metadata={"words": StepType})
    status: str = field(metadata={"words": StepStatus})
    outcome: str | None = field(default=None, metadata={"words": StepOutcome})
    reason: str | None = None
    rule: str | None = field(default=None, metadata={"words": PreferenceRule})
    """The rule by which the preferences closed the channel, where they did."""
    condition: JsonObject | None = None
    """The condition that held and skipped the step: its ``source``, and the ``values`` of what it read."""
    result: Any = None
    error: JsonObject | None = None
    attempts: list[JsonObject] = field(default_factory=list, metadata={"nullable": True})
    tries: int = 0
    """The attempts with the present provider."""
    provider_index: int = field(default=0, metadata={"column": "provider"})
    """The present provider's place in the list of its channel."""
    resume_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(kw_only=True)
class MessageRow(Row):
    """A row of ``novu_messages``."""

    message_id: str
    execution_id: str
    step_id: str
    workflow_id: str
    subscriber_id: str
    transaction_id: str
    channel: str
    address: str | None = None
    content: JsonObject
    provider: str | None = None
    """The provider's name."""
    provider_message_id: str | None = None
    created_at: datetime
    seen_at: datetime | None = None
    """When it was seen first, also of one that was marked as unseen later."""
    read_at: datetime | None = None
    archived_at: datetime | None = None
    app: str = ""
    sorted_at: datetime | None = None
    """Its place in the inbox: when it was made, or when its last snooze ended. None for other channels, as below."""
    folder: str | None = None
    """Its marks, severity and tags (:mod:`novu_core.storage.folders`)."""
    tags: list[str] | None = None
    severity: str | None = None
    """Of its workflow when it was sent, as the tags are."""
    snoozed_until: datetime | None = None
    redelivered: list[datetime] | None = None
    """When its snoozes ended."""
    actions: JsonObject | None = None
    """Whether its actions are completed, by ``primary`` and ``secondary``."""
    feedback: list[JsonObject] | None = None
    """What its provider reported later: bounces and complaints."""

    def placed(self) -> MessageRow:
        """Return the row, an in-app message at its place in the inbox."""
        if self.channel == "in_app":
            self.tags, self.severity = self.tags or [], self.severity or "none"
            self.sorted_at, self.folder = self.created_at, folder_of(self.tags, self.severity)
        return self

    @property
    def marks(self) -> str:
        """A 0 or 1 for seen, read, archived and snoozed; by the times, where the folder is damaged."""
        marks = marks_of(self.folder) if self.folder else "0000"
        times = (self.seen_at, self.read_at, self.archived_at, self.snoozed_until)
        return "".join("0" if time is None else "1" for time in times) if marks is None else marks


@dataclass(kw_only=True)
class SubscriberRow(Row):
    """A row of ``novu_subscribers``. ``email``, ``phone`` and ``name`` repeat what ``data`` says, as search keys."""

    subscriber_id: str
    id: str
    """An id of ours that never changes and sorts by the time of creation."""
    data: JsonObject
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    created_at: datetime
    updated_at: datetime


@dataclass(kw_only=True)
class TopicRow(Row):
    """A row of ``novu_topics``."""

    topic_key: str
    id: str
    name: str | None = None
    created_at: datetime
    updated_at: datetime


@dataclass(kw_only=True)
class SuppressionRow(Row):
    """A row of ``novu_suppressions``: an address to which nothing is sent."""

    channel: str
    address: str
    id: str
    """An id of ours that sorts by the time of creation."""
    reason: str
    detail: str | None = None
    """What a server or a provider said."""
    message_id: str | None = None
    """The message that bounced, or that somebody complained about."""
    created_at: datetime


@dataclass(kw_only=True)
class FanoutRow(Row):
    """A row of ``novu_fanouts``: a trigger for whoever is in a topic, or in the store, when their chunk is read."""

    fanout_id: str
    workflow_id: str
    transaction_id: str
    topic_key: str
    """Blank: everybody in the store."""
    request: JsonObject
    """What each run's request is, but for its subscriber."""
    excluded: list[str]
    status: str = field(default="open", metadata={"words": FanoutStatus})
    cursor: str = ""
    """The last subscriber id of the chunks that were recorded."""
    recorded: int = 0
    """How many runs it made."""
    due_at: datetime | None
    """When a worker may record the next chunk: since the last one. None once it has ended."""
    created_at: datetime
    completed_at: datetime | None = None
    app: str = ""
    lane: int = 3
    """That of its runs."""
