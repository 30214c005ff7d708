"""The tables, all named ``novu_*``. Times are microseconds since the epoch, UTC; JSON is text.

The migrations make them; two indexes cover a part of their table there (``due_at IS NOT NULL``, ``open = 1``), which is
not said again here because it would import both dialects.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint

metadata = MetaData()

executions = Table(
    "novu_executions",
    metadata,
    Column("execution_id", Text, primary_key=True),
    Column("workflow_id", Text, nullable=False),
    Column("subscriber_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("outcome", Text),
    Column("waiting_for", Text),
    Column("resume_at", BigInteger),
    # When a worker may claim the run: now, the end of its wait, or of its owner's lease. None once it has ended.
    Column("due_at", BigInteger),
    # The fencing token: it grows with every claim, and a commit must name the present one.
    Column("fence", Integer, nullable=False),
    Column("owner", Text),
    Column("tries", Integer, nullable=False),
    Column("current_step", Text),
    Column("request", Text, nullable=False),
    Column("error", Text),
    Column("merged_into", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("completed_at", BigInteger),
    UniqueConstraint("workflow_id", "subscriber_id", "transaction_id"),
)
Index("novu_executions_due", executions.c.due_at)
Index("novu_executions_transaction", executions.c.transaction_id)
Index("novu_executions_subscriber", executions.c.subscriber_id, executions.c.execution_id)
Index("novu_executions_workflow", executions.c.workflow_id, executions.c.execution_id)

steps = Table(
    "novu_steps",
    metadata,
    Column("execution_id", Text, primary_key=True),
    Column("step_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("outcome", Text),
    Column("reason", Text),
    Column("result", Text),
    Column("error", Text),
    Column("attempts", Text),
    Column("tries", Integer, nullable=False),
    Column("provider", Integer, nullable=False),
    Column("resume_at", BigInteger),
    Column("started_at", BigInteger),
    Column("completed_at", BigInteger),
)

messages = Table(
    "novu_messages",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("execution_id", Text, nullable=False),
    Column("step_id", Text, nullable=False),
    Column("workflow_id", Text, nullable=False),
    Column("subscriber_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text),
    Column("content", Text, nullable=False),
    Column("provider", Text),
    Column("provider_message_id", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
    Column("read_at", BigInteger),
    Column("archived_at", BigInteger),
    UniqueConstraint("execution_id", "step_id"),
)
Index("novu_messages_inbox", messages.c.subscriber_id, messages.c.channel, messages.c.message_id)

subscribers = Table(
    "novu_subscribers",
    metadata,
    Column("subscriber_id", Text, primary_key=True),
    Column("data", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

# workflow_id "" holds the subscriber's global preferences.
preferences = Table(
    "novu_preferences",
    metadata,
    Column("subscriber_id", Text, primary_key=True),
    Column("workflow_id", Text, primary_key=True),
    Column("data", Text, nullable=False),
)

topics = Table(
    "novu_topics",
    metadata,
    Column("topic_key", Text, primary_key=True),
    Column("subscriber_id", Text, primary_key=True),
)

# step_id "" holds the workflow's own controls.
controls = Table(
    "novu_controls",
    metadata,
    Column("workflow_id", Text, primary_key=True),
    Column("step_id", Text, primary_key=True),
    Column("data", Text, nullable=False),
)

workflows = Table(
    "novu_workflows",
    metadata,
    Column("workflow_id", Text, primary_key=True),
    Column("status", Text, nullable=False),
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
