"""What a skip condition was decided by, as the history keeps it."""

from __future__ import annotations

from typing import Any

from novu_core.codec import dumps, loads, storable
from novu_core.definition.conditions import Condition
from novu_core.types import JsonObject

_LONGEST = 200
"""How many characters of a value are kept: a condition may read a whole payload."""


def decided(condition: Condition, scope: JsonObject) -> JsonObject:
    """Return the condition and the values of what it read, long ones shortened and as text."""
    return {"source": condition.source, "values": {name: _brief(it) for name, it in condition.values(scope).items()}}


def _brief(value: Any) -> Any:
    if isinstance(value, str):
        return _cut(storable(value))
    try:
        text = dumps(value)
    except (TypeError, ValueError, RecursionError):  # of a function's own, which no payload holds
        return _cut(storable(value))
    return loads(text) if len(text) <= _LONGEST else _cut(storable(text))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
