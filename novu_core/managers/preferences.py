"""Which channels a subscriber wants (SEMANTICS, Preferences, subscribers, topics)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.definition.preferences import is_read_only
from novu_core.definition.registry import Registry
from novu_core.errors import ConflictError, FieldError, ValidationError
from novu_core.records.ids import checked_ids
from novu_core.schedules.hours import faults_of
from novu_core.storage.changes import SavePreferences
from novu_core.storage.store import Store
from novu_core.types import Channel, JsonObject


class Preferences:
    """Which channels a subscriber wants, globally and per workflow (SEMANTICS, Preferences, subscribers, topics)."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    def get(self, subscriber_id: str, workflow_id: str | None = None) -> JsonObject:
        """Return what the subscriber set: for a workflow, or globally. Raises ValidationError."""
        checked_ids(subscriber_id=subscriber_id)
        own, everywhere = self._store.known(workflow_id or "", subscriber_id).preferences
        return (own if workflow_id else everywhere) or {}

    def set(self, subscriber_id: str, preferences: Mapping[str, Any], workflow_id: str | None = None) -> JsonObject:
        """Change ``{"all": {"enabled": ...}, "channels": {"email": {"enabled": ...}}}`` and return all that is set.

        What is not given stays; None takes a part or a channel away again.

        The global ones may have a ``schedule`` of the hours in which messages may come, as Novu's
        (``{"isEnabled": true, "weeklySchedule": {"monday": {"isEnabled": true, "hours": [{"start": "09:00", "end":
        "17:00"}]}}}``); in-app messages and critical workflows come at any time.

        Raises ValidationError, and ConflictError for a workflow whose preferences are read-only.
        """
        checked_ids(subscriber_id=subscriber_id)
        _check_preferences(preferences, scheduled=workflow_id is None)
        if workflow_id is not None and is_read_only(self._registry[workflow_id].preferences):
            raise ConflictError(f"The preferences of workflow `{workflow_id}` are read-only.")
        change = SavePreferences(subscriber_id, workflow_id or "", dict(preferences))
        [data] = self._store.commit(change)
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
