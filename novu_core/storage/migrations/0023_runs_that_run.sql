-- Runs that run now are found among those that wait by the index alone, however many of them wait.
DROP INDEX novu_executions_status;
CREATE INDEX novu_executions_status ON novu_executions (status, execution_id, waiting_for) WHERE status <> 'completed';
