"""A subscriber's fields: those that a body may change, and the few that runs and messages show."""

from __future__ import annotations

from novu_core.http.shapes.bodies import Shape
from novu_core.records import Subscriber
from novu_core.types import JsonObject


class SubscriberFields(Shape):
    """What can be changed of a subscriber: null clears a field, an absent one stays."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    avatar: str | None = None
    locale: str | None = None
    timezone: str | None = None
    data: JsonObject | None = None

    def sent(self) -> JsonObject:
        """Return the fields that were sent, under Novu's names."""
        return self.model_dump(by_alias=True, exclude_unset=True)


def person_of(subscriber: Subscriber, internal_id: str) -> JsonObject:
    """Return the few fields that runs and messages show."""
    names = ("firstName", "lastName", "email", "phone", "avatar")
    fields = subscriber.to_json()
    texts = {name: fields.get(name) for name in names}
    shown = {name: value for name, value in texts.items() if isinstance(value, str)}
    return {"_id": internal_id, "subscriberId": subscriber.subscriber_id, **shown}
