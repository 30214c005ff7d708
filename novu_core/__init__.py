"""Notification workflows as plain Python functions: the engine under flask_novu, free of any web framework."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from novu_core import errors
from novu_core.client import Client, default_client, inbox_hash
from novu_core.clock import Clock, ManualClock, SystemClock
from novu_core.definition.control_schemas import ControlSchema
from novu_core.definition.preferences import Preferences
from novu_core.definition.registry import Registry, agent, default_registry, workflow
from novu_core.definition.results import ChannelResult, Delay, Digest, DigestEvent, Throttle
from novu_core.definition.step import AsyncStep, Step
from novu_core.definition.workflow import Workflow
from novu_core.records import (
    ExecutionContext,
    Fanout,
    MessageRecord,
    Page,
    Payload,
    StepRecord,
    Subscriber,
    TriggerResult,
)
from novu_core.records.outputs import Template
from novu_core.schedules.expressions import CronExpression
from novu_core.schedules.retry import Retry
from novu_core.settings import Settings
from novu_core.types import (
    Channel,
    ExecutionOutcome,
    ExecutionStatus,
    FanoutStatus,
    OnError,
    Priority,
    Severity,
    StepOutcome,
    StepStatus,
    StepType,
    WaitingFor,
    WorkflowStatus,
)

if TYPE_CHECKING:
    from novu_core.delivery import Delivery, Message, Provider
    from novu_core.http.rest.models import Discovered, HealthCheckResponse, TriggerPayload

_LATER = {
    "novu_core.delivery": ("Delivery", "Message", "Provider"),
    "novu_core.http.rest.models": ("Discovered", "HealthCheckResponse", "TriggerPayload"),
}


def __getattr__(name: str) -> Any:
    """Import what only running workflows needs when it is asked for (PEP 562)."""
    for module, names in _LATER.items():
        if name in names:
            found = globals()[name] = getattr(importlib.import_module(module), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


__all__ = [
    "AsyncStep",
    "Channel",
    "ChannelResult",
    "Client",
    "Clock",
    "ControlSchema",
    "CronExpression",
    "Delay",
    "Delivery",
    "Digest",
    "DigestEvent",
    "Discovered",
    "ExecutionContext",
    "ExecutionOutcome",
    "ExecutionStatus",
    "Fanout",
    "FanoutStatus",
    "HealthCheckResponse",
    "ManualClock",
    "Message",
    "MessageRecord",
    "OnError",
    "Page",
    "Payload",
    "Preferences",
    "Priority",
    "Provider",
    "Registry",
    "Retry",
    "Settings",
    "Severity",
    "Step",
    "StepOutcome",
    "StepRecord",
    "StepStatus",
    "StepType",
    "Subscriber",
    "SystemClock",
    "Template",
    "Throttle",
    "TriggerPayload",
    "TriggerResult",
    "WaitingFor",
    "Workflow",
    "WorkflowStatus",
    "agent",
    "default_client",
    "default_registry",
    "errors",
    "inbox_hash",
    "workflow",
]
