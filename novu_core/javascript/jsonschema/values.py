"""JSON values as JavaScript sees them: what is equal, and a copy."""

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


def copy_json(value: Any) -> Any:
    """Copy a JSON value, arrays and objects included."""
    if isinstance(value, Mapping):
        return {key: copy_json(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [copy_json(item) for item in value]
    return value
