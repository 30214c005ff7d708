"""People: subscribers with an id of their own and search keys, topics as rows, memberships with ids and times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, column, insert, select, table, update

from novu_core.clock import micros
from novu_core.codec import dumps
from novu_core.storage.ids import uuid7
from novu_core.storage.search_keys import search_keys
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_object, read_time
from novu_core.types import JsonObject

_CHUNK = 1000
_names = ("subscriber_id", "data", "updated_at", "id", "created_at", "email", "phone", "name")
_subscribers = table("novu_subscribers", *map(column, _names))
_memberships = table("novu_memberships", *map(column, ("topic_key", "subscriber_id", "id", "created_at")))
_topics = table("novu_topics", *map(column, ("topic_key", "id", "created_at", "updated_at")))

_PEOPLE = (
    select(_subscribers.c.subscriber_id, _subscribers.c.data, _subscribers.c.updated_at)
    .where(_subscribers.c.subscriber_id > bindparam("last"))
    .order_by(_subscribers.c.subscriber_id)
    .limit(_CHUNK)
)
_FILL_PERSON = (
    update(_subscribers)
    .where(_subscribers.c.subscriber_id == bindparam("person"))
    .values({key: bindparam(key) for key in ("id", "created_at", "email", "phone", "name")})
)
_STRANGERS = (
    select(_memberships.c.subscriber_id)
    .where(_memberships.c.subscriber_id.not_in(select(_subscribers.c.subscriber_id)))
    .distinct()
)
_ADD_PERSON = insert(_subscribers).values({key: bindparam(key) for key in ("subscriber_id", "data", "updated_at")})
_KEYS = select(_memberships.c.topic_key).distinct().order_by(_memberships.c.topic_key)
_ADD_TOPIC = insert(_topics).values({key: bindparam(key) for key in ("topic_key", "id", "created_at", "updated_at")})
_MEMBERS = (
    select(_memberships.c.subscriber_id)
    .where(_memberships.c.topic_key == bindparam("key"), _memberships.c.subscriber_id > bindparam("last"))
    .order_by(_memberships.c.subscriber_id)
    .limit(_CHUNK)
)
_FILL_MEMBER = (
    update(_memberships)
    .where(_memberships.c.topic_key == bindparam("key"), _memberships.c.subscriber_id == bindparam("person"))
    .values(id=bindparam("id"), created_at=bindparam("created_at"))
)


def fill(transaction: Transaction, now: datetime) -> None:
    """Give every subscriber an id of the time at which it was stored last, and every topic and membership a row.

    A member that was never stored becomes a subscriber with nothing but its id.
    """
    at = micros(now)
    strangers = [name for (name,) in transaction.rows(_STRANGERS)]
    bare = [{"subscriber_id": name, "data": dumps({"subscriberId": name}), "updated_at": at} for name in strangers]
    transaction.execute_many(_ADD_PERSON, bare)
    last = ""
    while rows := transaction.rows(_PEOPLE, {"last": last}):
        people = [
            {
                "person": name,
                "id": uuid7(_time(stored) or now),
                "created_at": stored,
                **search_keys(_fields(data)),
            }
            for name, data, stored in rows
        ]
        transaction.execute_many(_FILL_PERSON, people)
        last = rows[-1][0]
    for (key,) in transaction.rows(_KEYS):
        transaction.execute(_ADD_TOPIC, {"topic_key": key, "id": uuid7(now), "created_at": at, "updated_at": at})
        last = ""
        while rows := transaction.rows(_MEMBERS, {"key": key, "last": last}):
            members = [{"key": key, "person": name, "id": uuid7(now), "created_at": at} for (name,) in rows]
            transaction.execute_many(_FILL_MEMBER, members)
            last = rows[-1][0]


def _time(stored_at: object) -> datetime | None:
    try:
        return read_time(stored_at)
    except UnreadableValueError:  # one damaged row must not stop the upgrade
        return None


def _fields(data: object) -> JsonObject:
    try:
        return read_object(data)
    except UnreadableValueError:
        return {}


STEPS: tuple[str | Callable[[Transaction, datetime], None], ...] = (
    "ALTER TABLE novu_subscribers ADD COLUMN id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE novu_subscribers ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE novu_subscribers ADD COLUMN email TEXT",
    "ALTER TABLE novu_subscribers ADD COLUMN phone TEXT",
    "ALTER TABLE novu_subscribers ADD COLUMN name TEXT",
    "ALTER TABLE novu_topics RENAME TO novu_memberships",
    "ALTER TABLE novu_memberships ADD COLUMN id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE novu_memberships ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0",
    """CREATE TABLE novu_topics (
        topic_key TEXT NOT NULL,
        id TEXT NOT NULL,
        name TEXT,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (topic_key)
    )""",
    "ALTER TABLE novu_steps ADD COLUMN rule TEXT",
    fill,
    "CREATE UNIQUE INDEX novu_subscribers_id ON novu_subscribers (id)",
    "CREATE INDEX novu_subscribers_email ON novu_subscribers (email, id)",
    "CREATE INDEX novu_subscribers_phone ON novu_subscribers (phone, id)",
    "CREATE INDEX novu_subscribers_name ON novu_subscribers (name, id)",
    "CREATE UNIQUE INDEX novu_topics_id ON novu_topics (id)",
    "CREATE UNIQUE INDEX novu_memberships_topic ON novu_memberships (topic_key, id)",
    "CREATE INDEX novu_memberships_subscriber ON novu_memberships (subscriber_id, id)",
    "DROP INDEX novu_executions_transaction",
    "CREATE INDEX novu_executions_transaction ON novu_executions (transaction_id, execution_id)",
    "CREATE INDEX novu_executions_status ON novu_executions (status, execution_id) WHERE status <> 'completed'",
    "CREATE INDEX novu_messages_transaction ON novu_messages (transaction_id, message_id)",
    "CREATE INDEX novu_messages_channel ON novu_messages (channel, message_id)",
    "CREATE INDEX novu_steps_type ON novu_steps (type, execution_id)",
)
