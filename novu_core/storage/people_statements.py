"""The statements about subscribers, their preferences, topics and memberships (see statements)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, select, text, update

from novu_core.storage.tables import deleted_subscribers, memberships, messages, preferences, subscribers, topics
from novu_core.storage.upserts import ensure, insert_or_ignore, upsert

SUBSCRIBER = select(subscribers).where(subscribers.c.subscriber_id == bindparam("subscriber_id"))
SUBSCRIBER_TO_CHANGE = SUBSCRIBER.with_for_update()
"""SQLite, which has one writer, is asked for no lock."""
ADD_SUBSCRIBER = insert_or_ignore(subscribers)
ENSURE_SUBSCRIBER = ensure(subscribers)
SAVE_SUBSCRIBER = upsert(subscribers)
SAVE_DELETED = upsert(deleted_subscribers)
FORGET_SUBSCRIBER = tuple(
    table.delete().where(table.c.subscriber_id == bindparam("subscriber"))
    for table in (subscribers, preferences, memberships, messages)
)
INBOXES_OF = text("""
SELECT app FROM novu_messages WHERE subscriber_id = :subscriber AND channel = 'in_app'
UNION SELECT app FROM novu_inbox_changes WHERE subscriber_id = :subscriber
UNION SELECT ''
""")
"""The apps in which somebody has, or had, an inbox."""

SAVE_PREFERENCES = upsert(preferences)
ENSURE_PREFERENCES = ensure(preferences)
PREFERENCES_OF = select(preferences.c.workflow_id, preferences.c.data).where(
    preferences.c.subscriber_id == bindparam("subscriber_id")
)

TOPIC = select(topics).where(topics.c.topic_key == bindparam("topic_key"))
ENSURE_TOPIC = ensure(topics)
RENAME_TOPIC = (
    update(topics)
    .where(topics.c.topic_key == bindparam("key"))
    .values(name=bindparam("new_name"), updated_at=bindparam("now"))
    .returning(topics)
)
FORGET_TOPIC = tuple(table.delete().where(table.c.topic_key == bindparam("key")) for table in (topics, memberships))
JOIN_TOPIC = insert_or_ignore(memberships)
LEAVE_TOPIC = memberships.delete().where(
    memberships.c.topic_key == bindparam("key"), memberships.c.subscriber_id == bindparam("subscriber")
)
MEMBERSHIP: Any = (
    select(
        memberships.c.id,
        memberships.c.topic_key,
        topics.c.id,
        memberships.c.subscriber_id,
        subscribers.c.id,
        memberships.c.created_at,
    )
    .join(topics, topics.c.topic_key == memberships.c.topic_key)
    .join(subscribers, subscribers.c.subscriber_id == memberships.c.subscriber_id)
)
"""A membership with the ids of its topic and its subscriber."""


@lru_cache(maxsize=16)
def memberships_among(count: int) -> Select[Any]:
    """The memberships in ``topic_key`` of so many subscribers, ``subscriber_id_0`` and so on."""
    among: Select[Any] = MEMBERSHIP.where(
        memberships.c.topic_key == bindparam("topic_key"), memberships.c.subscriber_id.in_(_ids(count))
    )
    return among


@lru_cache(maxsize=16)
def stored_among(count: int) -> Select[Any]:
    """Lock those of so many subscribers that are stored, in the order of their ids; returns these."""
    column = subscribers.c.subscriber_id
    return select(column).where(column.in_(_ids(count))).order_by(column).with_for_update()


def _ids(count: int) -> list[Any]:
    return [bindparam(f"subscriber_id_{at}") for at in range(count)]


MEMBERS = (
    select(memberships.c.subscriber_id)
    .where(memberships.c.topic_key == bindparam("topic_key"))
    .order_by(memberships.c.subscriber_id)
)
