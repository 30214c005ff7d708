DROP INDEX novu_executions_app;

CREATE INDEX novu_executions_app ON novu_executions (app, execution_id) WHERE app <> '';

DROP INDEX novu_messages_app;

CREATE INDEX novu_messages_app ON novu_messages (app, message_id) WHERE app <> '';
