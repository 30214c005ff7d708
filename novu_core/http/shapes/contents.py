"""What a step gave a message, as texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def body_of(content: Mapping[str, Any]) -> str:
    """Return the body as text, whichever of its forms the step gave."""
    for name in ("body", "html", "text", "content"):
        value = content.get(name)
        if isinstance(value, str):
            return value
    return ""


def text_of(content: Mapping[str, Any], name: str) -> str | None:
    """Return a field of a content if it is text."""
    value = content.get(name)
    return value if isinstance(value, str) else None
