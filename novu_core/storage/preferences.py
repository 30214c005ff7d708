"""Changes of what a subscriber wants: for a workflow, or globally, which is the last word on every workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from novu_core.codec import dumps
from novu_core.errors import UnreadableRowError
from novu_core.storage import people_statements as statements
from novu_core.storage.known import read_preferences
from novu_core.storage.transaction import Transaction
from novu_core.types import Channel, JsonObject

_CHANNELS = tuple(channel.value for channel in Channel)
_SCHEDULE = {"isEnabled": "is_enabled", "weeklySchedule": "weekly_schedule"}


@dataclass(frozen=True, slots=True)
class SavePreferences:
    """Merge ``data`` into a subscriber's preferences for a workflow, or with ``""`` the global ones; None removes.

    What is set globally for a channel takes away what the subscriber set for it of single workflows.
    """

    subscriber_id: str
    workflow_id: str
    data: JsonObject

    @property
    def locks(self) -> str:
        """The subscriber."""
        return self.subscriber_id

    def apply(self, transaction: Transaction) -> JsonObject:
        """Insert or update; return all that is set now. Raises UnreadableRowError."""
        known = self._locked(transaction, self.workflow_id)
        channels = _present({**(known.get("channels") or {}), **(self.data.get("channels") or {})})
        removed = "channels" in self.data and self.data["channels"] is None
        merged = {**known, **self.data, "channels": None if removed else channels or None}
        if isinstance(self.data.get("schedule"), Mapping) and isinstance(known.get("schedule"), Mapping):
            merged["schedule"] = _scheduled(known["schedule"], self.data["schedule"])
        merged = _present(merged)
        self._save(transaction, self.workflow_id, merged)
        if self.workflow_id == "":
            self._overrule(transaction, frozenset(self._told()))
        return merged

    def _told(self) -> Iterator[str]:
        """Yield the channels that the change says something of."""
        for name, rule in (self.data.get("channels") or {}).items():
            if _says(rule):
                yield _name(name)

    def _overrule(self, transaction: Transaction, told: frozenset[str]) -> None:
        """Take what the subscriber set for these channels away from every workflow."""
        if not told:
            return
        rows = transaction.rows(statements.PREFERENCES_OF, {"subscriber_id": self.subscriber_id})
        for workflow_id in sorted(row[0] for row in rows if row[0] != ""):
            try:
                known = self._locked(transaction, workflow_id)
            except UnreadableRowError:  # its own runs fail for that; it must not stop this change
                continue
            kept = _without(known, told)
            if kept != known:
                self._save(transaction, workflow_id, kept)

    def _locked(self, transaction: Transaction, workflow_id: str) -> JsonObject:
        key = {"subscriber_id": self.subscriber_id, "workflow_id": workflow_id}
        stored = transaction.one(statements.ENSURE_PREFERENCES, {**key, "data": "{}"})
        return read_preferences(self.subscriber_id, workflow_id, stored[-1])

    def _save(self, transaction: Transaction, workflow_id: str, data: JsonObject) -> None:
        key = {"subscriber_id": self.subscriber_id, "workflow_id": workflow_id}
        transaction.execute(statements.SAVE_PREFERENCES, {**key, "data": dumps(data)})


def _without(known: JsonObject, told: frozenset[str]) -> JsonObject:
    """Return a workflow's preferences without these channels; its ``all`` goes on for the others."""
    channels = {name: rule for name, rule in (known.get("channels") or {}).items() if _name(name) not in told}
    everything = known.get("all")
    if _says(everything):
        named = {_name(name) for name, rule in channels.items() if _says(rule)}
        channels |= {name: everything for name in _CHANNELS if name not in named and name not in told}
    kept = {name: value for name, value in known.items() if name not in ("channels", "all")}
    return {**kept, **({"channels": channels} if channels else {})}


def _scheduled(known: Mapping[str, Any], given: Mapping[str, Any]) -> JsonObject:
    """Return a schedule after a change: days that are not given stay as they were."""
    named = {word for pair in _SCHEDULE.items() if given.keys() & set(pair) for word in pair}
    return {**{name: value for name, value in known.items() if name not in named}, **given}


def _says(rule: Any) -> bool:
    return isinstance(rule, Mapping) and isinstance(rule.get("enabled"), bool)


def _name(channel: str) -> str:
    return "in_app" if channel == "inApp" else channel


def _present(given: Mapping[str, Any]) -> JsonObject:
    return {name: value for name, value in given.items() if value is not None}
