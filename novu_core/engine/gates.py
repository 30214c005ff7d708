"""What closes a channel to a subscriber before anything is rendered (SEMANTICS, Order of gates)."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.definition.workflow import Workflow
from novu_core.delivery import address_of, needs_address
from novu_core.delivery.addresses import address_key_or_none
from novu_core.engine.parts import Parts
from novu_core.engine.preferences import decide
from novu_core.engine.recipient import Recipient
from novu_core.schedules.hours import is_open
from novu_core.types import Channel, PreferenceRule, SkipReason


class Gates:
    """The gates of one wake of a run."""

    def __init__(self, parts: Parts, recipient: Recipient) -> None:
        self._parts = parts
        self._recipient = recipient

    def closed(self, workflow: Workflow, channel: Channel) -> tuple[SkipReason | None, PreferenceRule | None]:
        """Return why ``channel`` is closed, or None; and the rule where the preferences closed it."""
        if self._recipient.deleted:
            return SkipReason.SUBSCRIBER_DELETED, None
        decision = decide(workflow, channel, *self._recipient.preferences)
        if not decision.enabled:
            return SkipReason.PREFERENCE, decision.rule
        return self._unreachable(workflow, channel), None

    async def suppressed(self, channel: Channel | None, io: IO) -> str | None:
        """Return why no mail is sent to the recipient's address, and since when, or None; one look at the store."""
        if channel is not Channel.EMAIL:
            return None
        key = address_key_or_none(address_of(self._recipient.data, channel))
        row = None if key is None else await io.call(self._parts.store.suppression, channel.value, key)
        return None if row is None else f"{SkipReason.SUPPRESSED}: {row.reason} ({row.created_at:%Y-%m-%d})"

    def _unreachable(self, workflow: Workflow, channel: Channel) -> SkipReason | None:
        if channel is not Channel.IN_APP and not workflow.critical and not self._in_hours():
            return SkipReason.SCHEDULE
        if channel is not Channel.IN_APP and self._address_missing(channel):
            return SkipReason.NO_ADDRESS
        return None

    def _in_hours(self) -> bool:
        schedule, now = self._recipient.schedule, self._parts.clock.now()
        return not schedule or is_open(schedule, now.astimezone(self._recipient.zone))

    def _address_missing(self, channel: Channel) -> bool:
        if address_of(self._recipient.data, channel):
            return False
        providers = self._parts.router.providers(channel)
        return bool(providers) and all(needs_address(provider, channel) for provider in providers)
