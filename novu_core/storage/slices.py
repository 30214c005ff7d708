"""Reads a part of a list: by a cursor in either direction, or by the number of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from novu_core.storage.listings import COUNTED, Listing, parameters, sizes
from novu_core.storage.transaction import Transaction

Filters = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Slice:
    """Rows in order, and whether more come after them; for a counted slice, whether any are before them, and a total.

    ``total`` is right up to COUNTED, and that where there are more (``capped``).
    """

    rows: list[tuple[Any, ...]]
    after: bool
    before: bool = False
    total: int = 0
    capped: bool = False


@dataclass(frozen=True)
class PageRequest:
    """A part of a list. ``cursor``: a key; the rows come after it, or with ``before`` before it.

    ``include``: the row of the cursor itself too. ``skip``: how many rows are left out, in place of a cursor. A slice
    before a cursor must be ``counted``.
    """

    limit: int
    filters: Filters = field(default_factory=dict)
    cursor: str | None = None
    before: bool = False
    include: bool = False
    descending: bool = True
    skip: int = 0
    counted: bool = False

    def read(self, transaction: Transaction, listing: Listing) -> Slice:
        """Read it."""
        filters = {name: padded(values) for name, values in self.filters.items()}
        form, params = sizes(filters), parameters(filters)
        backwards = self.before and self.cursor is not None
        edge = None if self.cursor is None else _edge(self.descending != backwards, include=self.include)
        most = self.limit + 1
        asked = {**params, "cursor": self.cursor, "most": most, "reach": most + self.skip, "skip": self.skip}
        rows = transaction.rows(listing.page(form, edge, self.descending != backwards, self.skip > 0), asked)
        more, rows = len(rows) > self.limit, rows[: self.limit]
        if not self.counted:
            return Slice(rows, more)
        behind = self.skip > 0
        if self.cursor is not None and rows:  # is anything on the other side of where this began?
            back = _edge(self.descending == backwards, include=False)
            first = {**params, "cursor": rows[0][listing.at], "most": 1, "reach": 1}
            behind = bool(transaction.rows(listing.page(form, back, self.descending == backwards, skips=False), first))
        if backwards:
            rows.reverse()
            more, behind = behind, more
        total = transaction.one(listing.count(form), params)[0]
        return Slice(rows, more, behind, min(total, COUNTED), total > COUNTED)


def _edge(descending: bool, *, include: bool) -> str:
    return ("<" if descending else ">") + "=" * include


def padded(values: Sequence[Any]) -> list[Any]:
    """Repeat the last value, so that lists of many lengths share few statements."""
    return [*values, *[values[-1]] * ((1 << (len(values) - 1).bit_length()) - len(values))]
