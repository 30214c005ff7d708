"""Which channels a workflow uses unless a subscriber says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from novu_core.types import Channel, JsonObject


class AllPreference(TypedDict, total=False):
    """The setting of every channel that has none of its own; ``read_only``: subscribers may not change it."""

    enabled: bool
    read_only: bool
    readOnly: bool


class ChannelPreference(TypedDict, total=False):
    """One channel's setting."""

    enabled: bool


class Preferences(TypedDict, total=False):
    """``all`` holds for every channel that ``channels`` does not name."""

    all: AllPreference
    channels: dict[str, ChannelPreference]


def to_wire(preferences: Mapping[str, Any] | None) -> JsonObject:
    """Return what discovery shows: ``all`` and known ``channels`` only, no defaults (PROTOCOL section 4)."""
    found: JsonObject = {}
    given = preferences or {}
    if given.get("all"):
        everything = dict(given["all"])
        if "read_only" in everything:
            everything["readOnly"] = everything.pop("read_only")
        found["all"] = everything
    if given.get("channels"):
        known = {channel.value for channel in Channel}
        named = {("in_app" if name == "inApp" else name): value for name, value in given["channels"].items()}
        found["channels"] = {name: value for name, value in named.items() if name in known}
    return found


def is_read_only(preferences: Mapping[str, Any] | None) -> bool:
    """Whether subscribers may not change the workflow's preferences."""
    everything = (preferences or {}).get("all") or {}
    return bool(everything.get("read_only", everything.get("readOnly", False)))


def allows(preferences: Mapping[str, Any] | None, channel: Channel) -> bool | None:
    """What these preferences say of ``channel``: its own value, else that of ``all``, else None."""
    if not preferences:
        return None
    channels = preferences.get("channels") or {}
    own = channels.get(channel, channels.get("inApp") if channel is Channel.IN_APP else None)
    for rule in (own, preferences.get("all")):
        if rule is not None and rule.get("enabled") is not None:
            return bool(rule["enabled"])
    return None
