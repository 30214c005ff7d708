"""SendGrid's event webhook, signed with ECDSA."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from novu_core.delivery.events.base import (
    Event,
    Kind,
    Post,
    Report,
    digest_of,
    forged,
    garbage,
    message_ids_of,
    objects_of,
    parsed,
    text_of,
    texts_of,
    time_of,
)
from novu_core.delivery.events.keys import check_ecdsa, ecdsa_key

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
_DROPPED: dict[str, Kind] = {
    "bounced address": "hard_bounce",
    "invalid": "hard_bounce",
    "spam reporting address": "complaint",
}
"""Why SendGrid itself did not send."""


class SendGridEvents:
    """Reports of SendGrid. ``key``: the verification key that SendGrid shows. Raises ConfigurationError."""

    name = "sendgrid"

    def __init__(self, key: str) -> None:
        self._key = ecdsa_key(key)

    def verify(self, post: Post) -> None:
        """Raise AuthenticationError unless SendGrid signed the body and the time."""
        given, moment = post.headers.get(_SIGNATURE, ""), post.headers.get(_TIMESTAMP, "")
        try:
            signature = base64.b64decode(given, validate=True)
        except ValueError:
            signature = b""
        if not check_ecdsa(self._key, signature, moment.encode("utf-8", "replace") + post.body):
            raise forged(f"{_SIGNATURE} does not match the body")

    def read(self, post: Post) -> Report:
        """Return the bounces and complaints of a list of events. Raises RequestInvalidError."""
        found = parsed(post.body)
        if not isinstance(found, list):
            raise garbage("the body is not a list of events")
        return Report(tuple(_events(objects_of(found), post)))


def _events(found: list[dict[str, Any]], post: Post) -> Iterator[Event]:
    for event in found:
        kind = _kind(event)
        if kind is None:
            continue
        sent = text_of(event.get("sg_message_id"))
        at = time_of(event.get("timestamp"), post.now)
        address = texts_of(event.get("email"))
        yield Event(
            kind=kind,
            event_id=text_of(event.get("sg_event_id")) or digest_of(sent, *address, at.isoformat()),
            at=at,
            reason=text_of(event.get("reason")) or text_of(event.get("event")),
            addresses=address,
            message_ids=texts_of(sent.partition(".")[0], sent, *message_ids_of(event.get("smtp-id"))),
        )


def _kind(event: dict[str, Any]) -> Kind | None:
    name = event.get("event")
    if name == "bounce":
        return "soft_bounce" if event.get("type") == "blocked" else "hard_bounce"
    if name == "dropped":
        return _DROPPED.get(text_of(event.get("reason")).lower(), "soft_bounce")
    return "complaint" if name == "spamreport" else None
