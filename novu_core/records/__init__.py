"""What callers see: executions, steps, messages, pages and subscribers, frozen, with attributes that read as JSON."""

from __future__ import annotations

from novu_core.records.executions import ExecutionContext, Payload, StepRecord, TriggerResult
from novu_core.records.messages import MessageRecord
from novu_core.records.pages import Page
from novu_core.records.subscriber import Subscriber
from novu_core.records.view import View

__all__ = [
    "ExecutionContext",
    "MessageRecord",
    "Page",
    "Payload",
    "StepRecord",
    "Subscriber",
    "TriggerResult",
    "View",
]
