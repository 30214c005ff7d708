CREATE TABLE novu_canceled (
    transaction_id TEXT NOT NULL,
    canceled_at BIGINT NOT NULL,
    PRIMARY KEY (transaction_id)
);

CREATE TABLE novu_deleted_subscribers (
    subscriber_id TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (subscriber_id)
);
