"""What closes a channel to a subscriber before anything is rendered (SEMANTICS, Order of gates)."""

from __future__ import annotations

from novu_core.definition.preferences import allows, is_read_only
from novu_core.definition.workflow import Workflow
from novu_core.delivery import address_of, needs_address
from novu_core.engine.parts import Parts
from novu_core.engine.recipient import Recipient
from novu_core.schedules.hours import is_open
from novu_core.types import Channel, SkipReason


class Gates:
    """The gates of one wake of a run."""

    def __init__(self, parts: Parts, recipient: Recipient) -> None:
        self._parts = parts
        self._recipient = recipient

    def closed(self, workflow: Workflow, channel: Channel) -> SkipReason | None:
        """Return why ``channel`` is closed, or None."""
        if self._recipient.deleted:
            return SkipReason.SUBSCRIBER_DELETED
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
        for preferences in self._recipient.preferences:
            said = allows(preferences, channel)
            if said is not None:
                return said
        return own is not False

    def _in_hours(self) -> bool:
        schedule, now = self._recipient.schedule, self._parts.clock.now()
        return not schedule or is_open(schedule, now.astimezone(self._recipient.zone))

    def _address_missing(self, channel: Channel) -> bool:
        if address_of(self._recipient.data, channel):
            return False
        providers = self._parts.router.providers(channel)
        return bool(providers) and all(needs_address(provider, channel) for provider in providers)
