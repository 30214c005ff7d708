"""A subscriber's credentials for push and chat, in Novu's form: a list with an entry for each provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.types import JsonObject

_SHORT = {
    "push": ("push-webhook", "deviceTokens"),
    "chat": ("chat-webhook", "webhookUrl"),
    "tool": ("tool-webhook", "webhookUrl"),
}
"""The provider and the field that an entry of the short form ``{"push": token}`` stands for."""


def credentials_of(channels: Any) -> list[JsonObject]:
    """Return a subscriber's ``channels`` as entries ``{"providerId", "credentials", "_integrationId", ...}``.

    The short form ``{"push": token, "chat": address}`` is read too; what is neither is left out.
    """
    if isinstance(channels, Mapping):
        named = [(*_SHORT[name], value) for name, value in channels.items() if name in _SHORT and value]
        return [
            entry_of(provider, {field: [value] if field == "deviceTokens" else value}, None)
            for provider, field, value in named
        ]
    entries = channels if isinstance(channels, list) else []
    return [dict(entry) for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("providerId"), str)]


def entry_of(provider_id: str, credentials: Mapping[str, Any], integration: str | None) -> JsonObject:
    """Return one entry. ``integration``: its identifier, else the provider stands for it."""
    entry = {"providerId": provider_id, "credentials": dict(credentials), "_integrationId": integration or provider_id}
    return entry if integration is None else {**entry, "integrationIdentifier": integration}


def with_credentials(
    channels: Any, provider_id: str, credentials: Mapping[str, Any], integration: str | None, *, append: bool
) -> list[JsonObject]:
    """Return the entries with one for this provider and integration: replaced, or with ``append`` merged into it.

    Appending adds device tokens that are not there yet; its other fields replace those of the same names.
    """
    entries = credentials_of(channels)
    at = next((at for at, entry in enumerate(entries) if _is(entry, provider_id, integration)), len(entries))
    given = dict(credentials)
    if append and at < len(entries):
        before = entries[at].get("credentials") or {}
        given = {**before, **given}
        if "deviceTokens" in credentials or "deviceTokens" in before:
            both = [*_tokens(before), *_tokens(credentials)]
            given["deviceTokens"] = list(dict.fromkeys(both))
    elif "deviceTokens" in given:
        given["deviceTokens"] = list(dict.fromkeys(_tokens(given)))
    return [*entries[:at], entry_of(provider_id, given, integration), *entries[at + 1 :]]


def without_credentials(channels: Any, provider_id: str, integration: str | None) -> list[JsonObject]:
    """Return the entries without those of this provider, or only of this integration of it."""
    entries = credentials_of(channels)
    if integration is None:
        return [entry for entry in entries if entry["providerId"] != provider_id]
    return [entry for entry in entries if not _is(entry, provider_id, integration)]


def _is(entry: JsonObject, provider_id: str, integration: str | None) -> bool:
    return entry["providerId"] == provider_id and entry.get("integrationIdentifier") == integration


def _tokens(credentials: Mapping[str, Any]) -> list[Any]:
    found = credentials.get("deviceTokens")
    return found if isinstance(found, list) else []
