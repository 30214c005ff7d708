"""What providers report of messages that have left."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from novu_core.delivery.addresses import address_key, address_key_or_none
from novu_core.delivery.events.base import Event, EventSource, Post
from novu_core.delivery.letter import addresses_of
from novu_core.engine.parts import Parts
from novu_core.errors import AuthenticationError, DeliveryError, ProviderNotFoundError
from novu_core.lines import logger_of
from novu_core.storage.changes import Change
from novu_core.storage.feedback import Heard, HearOf, Spend
from novu_core.storage.rows import MessageRow, SuppressionRow
from novu_core.types import Channel, JsonObject

logger = logger_of(__name__)
_SUPPRESSED = {"hard_bounce": "hard bounce", "complaint": "complaint"}
"""What closes an address, and the reason that is read."""


class Taken(NamedTuple):
    """What a post told: how many bounces and complaints, and how many of these were news of messages of ours."""

    events: int
    marked: int


class Reports:
    """Marks messages that bounced, or that somebody complained about, and suppresses their addresses."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def source(self, name: str, post: Post) -> EventSource:
        """Return who posted this, as a provider's ``events`` verifies it.

        Raises ProviderNotFoundError where no provider takes such reports, AuthenticationError for a post that is
        forged, RequestInvalidError for one that cannot be read, RemoteError where the service cannot be asked.
        """
        refused: AuthenticationError | None = None
        for source in self._parts.router.event_sources(name):
            try:
                source.verify(post)
                return source
            except AuthenticationError as error:
                refused = error
        if refused is not None:
            raise refused
        unknown = ProviderNotFoundError(name)
        unknown.message = (
            f"No provider here takes reports from `{name}`. Add an `events_key` to its URL in NOVU_DELIVERY."
        )
        raise unknown

    def take(self, source: EventSource, post: Post) -> Taken:
        """Take a verified post. What is known already, or about no message of ours, changes nothing.

        Raises RequestInvalidError, and EventReplayedError where its token was used before.
        """
        report = source.read(post)
        spent: list[Change] = [Spend(report.token, post.now)] if report.token else []
        if spent and not report.events:
            self._parts.store.commit(*spent)
        marked = 0
        for event in report.events:
            *_, heard = self._parts.store.commit(*spent, self._change(event))
            spent = []
            _tell(source.name, event, heard)
            marked += heard.new
        return Taken(len(report.events), marked)

    def _change(self, event: Event) -> HearOf:
        execution_id, colon, step_id = (event.idempotency_key or "").partition(":")
        step = (execution_id, step_id) if colon else None
        return HearOf(self._parts.store.app, event.message_ids, step, partial(self._judge, event))

    def _judge(self, event: Event, row: MessageRow) -> tuple[JsonObject, SuppressionRow | None]:
        address = _recipient(event, row)
        entry: JsonObject = {
            "kind": event.kind,
            "address": address or next(iter(event.addresses), None),
            "at": event.at.isoformat(),
            "reason": event.reason,
            "id": event.event_id,
        }
        if address != address_key_or_none(row.address):
            entry["copy"] = True
        if address is None or event.kind not in _SUPPRESSED:
            return entry, None
        return entry, SuppressionRow(
            channel=Channel.EMAIL.value,
            address=address,
            id=self._parts.new_id(),
            reason=_SUPPRESSED[event.kind],
            detail=event.reason,
            message_id=row.message_id,
            created_at=self._parts.clock.now(),
        )


def _recipient(event: Event, row: MessageRow) -> str | None:
    """The address of the message that an event is about, as suppressions know it.

    Services change the case of letters, and a server that forwards names another address: then it is the only one that
    the message went to. None where it went to several, and none of them is named.
    """
    own = address_key_or_none(row.address)
    everyone = ([own] if own else []) + [key for name in ("cc", "bcc") for key in _copies(row, name)]
    by_letters = {key.casefold(): key for key in reversed(everyone)}
    for named in event.addresses:
        found = by_letters.get((address_key_or_none(named) or "").casefold())
        if found is not None:
            return found
    return own if len(by_letters) == 1 or not event.addresses else None


def _copies(row: MessageRow, name: str) -> list[str]:
    try:
        return [address_key(address.addr_spec) for address in addresses_of(name, row.content.get(name))]
    except (DeliveryError, ValueError):  # of another version, or what a provider of the app's own takes
        return []


def _tell(name: str, event: Event, heard: Heard) -> None:
    if heard.row is None:
        known = (event.idempotency_key, *event.message_ids)
        logger.info(
            "%s reports a %s for a message that was not sent from here: %s",
            name,
            event.kind,
            next(filter(None, known), "?"),
        )
    elif heard.new:
        text = "Message %s of %s: %s reports a %s: %s%s"
        closed = f"; {heard.suppressed.address} is suppressed" if heard.suppressed else ""
        logger.warning(
            text, heard.row.message_id, heard.row.execution_id, name, event.kind.replace("_", " "), event.reason, closed
        )
