ALTER TABLE novu_executions ADD COLUMN lane INTEGER NOT NULL DEFAULT 2;

ALTER TABLE novu_fanouts ADD COLUMN lane INTEGER NOT NULL DEFAULT 3;

DROP INDEX novu_executions_due;

CREATE INDEX novu_executions_due ON novu_executions (app, lane, due_at) WHERE due_at IS NOT NULL;
