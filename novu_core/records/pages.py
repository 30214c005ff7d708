"""Pages of lists, and the checks of what asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from novu_core.errors import FieldError, ValidationError
from novu_core.types import JsonObject

T = TypeVar("T")

MOST = 100
"""How many records a page may hold."""
MOST_NUMBERED = 1000
"""How many a page that is asked for by its number may hold, as Novu's."""
LAST = 2**31 - 1
"""The last page's number: beyond it a store could not count."""


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


@dataclass(frozen=True)
class CountedPage(Page[T]):
    """A page that can be left in both directions. ``previous_cursor`` is None on the first page.

    ``total`` counts all that match, whatever the cursor; where ``total_capped``, there are more than that.
    """

    previous_cursor: str | None
    total: int
    total_capped: bool

    def to_json(self) -> JsonObject:
        """Return the page as JSON data."""
        both_ways = {"previous_cursor": self.previous_cursor, "total": self.total, "total_capped": self.total_capped}
        return {**super().to_json(), **both_ways}


@dataclass(frozen=True)
class NumberedPage(Generic[T]):
    """A page by its number, from 0. ``total`` as of a :class:`CountedPage`; None where nothing was counted."""

    items: list[T]
    number: int
    size: int
    has_more: bool
    total: int | None
    total_capped: bool

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def checked_cursor(cursor: str | None, path: str = "/cursor") -> str | None:
    """Return the cursor of a page. Raises ValidationError that names ``path``."""
    if cursor is not None:
        try:
            known = str(UUID(cursor)) == cursor  # the store compares letters, so another spelling is another place
        except (AttributeError, TypeError, ValueError):
            known = False
        if not known:
            told = "is not a cursor; use the next_cursor of the previous page"
            raise ValidationError("The list is invalid.", [FieldError(path, told)])
    return cursor


def checked_limit(limit: Any, most: int = MOST) -> int:
    """Return the limit of a page. Raises ValidationError."""
    if type(limit) is not int or not 1 <= limit <= most:
        raise ValidationError("The list is invalid.", [FieldError("/limit", f"must be a number from 1 to {most}")])
    return limit


def checked_number(number: Any) -> int:
    """Return the number of a page. Raises ValidationError."""
    if type(number) is not int or not 0 <= number <= LAST:
        raise ValidationError("The list is invalid.", [FieldError("/number", f"must be a number from 0 to {LAST}")])
    return number


def checked_order(order: Any) -> bool:
    """Return whether a list descends. Raises ValidationError."""
    if order not in ("asc", "desc"):
        raise ValidationError("The list is invalid.", [FieldError("/order", "must be asc or desc")])
    return bool(order == "desc")
