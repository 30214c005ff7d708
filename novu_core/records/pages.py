"""Pages of lists, and the checks of what asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from novu_core.errors import FieldError, ValidationError
from novu_core.types import JsonObject

T = TypeVar("T")
R = TypeVar("R")

MOST = 100
"""How many records a page may hold."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; ``next_cursor`` is None on the last."""

    items: list[T]
    next_cursor: str | None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def to_json(self) -> JsonObject:
        """Return the page as JSON data."""
        items = [item.to_json() if hasattr(item, "to_json") else item for item in cast("list[Any]", self.items)]
        return {"items": items, "next_cursor": self.next_cursor}


def paged(rows: Sequence[R], limit: int, record: Callable[[R], T], cursor: Callable[[T], str]) -> Page[T]:
    """Make a page of ``limit`` records from up to ``limit + 1`` rows; the one too many only shows that more follow."""
    items = [record(row) for row in rows[:limit]]
    return Page(items, cursor(items[-1]) if len(rows) > limit else None)


def checked_cursor(cursor: str | None) -> str | None:
    """Return the cursor of a page of executions or messages. Raises ValidationError."""
    if cursor is not None:
        try:
            UUID(cursor)
        except (AttributeError, TypeError, ValueError):
            told = "is not a cursor; give the next_cursor of the page before"
            raise ValidationError("The list is invalid.", [FieldError("/cursor", told)]) from None
    return cursor


def checked_limit(limit: Any) -> int:
    """Return the limit of a page. Raises ValidationError."""
    if type(limit) is not int or not 1 <= limit <= MOST:
        raise ValidationError("The list is invalid.", [FieldError("/limit", f"must be a number from 1 to {MOST}")])
    return limit
