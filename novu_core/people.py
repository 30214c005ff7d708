"""The client's managers of people: subscribers, their preferences, topics and inboxes, named after Novu's SDK."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from novu_core.definition.hours import faults_of
from novu_core.definition.preferences import is_read_only
from novu_core.definition.subscriber import Subscriber
from novu_core.engine.engine import Engine
from novu_core.engine.inputs import fault_of_id
from novu_core.engine.recipients import parse_subscriber
from novu_core.engine.views import MessageRecord, Page, checked_cursor, checked_limit
from novu_core.errors import ConflictError, FieldError, MessageNotFoundError, SubscriberNotFoundError, ValidationError
from novu_core.storage import statements
from novu_core.storage.changes import SavePreferences, SaveSubscriber, Write
from novu_core.storage.records import micros
from novu_core.types import Channel, JsonObject


class Inbox:
    """One subscriber's in-app messages."""

    def __init__(self, engine: Engine, subscriber_id: str) -> None:
        self._engine = engine
        self.subscriber_id = subscriber_id

    def list(
        self, *, read: bool | None = None, archived: bool = False, limit: int = 20, cursor: str | None = None
    ) -> Page[MessageRecord]:
        """Return messages, newest first; ``read`` picks the read or the unread ones."""
        rows = self._engine.parts.store.inbox(
            self.subscriber_id,
            read=read,
            archived=archived,
            limit=checked_limit(limit) + 1,
            cursor=checked_cursor(cursor),
        )
        items = [MessageRecord.of(row) for row in rows[:limit]]
        return Page(items, items[-1].message_id if len(rows) > limit else None)

    def count(self, *, read: bool | None = None, seen: bool | None = None) -> int:
        """Count the messages that are not archived."""
        return self._engine.parts.store.inbox_count(self.subscriber_id, read=read, seen=seen)

    def mark(
        self, *message_ids: str, seen: bool | None = None, read: bool | None = None, archived: bool | None = None
    ) -> int:
        """Set the given marks; return how many messages there were. Reading a message means seeing it.

        Raises MessageNotFoundError for an id that is not in this inbox.
        """
        now = self._engine.parts.clock.now()
        marks = {"seen_at": True if read else seen, "read_at": read, "archived_at": archived}
        changed = {name: micros(now) if value else None for name, value in marks.items() if value is not None}
        for message_id in message_ids:
            if not self._engine.parts.store.mark(self.subscriber_id, message_id, changed):
                raise MessageNotFoundError(message_id)
        return len(message_ids)

    def mark_all(self, *, seen: bool | None = None, read: bool | None = None, archived: bool | None = None) -> int:
        """Set the given marks on every message; return how many there were."""
        now = self._engine.parts.clock.now()
        marks = {"seen_at": True if read else seen, "read_at": read, "archived_at": archived}
        changed = {name: micros(now) if value else None for name, value in marks.items() if value is not None}
        return self._engine.parts.store.mark(self.subscriber_id, None, changed)


class Subscribers:
    """Who notifications are for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def upsert(self, subscriber: Subscriber | Mapping[str, Any] | str, **fields: Any) -> Subscriber:
        """Create a subscriber or merge fields into it. Raises RecipientInvalidError."""
        data = parse_subscriber(subscriber, "/subscriber")
        if fields:
            data |= parse_subscriber({**fields, "subscriberId": data["subscriberId"]}, "/subscriber")
        store = self._engine.parts.store
        store.commit(SaveSubscriber(data["subscriberId"], data, self._engine.parts.clock.now()))
        return self.get(data["subscriberId"])

    def get(self, subscriber_id: str) -> Subscriber:
        """Return a subscriber. Raises SubscriberNotFoundError."""
        data = self._engine.parts.store.subscriber(subscriber_id)
        if data is None:
            raise SubscriberNotFoundError(subscriber_id)
        return Subscriber.lenient(data)

    def list(self, *, limit: int = 20, cursor: str | None = None) -> Page[Subscriber]:
        """Return subscribers by id. ``limit``: 1 to 100."""
        rows = self._engine.parts.store.list_subscribers(limit=checked_limit(limit) + 1, cursor=cursor)
        items = [Subscriber.lenient(row) for row in rows[:limit]]
        return Page(items, items[-1].subscriber_id if len(rows) > limit else None)

    def delete(self, subscriber_id: str) -> None:
        """Forget a subscriber, its preferences and its topics. Raises SubscriberNotFoundError."""
        params = {"subscriber": subscriber_id}
        removed = self._engine.parts.store.commit(
            *(Write(statement, params) for statement in statements.FORGET_SUBSCRIBER)
        )
        if not removed[0]:
            raise SubscriberNotFoundError(subscriber_id)


class Preferences:
    """Which channels a subscriber wants, globally and per workflow (SEMANTICS, Preferences)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, subscriber_id: str, workflow_id: str | None = None) -> JsonObject:
        """Return what the subscriber set: for a workflow, or globally."""
        own, everywhere = self._engine.parts.store.known(workflow_id or "", subscriber_id).preferences
        return (own if workflow_id else everywhere) or {}

    def set(self, subscriber_id: str, preferences: Mapping[str, Any], workflow_id: str | None = None) -> JsonObject:
        """Change ``{"all": {"enabled": ...}, "channels": {"email": {"enabled": ...}}}`` and return all that is set.

        What is not given stays; None takes a part or a channel away again.

        The global ones may have a ``schedule`` of the hours in which messages may come, as Novu's
        (``{"isEnabled": true, "weeklySchedule": {"monday": {"isEnabled": true, "hours": [{"start": "09:00", "end":
        "17:00"}]}}}``); in-app messages and critical workflows come at any time.

        Raises ValidationError, and ConflictError for a workflow whose preferences are read-only.
        """
        fault = fault_of_id(subscriber_id)
        if fault is not None:
            raise ValidationError("The preferences are invalid.", [FieldError("/subscriber_id", fault)])
        _check_preferences(preferences, scheduled=workflow_id is None)
        registry = self._engine.parts.registry
        if workflow_id is not None and is_read_only(registry[workflow_id].preferences):
            raise ConflictError(f"The preferences of workflow `{workflow_id}` are read-only.")
        change = SavePreferences(subscriber_id, workflow_id or "", dict(preferences))
        [data] = self._engine.parts.store.commit(change)
        return dict(data)


def _check_preferences(preferences: Any, *, scheduled: bool) -> None:
    if not isinstance(preferences, Mapping):
        raise ValidationError("The preferences are invalid.", [FieldError("", "must be an object")])
    names = ("all", "channels", "schedule") if scheduled else ("all", "channels")
    faults = [
        FieldError(f"/{name}", f"unknown; there are {', '.join(names)}") for name in preferences if name not in names
    ]
    if scheduled and preferences.get("schedule") is not None:
        faults += faults_of(preferences["schedule"])
    channels = preferences.get("channels")
    if channels is None:
        channels = {}
    if not isinstance(channels, Mapping):
        faults.append(FieldError("/channels", 'must be an object such as {"email": {"enabled": true}}'))
        channels = {}
    rules = {"/all": preferences.get("all"), **{f"/channels/{name}": rule for name, rule in channels.items()}}
    known = {channel.value for channel in Channel}
    faults += [
        FieldError(f"/channels/{name}", f"is no channel; there are {', '.join(sorted(known))}")
        for name in channels
        if name not in known
    ]
    for path, rule in rules.items():
        if rule is not None and not (isinstance(rule, Mapping) and isinstance(rule.get("enabled", True), bool)):
            faults.append(FieldError(path, 'must be an object such as {"enabled": true}'))
    if faults:
        raise ValidationError("The preferences are invalid.", faults)


class Topics:
    """Named groups of subscribers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def subscribe(self, topic_key: str, subscriber_ids: Iterable[str] | str) -> None:
        """Add subscribers; those that are in already stay once. Raises ValidationError."""
        self._change(statements.JOIN_TOPIC, ("topic_key", "subscriber_id"), topic_key, subscriber_ids)

    def unsubscribe(self, topic_key: str, subscriber_ids: Iterable[str] | str) -> None:
        """Remove subscribers; those that are not in are ignored."""
        self._change(statements.LEAVE_TOPIC, ("key", "subscriber"), topic_key, subscriber_ids)

    def get(self, topic_key: str) -> list[str]:
        """Return a topic's subscriber ids; an unknown topic has none."""
        return self._engine.parts.store.topic(topic_key)

    def _change(self, statement: Any, names: tuple[str, str], topic_key: str, subscriber_ids: Any) -> None:
        if not isinstance(subscriber_ids, Iterable):
            told = f"must be an id, or a list of ids, not {subscriber_ids!r}"
            raise ValidationError("The topic's members are invalid.", [FieldError("/subscriber_ids", told)])
        ids = [subscriber_ids] if isinstance(subscriber_ids, str) else list(subscriber_ids)
        named = [("/topic_key", topic_key), *((f"/subscriber_ids/{at}", item) for at, item in enumerate(ids))]
        faults = [FieldError(path, fault) for path, value in named if (fault := fault_of_id(value)) is not None]
        if faults:
            raise ValidationError("The topic's members are invalid.", faults)
        if ids:
            changes = [Write(statement, dict(zip(names, (topic_key, item), strict=True))) for item in ids]
            self._engine.parts.store.commit(*changes)
