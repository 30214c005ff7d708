"""The base of every record: attributes for Python, items for its JSON form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from typing_extensions import Self

from novu_core.types import JsonObject

SPARSE = {"sparse": True}
"""The metadata of a field that stands in the JSON form only where it is not None."""


class View(Mapping[str, Any]):
    """A record whose items are its JSON form: ``result.status`` is an enum, ``result["status"]`` its text."""

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Build from fields, as unpickled: a frozen dataclass's constructor takes far longer.

        What has a default that all records can share, such as None, may be left out.
        """
        made = cls.__new__(cls)
        vars(made).update(values)
        return made

    def to_json(self) -> JsonObject:
        """Return the record as JSON data, a copy that may be changed."""
        found = {}
        for name, sparse in _layout(type(self)):
            value = getattr(self, name)
            if value is not None or not sparse:
                found[name] = plain(value)
        return found

    def __getitem__(self, key: str) -> Any:
        return self.to_json()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_json())

    def __len__(self) -> int:
        return len(self.to_json())

    def __hash__(self) -> int:
        return object.__hash__(self)


@cache
def _layout(record: type[View]) -> list[tuple[str, bool]]:
    """The fields' names, and which of them are sparse."""
    return [(item.name, "sparse" in item.metadata) for item in fields(record)]  # type: ignore[arg-type]  # dataclasses


_PLAIN = frozenset({str, int, float, bool, type(None)})


def plain(value: Any) -> Any:
    """Return a copy of a record's value as JSON data: enums as their text, times as ISO 8601, records as objects."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return plain(value.to_json()) if hasattr(value, "to_json") else value
