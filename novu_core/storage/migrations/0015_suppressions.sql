ALTER TABLE novu_messages ADD COLUMN feedback TEXT;
CREATE INDEX novu_messages_provider ON novu_messages (provider_message_id) WHERE length(provider_message_id) <= 200;
CREATE TABLE novu_suppressions (
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    id TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT,
    message_id TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (channel, address)
);
CREATE UNIQUE INDEX novu_suppressions_id ON novu_suppressions (id);
CREATE TABLE novu_spent_tokens (
    token TEXT NOT NULL PRIMARY KEY,
    spent_at BIGINT NOT NULL
);
CREATE INDEX novu_spent_tokens_time ON novu_spent_tokens (spent_at);
