"""What subscribers are searched by.

A migration writes these keys too, so what is here never changes its answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, TypeGuard

from novu_core.codec import fault_of_text

_LONGEST = 200
"""How many letters of a text an index holds as they are; PostgreSQL refuses about 2,700 bytes in a row of an index."""


def search_key(text: str) -> str:
    """Return what stands for a text in an index; a long one keeps its beginning, the rest is a hash."""
    if len(text) <= _LONGEST:
        return text
    return text[: _LONGEST - 64] + sha256(text.encode()).hexdigest()


def search_keys(subscriber: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the columns ``email``, ``phone`` and ``name`` ("first last") of a subscriber's fields."""
    names = [subscriber.get(part) for part in ("firstName", "lastName")]
    full = " ".join(part for part in names if isinstance(part, str) and part)
    found = {"email": subscriber.get("email"), "phone": subscriber.get("phone"), "name": full}
    return {key: search_key(text) if _searchable(text) else None for key, text in found.items()}


def _searchable(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and bool(text) and fault_of_text(text) is None
