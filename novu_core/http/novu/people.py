"""Subscribers as Novu shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.http.novu.answers import OWNED
from novu_core.http.shapes.answers import given, time_text
from novu_core.records import StoredSubscriber
from novu_core.records.credentials import credentials_of
from novu_core.types import JsonObject

_NAMES = ("firstName", "lastName", "email", "phone", "avatar", "locale", "timezone")
_TEXTS = ("webhookUrl", "channel", "alertUid", "title", "imageUrl", "state", "externalUrl")
_WORDS = """slack discord msteams webex-messaging mattermost ryver zulip grafana-on-call getstream rocket-chat
    whatsapp-business line chat-webhook novu-slack telegram sendblue novu-web-chat fcm apns expo one-signal pushpad
    push-webhook pusher-beams appio"""
PROVIDERS = frozenset(_WORDS.split())
"""Whose credentials a subscriber may have. One other word would make the whole page unreadable for the clients."""


def subscriber_of(stored: StoredSubscriber) -> JsonObject:
    """Return a subscriber."""
    fields = stored.to_json()
    return {
        "_id": stored.id,
        **OWNED,
        "deleted": False,
        "subscriberId": stored.subscriber_id,
        **{name: fields[name] for name in _NAMES if name in fields and isinstance(fields[name], str | None)},
        **({"data": fields["data"]} if isinstance(fields.get("data"), dict) else {}),
        "channels": [shown for entry in credentials_of(stored.channels) if (shown := _channel(entry)) is not None],
        "createdAt": time_text(stored.created_at),
        "updatedAt": time_text(stored.updated_at),
    }


def _channel(entry: Mapping[str, Any]) -> JsonObject | None:
    provider = entry.get("providerId")
    if provider not in PROVIDERS:
        return None
    secrets = entry.get("credentials")
    fits = {name: value for name, value in (secrets or {}).items() if _fits(name, value)}
    integration = entry.get("integrationIdentifier")
    return {
        "providerId": provider,
        "_integrationId": str(entry.get("_integrationId") or integration or provider),
        **given(integrationIdentifier=integration),
        "credentials": fits,
    }


def _fits(name: str, value: Any) -> bool:
    """Whether the clients can read a field: those that they know must have their type."""
    if name == "deviceTokens":
        return isinstance(value, list) and all(isinstance(token, str) for token in value)
    return isinstance(value, str) if name in _TEXTS else value is not None
