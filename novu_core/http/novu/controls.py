"""Stored control values as Novu's clients can read them: those fields that they know must have their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.types import JsonObject, StepType

_TEXTS = frozenset(
    {"subject", "body", "avatar", "cron", "digestKey", "throttleKey", "dynamicKey", "preheader", "replyTo"}
)
_NUMBERS = frozenset({"amount", "threshold"})
_FLAGS = frozenset({"disableOutputSanitization", "useProviderDefaults"})
_OBJECTS = frozenset({"skip", "data", "custom"})
_UNSHOWN = frozenset(
    {
        "type",
        "unit",
        "editorType",
        "layoutId",
        "from",
        "primaryAction",
        "secondaryAction",
        "redirect",
        "lookBackWindow",
        "method",
        "url",
        "headers",
        "timeout",
        "responseBodySchema",
        "enforceSchemaValidation",
        "continueOnFailure",
        "extendToSchedule",
    }
)
"""Fields with more than a simple type, which are left out."""
_NEEDED: Mapping[StepType, JsonObject] = {
    StepType.EMAIL: {"subject": ""},
    StepType.HTTP_REQUEST: {"method": "GET", "url": ""},
}


def shown_controls(kind: StepType, stored: Mapping[str, Any]) -> JsonObject:
    """Return the values that the clients can read, and those that they cannot do without."""
    return {**_NEEDED.get(kind, {}), **{name: value for name, value in stored.items() if _fits(name, value)}}


def _fits(name: str, value: Any) -> bool:
    if name in _TEXTS:
        return isinstance(value, str)
    if name in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if name in _FLAGS:
        return isinstance(value, bool)
    if name in _OBJECTS:
        return isinstance(value, dict)
    return name not in _UNSHOWN and value is not None
