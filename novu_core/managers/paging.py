"""Pages of what the store lists: onwards, in both directions, and by number; the checks of what asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from typing_extensions import TypedDict

from novu_core.errors import FieldError, ValidationError
from novu_core.records.ids import Unset, fault_of_id
from novu_core.records.pages import (
    MOST_NUMBERED,
    CountedPage,
    NumberedPage,
    Page,
    checked_cursor,
    checked_limit,
    checked_number,
    checked_order,
)
from novu_core.storage.listings import Listing
from novu_core.storage.slices import PageRequest
from novu_core.storage.store import Store

T = TypeVar("T")
Ids = str | Sequence[str] | Unset
"""One id or several; left out it means everybody's."""
CHUNK = 200
"""How many rows change in one transaction; other writers get their turn in between."""
Records = Callable[[Sequence[tuple[Any, ...]]], Sequence[T]]
"""What turns rows into what callers see."""


def each(record: Callable[[tuple[Any, ...]], T]) -> Records[T]:
    """Turn rows into what callers see one by one."""
    return lambda rows: [record(row) for row in rows]


def chunks(ids: Sequence[str], size: int = CHUNK) -> Iterator[Sequence[str]]:
    """Yield up to ``size`` of the ids at a time."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


class PageOptions(TypedDict, total=False):
    """Which page of a list, as every list with a total takes it.

    ``limit``: 1 to 100, 20 unless given. ``cursor``: ``next_cursor`` of the page before; ``before``:
    ``previous_cursor`` of the page after; ``include_cursor``: with the record that the cursor names. ``order``:
    ``desc`` (the latest first) or ``asc``.
    """

    limit: int
    cursor: str | None
    before: str | None
    include_cursor: bool
    order: str


def page_after(
    store: Store,
    listing: Listing,
    records: Records[T],
    filters: Mapping[str, Sequence[Any]],
    limit: int,
    cursor: str | None,
) -> Page[T]:
    """Return a page after ``cursor``, newest first. Raises ValidationError."""
    found = store.slice(listing, PageRequest(checked_limit(limit), filters, checked_cursor(cursor)))
    return Page(list(records(found.rows)), found.rows[-1][listing.at] if found.after else None)


def counted_page(
    store: Store,
    listing: Listing,
    records: Records[T],
    filters: Mapping[str, Sequence[Any]],
    *,
    limit: int = 20,
    cursor: str | None = None,
    before: str | None = None,
    include_cursor: bool = False,
    order: str = "desc",
) -> CountedPage[T]:
    """Return a page after ``cursor``, or before ``before``. Raises ValidationError."""
    if cursor is not None and before is not None:
        raise ValidationError("The list is invalid.", [FieldError("/before", "cannot be combined with a cursor")])
    page = PageRequest(
        checked_limit(limit),
        filters,
        checked_cursor(cursor) if before is None else checked_cursor(before, "/before"),
        before=before is not None,
        include=include_cursor,
        descending=checked_order(order),
        counted=True,
    )
    found = store.slice(listing, page)
    keys = [row[listing.at] for row in found.rows]
    return CountedPage(
        list(records(found.rows)),
        keys[-1] if found.after and keys else None,
        keys[0] if found.before and keys else None,
        found.total,
        found.capped,
    )


def numbered_page(
    store: Store,
    listing: Listing,
    records: Records[T],
    filters: Mapping[str, Sequence[Any]],
    number: int,
    limit: int,
    *,
    counted: bool = True,
) -> NumberedPage[T]:
    """Return a page by its number, newest first. Raises ValidationError."""
    size = checked_limit(limit, MOST_NUMBERED)
    skip = checked_number(number) * size
    found = store.slice(listing, PageRequest(size, filters, skip=skip, counted=counted))
    total = found.total if counted else None
    return NumberedPage(list(records(found.rows)), number, size, found.after, total, found.capped)


def checked_filters(**given: Ids) -> dict[str, list[str]]:
    """Return the ids of each filter that was given, each once. Raises ValidationError for None and what is no id."""
    found: dict[str, list[str]] = {}
    faults = []
    for name, value in given.items():
        if isinstance(value, Unset):
            continue
        single = isinstance(value, str) or not isinstance(value, Sequence)
        values: list[Any] = [value] if single else list(value)
        if not values:
            faults.append(FieldError(f"/{name}", "must not be empty; omit it to list everybody's"))
        for at, item in enumerate(values):
            fault = fault_of_id(item)
            if fault is not None:
                faults.append(FieldError(f"/{name}" if single else f"/{name}/{at}", fault))
        found[name] = list(dict.fromkeys(map(str, values)))
    if faults:
        raise ValidationError("The list is invalid.", faults)
    return found
