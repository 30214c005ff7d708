ALTER TABLE novu_executions ADD COLUMN app TEXT NOT NULL DEFAULT '';

ALTER TABLE novu_messages ADD COLUMN app TEXT NOT NULL DEFAULT '';

DROP INDEX novu_executions_due;

CREATE INDEX novu_executions_due ON novu_executions (app, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE novu_apps (
    app TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    name TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (app, workflow_id, name)
);
