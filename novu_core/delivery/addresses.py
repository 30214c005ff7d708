"""Where a message goes: a subscriber's address on a channel."""

from __future__ import annotations

from novu_core.types import Channel, JsonObject


def address_of(subscriber: JsonObject, channel: Channel) -> str | None:
    """Return the subscriber's address on ``channel``: e-mail, phone number, or a credential under ``channels``."""
    if channel is Channel.EMAIL:
        return subscriber.get("email") or None
    if channel is Channel.SMS:
        return subscriber.get("phone") or None
    stored = subscriber.get("channels")
    found = stored.get(channel.value) if isinstance(stored, dict) else None
    return found if isinstance(found, str) and found else None
