CREATE TABLE novu_fanouts (
    fanout_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    topic_key TEXT NOT NULL,
    request TEXT NOT NULL,
    excluded TEXT NOT NULL,
    status TEXT NOT NULL,
    cursor TEXT NOT NULL,
    recorded INTEGER NOT NULL,
    due_at BIGINT,
    created_at BIGINT NOT NULL,
    completed_at BIGINT,
    app TEXT NOT NULL,
    PRIMARY KEY (fanout_id),
    UNIQUE (transaction_id, workflow_id, topic_key)
);

CREATE INDEX novu_fanouts_due ON novu_fanouts (app, due_at) WHERE due_at IS NOT NULL;
