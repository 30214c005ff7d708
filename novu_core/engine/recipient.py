"""The recipient of a run as of its present wake: read afresh, since a run may have waited for days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from novu_core.lines import logger_of
from novu_core.schedules.zones import find_zone
from novu_core.storage.known import Known
from novu_core.storage.rows import ExecutionRow
from novu_core.types import JsonObject

logger = logger_of(__name__)


@dataclass(frozen=True)
class Recipient:
    """Who gets the messages of one wake. ``data``: the subscriber's fields as they are stored now.

    ``deleted``: whether the subscriber was deleted after the trigger. ``preferences``: for the workflow, and the
    global ones. ``default_zone``: the client's time zone, for a subscriber without one.
    """

    data: JsonObject
    deleted: bool
    preferences: tuple[JsonObject | None, JsonObject | None]
    default_zone: str

    @classmethod
    def of(cls, run: ExecutionRow, known: Known, default_zone: str, *, fresh: bool) -> Recipient:
        """Build from what is stored. ``fresh``: the run has just been triggered, and its own data is the latest."""
        recorded: JsonObject = run.request["subscriber"]
        data = recorded if fresh or known.subscriber is None else known.subscriber
        deleted = known.deleted_at is not None and run.created_at <= known.deleted_at
        return cls(data, deleted, known.preferences, default_zone)

    @property
    def schedule(self) -> Mapping[str, Any]:
        """The hours in which messages may come."""
        return (self.preferences[1] or {}).get("schedule") or {}

    @property
    def zone(self) -> ZoneInfo:
        """The subscriber's time zone; the client's where there is none, or one that the zone data lacks."""
        name = self.data.get("timezone")
        zone = find_zone(name) if isinstance(name, str) else None
        if zone is None:
            zone = find_zone(self.default_zone)
            assert zone is not None, "the settings were checked"
            if name:
                _tell_once(str(self.data.get("subscriberId")), str(name), self.default_zone)
        return zone


@lru_cache(maxsize=1024)
def _tell_once(subscriber_id: str, name: str, default: str) -> None:
    logger.warning("Subscriber %s has the time zone %r, which is not known; %s is used.", subscriber_id, name, default)
