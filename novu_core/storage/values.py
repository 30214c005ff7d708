"""Reads single values of columns, of which any may be damaged, or a later version's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from novu_core.clock import UTC, micros, moment
from novu_core.codec import loads
from novu_core.types import JsonObject

MEND = "repair or delete the row, or use the version that wrote it"
LATEST = micros(datetime.max.replace(tzinfo=UTC))
"""The last time that can be read."""


class UnreadableValueError(ValueError):
    """Says of a value why it cannot be read, without showing what may be somebody's payload."""


def read_json(value: object) -> Any:
    """Return what a JSON text holds. Raises UnreadableValueError."""
    if type(value) is not str:
        raise UnreadableValueError(f"is not text but {_kind(value)}")
    try:
        return loads(value)
    except (ValueError, RecursionError) as error:
        raise UnreadableValueError(f"is not JSON ({error})") from None


def read_object(value: object) -> JsonObject:
    """Return the JSON object that a text holds. Raises UnreadableValueError."""
    found = read_json(value)
    if type(found) is not dict:
        raise UnreadableValueError(f"is JSON, but not an object: {_kind(found)}")
    return found


def read_objects(value: object) -> list[JsonObject]:
    """Return the JSON objects that a text holds in a list. Raises UnreadableValueError."""
    found = read_json(value)
    if type(found) is not list or not all(type(item) is dict for item in found):
        raise UnreadableValueError("is JSON, but not a list of objects")
    return found


def read_texts(value: object) -> list[str]:
    """Return the texts that a text holds in a JSON list. Raises UnreadableValueError."""
    found = read_json(value)
    if type(found) is not list or not all(type(item) is str for item in found):
        raise UnreadableValueError("is JSON, but not a list of strings")
    return found


def read_objects_of(value: object, name: str) -> list[JsonObject]:
    """Return the objects of a list in the JSON object that a text holds. Raises UnreadableValueError."""
    found = read_object(value).get(name)
    if type(found) is not list or not all(type(item) is dict for item in found):
        raise UnreadableValueError(f"is JSON, but has no list of objects `{name}`")
    return found


def read_time(value: object) -> datetime:
    """Return microseconds since the epoch as a time. Raises UnreadableValueError."""
    if type(value) is not int:
        raise UnreadableValueError(f"is not a time but {_kind(value)}")
    try:
        return moment(value)
    except OverflowError:
        raise UnreadableValueError(f"is not a time: {value} microseconds are beyond the years 1 to 9999") from None


def read_times(value: object) -> list[datetime]:
    """Return the times that a text holds in a JSON list of microseconds. Raises UnreadableValueError."""
    found = read_json(value)
    if type(found) is not list:
        raise UnreadableValueError("is JSON, but not a list of times")
    return [read_time(item) for item in found]


def due_time(value: object) -> datetime | None:
    """Return when something is due that stands before ``value``: at once where that is too early for a time.

    None for what never comes: SQLite sorts texts behind all numbers.
    """
    if type(value) is not int or value > LATEST:
        return None
    return moment(max(value, 0))


def _kind(value: object) -> str:
    return "NULL" if value is None else f"of type {type(value).__name__}"
