"""Names that every room shares: JSON aliases and the enums of SEMANTICS."""

from __future__ import annotations

from enum import Enum
from typing import Any

JsonObject = dict[str, Any]
"""A JSON object. ``Any`` and not a recursive alias: users' payloads reach typed code through it."""


class Text(str, Enum):
    """A string enum that prints and formats as its value on every supported Python."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(str(self.value), spec)


class StepType(Text):
    """Step types, with the peer's wire values."""

    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    CHAT = "chat"
    TOOL = "tool"
    DIGEST = "digest"
    DELAY = "delay"
    THROTTLE = "throttle"
    CUSTOM = "custom"
    HTTP_REQUEST = "http_request"

    @property
    def is_channel(self) -> bool:
        """Whether a step of this type delivers a message."""
        return self in _CHANNELS

    @property
    def channel(self) -> Channel | None:
        """The channel of the messages that a step of this type delivers, if it does."""
        return _CHANNELS.get(self)


class Channel(Text):
    """The step types that deliver a message."""

    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    CHAT = "chat"
    TOOL = "tool"


_CHANNELS = {StepType(channel.value): channel for channel in Channel}


class Severity(Text):
    """How urgent a workflow's notifications are."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Priority(Text):
    """Which runs go first where many are due."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class WorkflowStatus(Text):
    """The life of a workflow on one client: draft -> active -> archived."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class ExecutionStatus(Text):
    """PENDING -> RUNNING -> COMPLETED | FAILED, and FAILED -> PENDING by retry."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class FanoutStatus(Text):
    """OPEN until the runs of every member are recorded, or somebody cancels the rest."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELED = "canceled"


class TriggerStatus(Text):
    """The status of a trigger that somebody else runs."""

    ACCEPTED = "accepted"


class ExecutionOutcome(Text):
    """What a finished execution's status does not tell."""

    MERGED = "merged"
    THROTTLED = "throttled"
    CANCELED = "canceled"
    PARTIAL = "partial"


class WaitingFor(Text):
    """What a suspended execution waits for."""

    DIGEST = "digest"
    DELAY = "delay"
    RETRY = "retry"


class StepStatus(Text):
    """pending -> executing -> completed | failed, and failed -> executing by retry."""

    PENDING = "pending"
    EXECUTING = "executing"
    COMPLETED = "completed"
    FAILED = "failed"


class StepOutcome(Text):
    """What a finished step's status does not tell."""

    SKIPPED = "skipped"
    DELIVERED = "delivered"


class SkipReason(Text):
    """Why a step was skipped (SEMANTICS, States)."""

    SKIP = "skip"
    CONDITION = "condition"
    PREFERENCE = "preference"
    SCHEDULE = "schedule"
    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    SUBSCRIBER_DELETED = "subscriber_deleted"
    THROTTLED = "throttled"
    MERGED = "merged"
    PAST = "past"
    CANCELED = "canceled"


class PreferenceRule(Text):
    """Which preference opened or closed a channel, the strongest first."""

    CRITICAL = "critical"
    READ_ONLY = "read_only"
    SUBSCRIBER_WORKFLOW = "subscriber_workflow"
    SUBSCRIBER_GLOBAL = "subscriber_global"
    WORKFLOW = "workflow"
    DEFAULT = "default"


class OnError(Text):
    """What a run does after a channel step that failed for good."""

    CONTINUE = "continue"
    STOP = "stop"
