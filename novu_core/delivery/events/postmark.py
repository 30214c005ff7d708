"""Postmark's webhooks, which carry the password of the address that they are posted to."""

from __future__ import annotations

import base64
import hmac
from typing import Any

from novu_core.delivery.events.base import (
    Event,
    Kind,
    Post,
    Report,
    forged,
    parsed_object,
    text_of,
    texts_of,
    time_of,
)

_HARD = ("HardBounce", "BadEmailAddress")
_NO_BOUNCES = (
    "AutoResponder", "AddressChange", "Subscribe", "Unsubscribe", "ChallengeVerification", "OpenRelayTest",
    "ManuallyDeactivated",
)  # fmt: skip
"""What Postmark tells as a bounce though the message may have arrived."""


class PostmarkEvents:
    """Reports of Postmark. ``key``: the password of ``https://user:PASSWORD@...``, whatever the user."""

    name = "postmark"

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def verify(self, post: Post) -> None:
        """Raise AuthenticationError unless the password is right."""
        scheme, _, given = post.headers.get("authorization", "").strip().partition(" ")
        try:
            userinfo = base64.b64decode(given.strip(), validate=True) if scheme.lower() == "basic" else b""
        except ValueError:
            userinfo = b""
        if not hmac.compare_digest(userinfo.partition(b":")[2], self._key):
            raise forged("the password is wrong")

    def read(self, post: Post) -> Report:
        """Return the bounce or complaint. Raises RequestInvalidError."""
        found = parsed_object(post.body)
        kind = _kind(found)
        if kind is None:
            return Report()
        at = time_of(found.get("BouncedAt"), post.now)
        message_id, address = text_of(found.get("MessageID")), texts_of(found.get("Email"))
        event = Event(
            kind=kind,
            event_id=text_of(found.get("ID")) or "/".join((message_id, *address, at.isoformat())),
            at=at,
            reason=next(iter(texts_of(found.get("Details"), found.get("Description"), found.get("Type"), kind))),
            addresses=address,
            message_ids=texts_of(message_id),
        )
        return Report((event,))


def _kind(found: dict[str, Any]) -> Kind | None:
    record, kind = found.get("RecordType"), text_of(found.get("Type"))
    if record == "SpamComplaint" or (record == "Bounce" and kind == "SpamComplaint"):
        return "complaint"
    if record != "Bounce" or kind in _NO_BOUNCES:
        return None
    return "hard_bounce" if kind in _HARD else "soft_bounce"
