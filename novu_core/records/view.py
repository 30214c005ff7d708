"""The base of every record: attributes for Python, items for its JSON form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any

from novu_core.types import JsonObject

SPARSE = {"sparse": True}
"""The metadata of a field that stands in the JSON form only where it is not None."""


class View(Mapping[str, Any]):
    """A record whose items are its JSON form: ``result.status`` is an enum, ``result["status"]`` its text."""

    def to_json(self) -> JsonObject:
        """Return the record as JSON data, a copy that may be changed."""
        found = {item: getattr(self, item.name) for item in fields(self)}  # type: ignore[arg-type]  # dataclasses
        sparse = (item for item in found if found[item] is not None or not item.metadata.get("sparse"))
        return {item.name: plain(found[item]) for item in sparse}

    def __getitem__(self, key: str) -> Any:
        return self.to_json()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_json())

    def __len__(self) -> int:
        return len(self.to_json())

    def __hash__(self) -> int:
        return object.__hash__(self)


def plain(value: Any) -> Any:
    """Return a copy of a record's value as JSON data: enums as their text, times as ISO 8601, records as objects."""
    if hasattr(value, "to_json"):
        value = value.to_json()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value
