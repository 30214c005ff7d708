"""What is stored about one workflow and one subscriber, read at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from novu_core.errors import UnreadableRowError
from novu_core.storage import statements
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import MEND, read_object, read_time
from novu_core.types import JsonObject


class Known:
    """A workflow's status and controls, a subscriber's fields and preferences; None and {} where nothing is stored.

    Each raises UnreadableRowError where its own row cannot be read, and only there.
    """

    __slots__ = ("_found", "_workflow_id")

    def __init__(self, workflow_id: str, found: dict[str, dict[str, Any]]) -> None:
        self._workflow_id = workflow_id
        self._found = found

    @classmethod
    def read(cls, transaction: Transaction, workflow_id: str, subscriber_id: str) -> Known:
        """Read by one statement."""
        found: dict[str, dict[str, Any]] = {}
        params = {"workflow_id": workflow_id, "subscriber_id": subscriber_id}
        for kind, key, value in transaction.rows(statements.KNOWN, params):
            found.setdefault(kind, {})[key] = _read(kind, key, value, workflow_id, subscriber_id)
        return cls(workflow_id, found)

    @property
    def status(self) -> str | None:
        """The workflow's, which may be a later version's word."""
        found: str | None = self._one("status")
        return found

    @property
    def controls(self) -> dict[str, JsonObject]:
        """By step id, ``""`` for the workflow's own."""
        return {key: self._one("controls", key) for key in self._found.get("controls", {})}

    def controls_of(self, step_id: str) -> JsonObject:
        """Those of one step, or with ``""`` the workflow's own."""
        found: JsonObject = self._one("controls", step_id) or {}
        return found

    @property
    def subscriber(self) -> JsonObject | None:
        """The subscriber's fields."""
        found: JsonObject | None = self._one("subscriber")
        return found

    @property
    def preferences(self) -> tuple[JsonObject | None, JsonObject | None]:
        """For the workflow, and the global ones."""
        return self._one("preferences", self._workflow_id), self._one("preferences")

    def preferences_of(self, workflow_id: str) -> JsonObject:
        """Those for the workflow, or with ``""`` the global ones."""
        found: JsonObject = self._one("preferences", workflow_id) or {}
        return found

    @property
    def deleted_at(self) -> datetime | None:
        """When a subscriber of this id was deleted last; it may be stored again since."""
        found: datetime | None = self._one("deleted")
        return found

    def fault(self) -> UnreadableRowError | None:
        """Return why a run cannot know what it needs, or None."""
        needed = (value for kind, values in self._found.items() if kind != "status" for value in values.values())
        return next((value for value in needed if isinstance(value, UnreadableRowError)), None)

    def _one(self, kind: str, key: str = "") -> Any:
        found = self._found.get(kind, {}).get(key)
        if isinstance(found, UnreadableRowError):
            raise found
        return found


def read_preferences(subscriber_id: str, workflow_id: str, data: Any) -> JsonObject:
    """Return what a row says of a subscriber's preferences for a workflow. Raises UnreadableRowError."""
    found = _read("preferences", workflow_id, data, workflow_id, subscriber_id)
    if isinstance(found, UnreadableRowError):
        raise found
    preferences: JsonObject = found
    return preferences


def _read(kind: str, key: str, value: Any, workflow_id: str, subscriber_id: str) -> Any:
    try:
        return _READERS[kind](value)
    except ValueError as error:
        what = _NAMES[kind].format(workflow_id=workflow_id, subscriber_id=subscriber_id, key=key)
        return UnreadableRowError(f"{what} {error}; {MEND}.")


def _deleted(value: str) -> datetime:
    return read_time(int(value))  # it comes as text, in a union with texts


_READERS: dict[str, Callable[[Any], Any]] = {
    "status": str,
    "controls": read_object,
    "subscriber": read_object,
    "preferences": read_object,
    "deleted": _deleted,
}
_NAMES = {
    "controls": "The stored controls of workflow `{workflow_id}`, step `{key}` (novu_controls)",
    "subscriber": "Subscriber `{subscriber_id}` as stored (novu_subscribers)",
    "preferences": "What is stored of the preferences of subscriber `{subscriber_id}`, workflow `{key}`"
    " (novu_preferences)",
    "deleted": "The time at which subscriber `{subscriber_id}` was deleted (novu_deleted_subscribers)",
}
