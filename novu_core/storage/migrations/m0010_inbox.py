"""The inbox: snoozes, deliveries, actions, tags and severity of send time, a sort key, folders, what changed."""

STEPS: tuple[str, ...] = (
    "ALTER TABLE novu_messages ADD COLUMN sorted_at BIGINT",
    "ALTER TABLE novu_messages ADD COLUMN folder TEXT",
    "ALTER TABLE novu_messages ADD COLUMN tags TEXT",
    "ALTER TABLE novu_messages ADD COLUMN severity TEXT",
    "ALTER TABLE novu_messages ADD COLUMN snoozed_until BIGINT",
    "ALTER TABLE novu_messages ADD COLUMN redelivered TEXT",
    "ALTER TABLE novu_messages ADD COLUMN actions TEXT",
    """UPDATE novu_messages SET
        sorted_at = created_at,
        seen_at = coalesce(seen_at, read_at),
        tags = '[]',
        severity = 'none',
        folder = CASE WHEN coalesce(seen_at, read_at) IS NULL THEN '0' ELSE '1' END
            || CASE WHEN read_at IS NULL THEN '0' ELSE '1' END
            || CASE WHEN archived_at IS NULL THEN '0' ELSE '1' END
            || '0none'
    WHERE channel = 'in_app'""",
    "CREATE INDEX novu_messages_folder ON novu_messages (app, subscriber_id, folder, sorted_at, message_id)"
    " WHERE folder IS NOT NULL",
    "CREATE INDEX novu_messages_snoozed ON novu_messages (app, snoozed_until) WHERE snoozed_until IS NOT NULL",
    "CREATE INDEX novu_messages_waking ON novu_messages (app, subscriber_id, snoozed_until)"
    " WHERE snoozed_until IS NOT NULL",
    """CREATE TABLE novu_inbox_changes (
        app TEXT NOT NULL,
        subscriber_id TEXT NOT NULL,
        version BIGINT NOT NULL,
        PRIMARY KEY (app, subscriber_id)
    )""",
)
