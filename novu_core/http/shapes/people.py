"""The few fields of a subscriber that runs and messages show."""

from __future__ import annotations

from novu_core.records import Subscriber
from novu_core.types import JsonObject


def person_of(subscriber: Subscriber, internal_id: str) -> JsonObject:
    """Return the few fields that runs and messages show."""
    names = ("firstName", "lastName", "email", "phone", "avatar")
    fields = subscriber.to_json()
    texts = {name: fields.get(name) for name in names}
    shown = {name: value for name, value in texts.items() if isinstance(value, str)}
    return {"_id": internal_id, "subscriberId": subscriber.subscriber_id, **shown}
