"""JSON values as JavaScript sees them: what is equal, in which order keys come."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

_NAN = ("nan",)


def identity(value: Any) -> Hashable:
    """Return a key that two values share where JavaScript's deep equality holds.

    ``1`` and ``1.0`` are equal, ``True`` and ``1`` are not, the order of an object's keys does not count.
    """
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, list | tuple):
        return ("array", tuple(identity(item) for item in value))
    if isinstance(value, Mapping):
        return ("object", frozenset((key, identity(member)) for key, member in value.items()))
    if value != value:  # NaN, which is its own equal here
        return _NAN
    return value if isinstance(value, Hashable) else ("other", id(value))


def ordered_keys(mapping: Mapping[str, Any]) -> list[str]:
    """Return the keys in JavaScript's order: array indices first and ascending, then the others as they were added."""
    keys = list(mapping)
    indices = [key for key in keys if _is_index(key)]
    if not indices:
        return keys
    return sorted(indices, key=int) + [key for key in keys if not _is_index(key)]


def _is_index(key: Any) -> bool:
    if not isinstance(key, str) or not key.isascii() or not key.isdigit():
        return False
    return (key[0] != "0" or key == "0") and len(key) <= 10 and int(key) < 2**32 - 1


def copy_json(value: Any) -> Any:
    """Copy a JSON value, arrays and objects included."""
    if isinstance(value, Mapping):
        return {key: copy_json(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [copy_json(item) for item in value]
    return value
