CREATE TABLE novu_workers (
    app TEXT NOT NULL,
    owner TEXT NOT NULL,
    workflows INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (app, owner)
);
