"""The shapes of bodies: what is required and of which type. What a shape does not name is ignored, as Novu does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from novu_core.http.shapes.bodies import Shape
from novu_core.http.shapes.people import SubscriberFields
from novu_core.types import JsonObject


class Event(Shape):
    """A trigger. Who it is for is checked by the engine."""

    name: Annotated[str, Field(min_length=1)]
    to: Any
    payload: JsonObject | None = None
    transaction_id: str | None = None
    overrides: JsonObject | None = None
    actor: str | JsonObject | None = None
    context: JsonObject | None = None
    controls: JsonObject | None = None
    tenant: Any = None


class Broadcast(Event):
    """A trigger for everybody."""

    to: Any = None


class Events(Shape):
    """Several triggers; each is checked by itself."""

    events: Annotated[list[Any], Field(min_length=1, max_length=100)]


class SubscriberBody(SubscriberFields):
    """A subscriber to make or to change."""

    subscriber_id: str


class Subscribers(Shape):
    """Several subscribers; each is checked by itself."""

    subscribers: Annotated[list[Any], Field(max_length=500)]


class Secrets(BaseModel):
    """A provider's credentials of one subscriber, more than Novu knows."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True, extra="allow", defer_build=True)

    webhook_url: str | None = None
    channel: str | None = None
    device_tokens: list[str] | None = None


class CredentialsBody(Shape):
    """The credentials of a provider."""

    provider_id: str
    credentials: Secrets
    integration_identifier: str | None = None


class PreferencesBody(Shape):
    """Which channels a subscriber wants: globally, or of one workflow."""

    channels: dict[str, bool | None] | None = None
    workflow_id: str | None = None
    schedule: JsonObject | None = None


class PreferenceItem(Shape):
    """Which channels of a workflow a subscriber wants."""

    workflow_id: str
    channels: dict[str, bool | None]


class ChannelFlag(Shape):
    """Whether a channel is wanted."""

    type: str
    enabled: bool


class ChannelChange(Shape):
    """One channel of a workflow, or the whole of it, in the older form."""

    channel: ChannelFlag | None = None
    enabled: bool | None = None

    def changed(self) -> JsonObject:
        """Return the preferences as the engine keeps them."""
        return changed_preferences(self.enabled, [self.channel] if self.channel else [])


class GlobalChange(Shape):
    """Channels, or the whole, in the older form."""

    preferences: list[ChannelFlag] | None = None
    enabled: bool | None = None

    def changed(self) -> JsonObject:
        """Return the preferences as the engine keeps them."""
        return changed_preferences(self.enabled, self.preferences or [])


def changed_preferences(whole: bool | None, channels: list[ChannelFlag]) -> JsonObject:
    """Return what is to be changed of the whole and of channels."""
    changed: JsonObject = {} if whole is None else {"all": {"enabled": whole}}
    if channels:
        changed["channels"] = {each.type: {"enabled": each.enabled} for each in channels}
    return changed


class PreferencesList(Shape):
    """The preferences of several workflows."""

    preferences: Annotated[list[PreferenceItem], Field(max_length=100)]


class TopicBody(Shape):
    """A topic to make."""

    key: str
    name: str | None = None


class TopicName(Shape):
    """A topic's other name."""

    name: str | None = None


class Member(Shape):
    """Who is to be in a topic, or not any more."""

    subscriber_id: str | None = None
    identifier: str | None = None


class Members(Shape):
    """Who is to be in a topic, or not any more, in either of two forms."""

    subscriber_ids: list[str] | None = None
    subscriptions: list[str | Member] | None = None
    name: str | None = None


class MemberIds(Shape):
    """Who is to be in a topic, or not any more, in the older form."""

    subscribers: list[str]


Mark = Literal["read", "seen", "unread", "unseen"]


class MarkAll(Shape):
    """A mark for every message."""

    mark_as: Mark


class MarkSome(MarkAll):
    """A mark for some messages."""

    message_id: str | list[str]


class MarkFlags(Shape):
    """Marks by their names."""

    seen: bool | None = None
    read: bool | None = None


class MarkFlagged(Shape):
    """Marks for some messages, in the older form."""

    message_id: str | list[str]
    mark: MarkFlags
