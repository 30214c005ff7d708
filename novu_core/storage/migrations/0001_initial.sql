CREATE TABLE novu_controls (
    workflow_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (workflow_id, step_id)
);

CREATE TABLE novu_events (
    execution_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    bucket TEXT NOT NULL,
    window_id TEXT,
    at BIGINT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (execution_id, step_id)
);

CREATE INDEX novu_events_bucket ON novu_events (bucket, at);

CREATE INDEX novu_events_window ON novu_events (window_id, at, execution_id);

CREATE TABLE novu_executions (
    execution_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    subscriber_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT,
    waiting_for TEXT,
    resume_at BIGINT,
    due_at BIGINT,
    fence INTEGER NOT NULL,
    owner TEXT,
    tries INTEGER NOT NULL,
    current_step TEXT,
    request TEXT NOT NULL,
    error TEXT,
    merged_into TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    completed_at BIGINT,
    PRIMARY KEY (execution_id),
    UNIQUE (workflow_id, subscriber_id, transaction_id)
);

CREATE INDEX novu_executions_due ON novu_executions (due_at) WHERE due_at IS NOT NULL;

CREATE INDEX novu_executions_subscriber ON novu_executions (subscriber_id, execution_id);

CREATE INDEX novu_executions_transaction ON novu_executions (transaction_id);

CREATE INDEX novu_executions_workflow ON novu_executions (workflow_id, execution_id);

CREATE TABLE novu_messages (
    message_id TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    subscriber_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT,
    content TEXT NOT NULL,
    provider TEXT,
    provider_message_id TEXT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT,
    read_at BIGINT,
    archived_at BIGINT,
    PRIMARY KEY (message_id),
    UNIQUE (execution_id, step_id)
);

CREATE INDEX novu_messages_inbox ON novu_messages (subscriber_id, channel, message_id);

CREATE TABLE novu_preferences (
    subscriber_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, workflow_id)
);

CREATE TABLE novu_steps (
    execution_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT,
    reason TEXT,
    result TEXT,
    error TEXT,
    attempts TEXT,
    tries INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    resume_at BIGINT,
    started_at BIGINT,
    completed_at BIGINT,
    PRIMARY KEY (execution_id, step_id)
);

CREATE TABLE novu_subscribers (
    subscriber_id TEXT NOT NULL,
    data TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (subscriber_id)
);

CREATE TABLE novu_throttles (
    bucket TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    window_end BIGINT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (bucket)
);

CREATE TABLE novu_topics (
    topic_key TEXT NOT NULL,
    subscriber_id TEXT NOT NULL,
    PRIMARY KEY (topic_key, subscriber_id)
);

CREATE TABLE novu_windows (
    window_id TEXT NOT NULL,
    bucket TEXT NOT NULL,
    opener_id TEXT NOT NULL,
    open INTEGER NOT NULL,
    opened_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (window_id)
);

CREATE UNIQUE INDEX novu_windows_open ON novu_windows (bucket) WHERE open = 1;

CREATE INDEX novu_windows_opener ON novu_windows (opener_id);

CREATE TABLE novu_workflows (
    workflow_id TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (workflow_id)
);
