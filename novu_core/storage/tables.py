"""The tables, all named ``novu_*``. Times are microseconds since the epoch, UTC; JSON is text.

The migrations make them; some indexes cover a part of their table there (``due_at IS NOT NULL``, ``open = 1``,
``status <> 'completed'``, ``owner = '@queue'``, ``app <> ''``, ``length(provider_message_id) <= 200``), which
is not said again here because it would import both dialects. One more, ``novu_executions_error``, is of an expression
that each database has words of its own for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Constraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from novu_core.storage.mapping import Row
from novu_core.storage.rows import ExecutionRow, FanoutRow, MessageRow, StepRow, SubscriberRow, SuppressionRow, TopicRow

metadata = MetaData()
_TYPES: dict[Any, type[BigInteger | Integer | Text]] = {str: Text, int: Integer, datetime: BigInteger}
"""What is of any other type is kept as JSON text."""


def _table(name: str, row: type[Row], *constraints: Constraint) -> Table:
    """A table whose columns are a row's fields, known in statements by the names of the fields."""
    columns = [
        Column(item.column, _TYPES.get(item.kind, Text), key=item.name, nullable=item.nullable) for item in row.layout()
    ]
    return Table(name, metadata, *columns, *constraints)


executions = _table(
    "novu_executions",
    ExecutionRow,
    PrimaryKeyConstraint("execution_id"),
    UniqueConstraint("workflow_id", "subscriber_id", "transaction_id"),
)
Index("novu_executions_due", executions.c.app, executions.c.lane, executions.c.due_at)
Index("novu_executions_queue", executions.c.app, executions.c.due_at)
Index("novu_executions_transaction", executions.c.transaction_id, executions.c.execution_id)
Index("novu_executions_app", executions.c.app, executions.c.execution_id)
Index("novu_executions_status", executions.c.status, executions.c.execution_id, executions.c.waiting_for)
Index("novu_executions_waiting", executions.c.waiting_for, executions.c.execution_id)
Index("novu_executions_outcome", executions.c.outcome, executions.c.execution_id)
Index("novu_executions_subscriber", executions.c.subscriber_id, executions.c.execution_id)
Index("novu_executions_workflow", executions.c.workflow_id, executions.c.execution_id)

steps = _table("novu_steps", StepRow, PrimaryKeyConstraint("execution_id", "step_id"))
Index("novu_steps_failed", steps.c.step_id, steps.c.execution_id)
Index("novu_steps_type", steps.c.type, steps.c.execution_id)

messages = _table(
    "novu_messages",
    MessageRow,
    PrimaryKeyConstraint("message_id"),
    UniqueConstraint("execution_id", "step_id"),
)
Index("novu_messages_inbox", messages.c.subscriber_id, messages.c.channel, messages.c.message_id)
Index("novu_messages_transaction", messages.c.transaction_id, messages.c.message_id)
Index("novu_messages_app", messages.c.app, messages.c.message_id)
Index("novu_messages_channel", messages.c.channel, messages.c.message_id)
Index(
    "novu_messages_folder",
    messages.c.app,
    messages.c.subscriber_id,
    messages.c.folder,
    messages.c.sorted_at,
    messages.c.message_id,
)
Index("novu_messages_snoozed", messages.c.app, messages.c.snoozed_until)
Index("novu_messages_provider", messages.c.provider_message_id)
Index("novu_messages_waking", messages.c.app, messages.c.subscriber_id, messages.c.snoozed_until)

# How often an inbox changed, but for new messages.
inbox_changes = Table(
    "novu_inbox_changes",
    metadata,
    Column("app", Text, primary_key=True),
    Column("subscriber_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

fanouts = _table(
    "novu_fanouts",
    FanoutRow,
    PrimaryKeyConstraint("fanout_id"),
    UniqueConstraint("transaction_id", "workflow_id", "topic_key"),
)
Index("novu_fanouts_due", fanouts.c.app, fanouts.c.lane, fanouts.c.due_at)

subscribers = _table("novu_subscribers", SubscriberRow, PrimaryKeyConstraint("subscriber_id"))
Index("novu_subscribers_id", subscribers.c.id, unique=True)
Index("novu_subscribers_email", subscribers.c.email, subscribers.c.id)
Index("novu_subscribers_phone", subscribers.c.phone, subscribers.c.id)
Index("novu_subscribers_name", subscribers.c.name, subscribers.c.id)

# Who was deleted, and when: what was triggered before is not sent any more.
deleted_subscribers = Table(
    "novu_deleted_subscribers",
    metadata,
    Column("subscriber_id", Text, primary_key=True),
    Column("deleted_at", BigInteger, nullable=False),
)

# Transactions that were canceled while their fan-out may still be recorded.
canceled = Table(
    "novu_canceled",
    metadata,
    Column("transaction_id", Text, primary_key=True),
    Column("canceled_at", BigInteger, nullable=False),
)

# workflow_id "" holds the subscriber's global preferences.
preferences = Table(
    "novu_preferences",
    metadata,
    Column("subscriber_id", Text, primary_key=True),
    Column("workflow_id", Text, primary_key=True),
    Column("data", Text, nullable=False),
)

topics = _table("novu_topics", TopicRow, PrimaryKeyConstraint("topic_key"))
Index("novu_topics_id", topics.c.id, unique=True)

# Who is in a topic; each of them is a stored subscriber.
memberships = Table(
    "novu_memberships",
    metadata,
    Column("topic_key", Text, primary_key=True),
    Column("subscriber_id", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("novu_memberships_topic", memberships.c.topic_key, memberships.c.id, unique=True)
Index("novu_memberships_subscriber", memberships.c.subscriber_id, memberships.c.id)

suppressions = _table("novu_suppressions", SuppressionRow, PrimaryKeyConstraint("channel", "address"))
Index("novu_suppressions_id", suppressions.c.id, unique=True)

# What may open a route once: who sees it twice is shown a copy.
spent_tokens = Table(
    "novu_spent_tokens",
    metadata,
    Column("token", Text, primary_key=True),
    Column("spent_at", BigInteger, nullable=False),
)
Index("novu_spent_tokens_time", spent_tokens.c.spent_at)

# step_id "" holds the workflow's own controls.
controls = Table(
    "novu_controls",
    metadata,
    Column("workflow_id", Text, primary_key=True),
    Column("step_id", Text, primary_key=True),
    Column("data", Text, nullable=False),
)

# What the controls were changed to, one after another.
controls_history = Table(
    "novu_controls_history",
    metadata,
    Column("version_id", Text, primary_key=True),
    Column("workflow_id", Text, nullable=False),
    Column("step_id", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text),
)
Index(
    "novu_controls_history_of",
    controls_history.c.workflow_id,
    controls_history.c.step_id,
    controls_history.c.version_id,
)

workflows = Table(
    "novu_workflows",
    metadata,
    Column("workflow_id", Text, primary_key=True),
    Column("status", Text, nullable=False),
)

# Which apps, by their own names, have a workflow: those of one ``app`` run each other's runs of it.
apps = Table(
    "novu_apps",
    metadata,
    Column("app", Text, primary_key=True),
    Column("workflow_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
)

# The processes that run what is due, and when each said so last.
workers = Table(
    "novu_workers",
    metadata,
    Column("app", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("workflows", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

# One row for each digest window; ``open`` is 1 while it collects, and only one such row may exist in a bucket.
windows = Table(
    "novu_windows",
    metadata,
    Column("window_id", Text, primary_key=True),
    Column("bucket", Text, nullable=False),
    Column("opener_id", Text, nullable=False),
    Column("open", Integer, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
)
Index("novu_windows_open", windows.c.bucket, unique=True)
Index("novu_windows_opener", windows.c.opener_id)

# Every execution that reached a digest, in its bucket: the window's events, and what look-back reads.
events = Table(
    "novu_events",
    metadata,
    Column("execution_id", Text, primary_key=True),
    Column("step_id", Text, primary_key=True),
    Column("bucket", Text, nullable=False),
    Column("window_id", Text),
    Column("at", BigInteger, nullable=False),
    Column("payload", Text, nullable=False),
)
Index("novu_events_window", events.c.window_id, events.c.at, events.c.execution_id)
Index("novu_events_bucket", events.c.bucket, events.c.at)

throttles = Table(
    "novu_throttles",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("window_start", BigInteger, nullable=False),
    Column("window_end", BigInteger, nullable=False),
    Column("used", Integer, nullable=False),
)
