CREATE INDEX novu_executions_app ON novu_executions (app, execution_id);

CREATE INDEX novu_messages_app ON novu_messages (app, message_id);
