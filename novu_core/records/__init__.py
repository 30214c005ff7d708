"""What callers see: executions, steps, messages, pages and subscribers, frozen, with attributes that read as JSON."""

from __future__ import annotations

from novu_core.records.executions import ExecutionContext, Payload, StepRecord, TriggerResult
from novu_core.records.fanouts import Fanout
from novu_core.records.messages import MessageRecord
from novu_core.records.pages import CountedPage, NumberedPage, Page
from novu_core.records.people import BulkUpsert, MembershipChange, MembershipRecord, TopicRecord
from novu_core.records.retention import Erased, Pruned
from novu_core.records.subscriber import StoredSubscriber, Subscriber
from novu_core.records.suppressions import SuppressionRecord
from novu_core.records.view import View

__all__ = [
    "BulkUpsert",
    "CountedPage",
    "Erased",
    "ExecutionContext",
    "Fanout",
    "MembershipChange",
    "MembershipRecord",
    "MessageRecord",
    "NumberedPage",
    "Page",
    "Payload",
    "Pruned",
    "StepRecord",
    "StoredSubscriber",
    "Subscriber",
    "SuppressionRecord",
    "TopicRecord",
    "TriggerResult",
    "View",
]
