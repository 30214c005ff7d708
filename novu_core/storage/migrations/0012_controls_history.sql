CREATE TABLE novu_controls_history (
    version_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    data TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT,
    PRIMARY KEY (version_id)
);

CREATE INDEX novu_controls_history_of ON novu_controls_history (workflow_id, step_id, version_id);
