"""The bodies of the routes about messages and subscribers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from novu_core.types import JsonObject


class _Model(BaseModel):
    model_config = ConfigDict(defer_build=True)


class MessageSummary(_Model):
    """A message in brief; ``title``: its subject, else how its body begins."""

    message_id: str
    execution_id: str
    step_id: str
    workflow_id: str
    subscriber_id: str
    channel: str
    to: str | None
    provider: str | None
    created_at: str
    seen: bool
    read: bool
    title: str


class MessagePage(_Model):
    """Messages in brief, newest first. A page of those with a text may be empty though others follow."""

    items: list[MessageSummary]
    next_cursor: str | None


class MessageResponse(_Model):
    """A message whole. ``text``, ``headers`` and ``source``: of an e-mail, null where it cannot be composed."""

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
    created_at: str
    seen: bool
    read: bool
    archived: bool
    snoozed: bool
    seen_at: str | None
    first_seen_at: str | None
    read_at: str | None
    archived_at: str | None
    snoozed_until: str | None
    sorted_at: str
    deliveries: list[str]
    tags: list[str]
    severity: str
    actions: JsonObject
    bounced_at: str | None
    complained_at: str | None
    feedback: list[JsonObject]
    unreadable: str | None = None
    text: str | None = None
    headers: list[list[str]] | None = None
    source: str | None = None


class SubscriberSummary(_Model):
    """A subscriber as stored; ``subscriber``: Novu's fields."""

    subscriber_id: str
    subscriber: JsonObject
    created_at: str
    updated_at: str


class SubscriberPage(_Model):
    """Subscribers, newest first. ``total`` is right up to 1,000, and that where there are more (``total_capped``)."""

    items: list[SubscriberSummary]
    next_cursor: str | None
    total: int
    total_capped: bool


class DecisionResponse(_Model):
    """Whether messages come, and the rule that decides."""

    enabled: bool
    rule: str


class WorkflowWishes(_Model):
    """What holds for the channels of one workflow."""

    workflow_id: str
    critical: bool
    channels: dict[str, DecisionResponse]


class Wishes(_Model):
    """What holds for workflows that say nothing, for each workflow, and in which hours messages may come."""

    channels: dict[str, DecisionResponse]
    schedule: JsonObject | None
    workflows: list[WorkflowWishes]


class SubscriberResponse(SubscriberSummary):
    """A subscriber, the channels with an address, the wishes, up to 100 topics, and how many messages are unread."""

    reachable: dict[str, bool]
    preferences: Wishes
    topics: list[str]
    unread: int


class PersonExport(_Model):
    """All that is stored about somebody; times are ISO 8601. ``suppressions``: of their addresses."""

    subscriber_id: str
    exported_at: str
    subscriber: JsonObject | None
    preferences: list[JsonObject]
    topics: list[JsonObject]
    executions: list[JsonObject]
    events: list[JsonObject]
    messages: list[JsonObject]
    suppressions: list[JsonObject]


class ErasedResponse(_Model):
    """How many runs, messages and suppressions of somebody were deleted."""

    subscriber_id: str
    runs: int
    messages: int
    suppressions: int
