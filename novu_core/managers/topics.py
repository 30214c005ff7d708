"""Named groups of subscribers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from novu_core.errors import FieldError, ValidationError
from novu_core.records.ids import checked_ids, fault_of_id
from novu_core.storage import statements
from novu_core.storage.changes import Write
from novu_core.storage.store import Store


class Topics:
    """Named groups of subscribers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def subscribe(self, topic_key: str, subscriber_ids: Iterable[str] | str) -> None:
        """Add subscribers; those that are in already stay once. Raises ValidationError."""
        self._change(statements.JOIN_TOPIC, ("topic_key", "subscriber_id"), topic_key, subscriber_ids)

    def unsubscribe(self, topic_key: str, subscriber_ids: Iterable[str] | str) -> None:
        """Remove subscribers; those that are not in are ignored."""
        self._change(statements.LEAVE_TOPIC, ("key", "subscriber"), topic_key, subscriber_ids)

    def get(self, topic_key: str) -> list[str]:
        """Return a topic's subscriber ids; an unknown topic has none. Raises ValidationError."""
        checked_ids(topic_key=topic_key)
        return self._store.topic(topic_key)

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
            self._store.commit(*changes)
