"""Mailgun's webhooks, signed with HMAC over a time and a token, but not over what they say."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from novu_core.delivery.events.base import (
    Event,
    Kind,
    Post,
    Report,
    forged,
    message_ids_of,
    object_of,
    parsed_object,
    text_of,
    texts_of,
    time_of,
)
from novu_core.delivery.webhook_signature import seconds_of

OLDEST = timedelta(days=1)
"""Mailgun repeats a post for eight hours."""
_AHEAD = timedelta(minutes=5)
_SUPPRESSED: dict[str, Kind] = {
    "bounce": "hard_bounce",
    "suppress-bounce": "hard_bounce",
    "suppress-complaint": "complaint",
}


class MailgunEvents:
    """Reports of Mailgun. ``key``: the HTTP webhook signing key."""

    name = "mailgun"

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def verify(self, post: Post) -> None:
        """Raise AuthenticationError unless Mailgun signed the token within a day; RequestInvalidError for no JSON."""
        moment, token, given = _signed(parsed_object(post.body))
        signed = f"{moment}{token}".encode("utf-8", "replace")
        expected = hmac.new(self._key, signed, hashlib.sha256).hexdigest()
        if not token or not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            raise forged("the signature does not match the timestamp and the token")
        age = post.now.timestamp() - seconds_of(moment)
        if not -_AHEAD.total_seconds() <= age <= OLDEST.total_seconds():
            raise forged("the timestamp is not within the last day")

    def read(self, post: Post) -> Report:
        """Return the bounce or complaint, and the token, which may be used once."""
        whole = parsed_object(post.body)
        data = object_of(whole, "event-data")
        kind = _kind(data)
        token = hashlib.sha256(_signed(whole)[1].encode("utf-8", "replace")).hexdigest()
        if kind is None:
            return Report(token=f"mailgun:{token}")
        status, message = object_of(data, "delivery-status"), object_of(data, "message")
        told = (status.get("message"), status.get("description"), data.get("reason"), data.get("event"))
        event = Event(
            kind=kind,
            event_id=text_of(data.get("id")) or token,
            at=time_of(data.get("timestamp"), post.now),
            reason=next(iter(texts_of(*told))),
            addresses=texts_of(data.get("recipient")),
            message_ids=message_ids_of(object_of(message, "headers").get("message-id")),
        )
        return Report((event,), f"mailgun:{token}")


def _signed(whole: dict[str, Any]) -> tuple[str, str, str]:
    signature = object_of(whole, "signature")
    return tuple(_text(signature.get(name)) for name in ("timestamp", "token", "signature"))  # type: ignore[return-value]  # three


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _kind(data: dict[str, Any]) -> Kind | None:
    if data.get("event") == "complained":
        return "complaint"
    if data.get("event") != "failed" or data.get("severity") != "permanent":
        return None
    if object_of(data, "delivery-status").get("bounce-type") == "soft":
        return "soft_bounce"
    return _SUPPRESSED.get(text_of(data.get("reason")), "soft_bounce")
