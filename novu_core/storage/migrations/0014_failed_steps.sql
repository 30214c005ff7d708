CREATE INDEX novu_steps_failed ON novu_steps (step_id, execution_id) WHERE status = 'failed';
