CREATE INDEX novu_executions_queue ON novu_executions (app, due_at) WHERE owner = '@queue';
