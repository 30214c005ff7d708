"""What closes a channel to a subscriber before anything is rendered (SEMANTICS, Order of gates)."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from novu_core.definition.preferences import allows, is_read_only
from novu_core.definition.workflow import Workflow
from novu_core.delivery import address_of, needs_address
from novu_core.engine.parts import Parts
from novu_core.schedules.hours import is_open
from novu_core.storage.rows import ExecutionRow
from novu_core.types import Channel, JsonObject, SkipReason


class Gates:
    """The gates of one run, with the subscriber's preferences at its start."""

    def __init__(self, parts: Parts, run: ExecutionRow, preferences: Sequence[JsonObject | None]) -> None:
        self._parts = parts
        self._run = run
        self._stored = preferences

    def closed(self, workflow: Workflow, channel: Channel) -> SkipReason | None:
        """Return why ``channel`` is closed, or None."""
        if not self._wanted(workflow, channel):
            return SkipReason.PREFERENCE
        if channel is not Channel.IN_APP and not workflow.critical and not self._in_hours():
            return SkipReason.SCHEDULE
        if channel is not Channel.IN_APP and self._address_missing(channel):
            return SkipReason.NO_ADDRESS
        return None

    def _wanted(self, workflow: Workflow, channel: Channel) -> bool:
        own = allows(workflow.preferences, channel)
        if workflow.critical:
            return True
        if is_read_only(workflow.preferences):
            return own is not False
        for preferences in self._stored:
            said = allows(preferences, channel)
            if said is not None:
                return said
        return own is not False

    def _in_hours(self) -> bool:
        schedule = (self._stored[1] or {}).get("schedule")
        return not schedule or is_open(schedule, self._parts.clock.now().astimezone(self._zone()))

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self._run.request["subscriber"].get("timezone") or self._parts.timezone)
        except (KeyError, TypeError, ValueError, OSError):  # whatever was sent as the zone: it must not stop a message
            return ZoneInfo(self._parts.timezone)

    def _address_missing(self, channel: Channel) -> bool:
        if address_of(self._run.request["subscriber"], channel):
            return False
        providers = self._parts.router.providers(channel)
        return bool(providers) and all(needs_address(provider, channel) for provider in providers)
