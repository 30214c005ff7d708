"""Lists in pages: each statement finds its page by an index, whatever the table's size, and is built once for its form.

A filter with several values is a union of one search for each value, of which each stops after a page: an index on
(filter, key) gives the order for one value only, and with IN all matches would be sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, literal_column, select, union
from sqlalchemy.sql.expression import ClauseElement

from novu_core.storage.people_statements import MEMBERSHIP
from novu_core.storage.tables import (
    executions,
    fanouts,
    memberships,
    messages,
    steps,
    subscribers,
    suppressions,
    topics,
)

COUNTED = 1000
"""How many rows are counted at most: a count of all would take the longer, the more there are."""
_MOST_SEARCHES = 50
Filters = tuple[tuple[str, int], ...]
"""The filters of a list by name, each with how many values it has."""
Search = tuple[Any, list[ColumnElement[bool]]]
"""The column of the key, and the conditions."""
Condition = Callable[[Sequence[BindParameter[Any]]], ColumnElement[bool]]


@dataclass(frozen=True, eq=False)
class Listing:
    """A kind of list. ``source``: a query for whole rows; ``key``: the unique column by which they are ordered.

    ``at``: the place of the key in a row. ``drivers``: the filters that an index leads to, the most telling first.
    ``conditions``: those that are not columns. ``detour``: a filter of which another table has the index: its name, and
    that table's columns for the key and the filter. ``partial``: filters that an index of some rows leads to.
    """

    source: Select[Any]
    key: Any
    drivers: tuple[str, ...]
    at: int = 0
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    detour: tuple[str, Any, Any] | None = None
    partial: frozenset[str] = frozenset()

    def of_app(self, filters: Mapping[str, Sequence[Any]], app: str) -> Mapping[str, Sequence[Any]]:
        """Return the filters with one for the app, where the table has apps.

        The index of an app with a name leads to the rows only where no other does: SQLite, without statistics, might
        take it for the better. The app without a name has none: its rows are all, or nearly.
        """
        if "app" not in self.key.table.c:
            return filters
        led = self.partial.union(self.drivers).intersection(filters)
        return {**filters, "named_app" if app and not led else "app": [app]}

    @lru_cache(maxsize=256)  # noqa: B019  # the listings live as long as the module
    def page(self, filters: Filters, edge: str | None, descending: bool, skips: bool) -> ClauseElement:
        """Return the statement for up to ``most`` rows; with ``skips`` after the first ``skip`` of them.

        ``edge``: on which side of ``cursor`` the rows are: ``<``, ``<=``, ``>``, ``>=``, or None.
        """
        searches = self._searches(filters, edge)
        whole = _ordered(self.source, self.key, descending)
        if len(searches) > 1 or self._detours(filters):
            found = _together(searches, descending)
        else:
            [(key, conditions)] = searches
            if not skips:
                return whole.where(*conditions).limit(bindparam("most"))
            found = _ordered(select(key).where(*conditions), key, descending)
        found = found.limit(bindparam("most"))
        return whole.where(self.key.in_(found.offset(bindparam("skip")) if skips else found))

    @lru_cache(maxsize=256)  # noqa: B019  # as above
    def count(self, filters: Filters) -> ClauseElement:
        """Return the statement that counts the rows, up to :data:`COUNTED` and one more."""
        conditions = [self._condition(name, size) for name, size in filters]
        rows = select(self.key).where(*conditions).limit(COUNTED + 1)
        if all(size == 1 for _, size in filters):  # else PostgreSQL scans a large table from anywhere, past its cache
            rows = rows.order_by(self.key.desc())
        return select(func.count()).select_from(rows.subquery())

    def _searches(self, filters: Filters, edge: str | None) -> list[Search]:
        """Searches that together find what all filters leave: the column of the key, and the conditions."""
        sizes = dict(filters)
        one_by_one: list[str] = []
        for name in self.drivers:
            many = prod(sizes[each] for each in (*one_by_one, name) if each in sizes)
            if sizes.get(name, 1) > 1 and many <= _MOST_SEARCHES:
                one_by_one.append(name)
        searches = []
        for places in product(*(range(sizes[name]) for name in one_by_one)):
            chosen = dict(zip(one_by_one, places, strict=True))
            searches.append(self._search(filters, chosen, edge))
        return searches

    def _search(self, filters: Filters, chosen: Mapping[str, int], edge: str | None) -> Search:
        key: Any = self.key
        conditions: list[ColumnElement[bool]] = []
        for name, size in filters:
            at = chosen.get(name)
            if self._detours(filters) and self.detour and name == self.detour[0]:
                _, key, column = self.detour
                values = _values(name, size, at)
                conditions.append(column == values[0] if len(values) == 1 else column.in_(values))
            else:
                conditions.append(self._condition(name, size, at))
        if edge is not None:
            conditions.append(key.op(edge)(bindparam("cursor")))
        if key is not self.key and len(filters) > 1:
            conditions.append(key == self.key)
        return key, conditions

    def _detours(self, filters: Filters) -> bool:
        """Whether the other table is the only one whose index leads anywhere."""
        names = {name for name, _ in filters}
        return self.detour is not None and self.detour[0] in names and not names & {*self.drivers} - {self.detour[0]}

    def _condition(self, name: str, size: int, at: int | None = None) -> ColumnElement[bool]:
        values = _values(name, size, at)
        if name == "named_app":  # in the words of the index, which the planners use for these only
            app = self.key.table.c.app
            named: ColumnElement[bool] = (app == values[0]) & (app != literal_column("''"))
            return named
        special = self.conditions.get(name)
        if special is not None:
            return special(values)
        column = self.key.table.c[name]
        chosen: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
        return chosen


def _together(searches: Sequence[Search], descending: bool) -> Select[Any]:
    """The keys that the searches find, each of which stops after ``reach``; those of another table may repeat."""
    parts = []
    for key, conditions in searches:
        found = _ordered(select(key.label("key")).where(*conditions).distinct(), key, descending)
        parts.append(select(found.limit(bindparam("reach")).subquery()))
    column = (union(*parts) if len(parts) > 1 else parts[0]).subquery().c.key
    return _ordered(select(column), column, descending)


def _ordered(query: Select[Any], key: Any, descending: bool) -> Select[Any]:
    return query.order_by(key.desc() if descending else key.asc())


def _values(name: str, size: int, at: int | None) -> list[BindParameter[Any]]:
    """The parameters of a filter's values, or of the one at this place."""
    return [bindparam(f"{name}_{place}") for place in (range(size) if at is None else [at])]


def parameters(filters: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return the values of filters as parameters of their statements."""
    return {f"{name}_{at}": value for name, values in filters.items() for at, value in enumerate(values)}


def sizes(filters: Mapping[str, Sequence[Any]]) -> Filters:
    """Return the form of filters, for :meth:`Listing.page` and :meth:`Listing.count`."""
    return tuple((name, len(values)) for name, values in filters.items())


_OPEN = ("pending", "running", "failed")


def _open(status: str) -> Condition:
    """The status twice, in the words of the index, which covers only runs that are not completed."""
    column = executions.c.status
    return lambda values: (column == literal_column(f"'{status}'")) & (column != literal_column("'completed'"))


def _uses_channel(values: Sequence[BindParameter[Any]]) -> ColumnElement[bool]:
    reached = select(steps.c.step_id).where(steps.c.execution_id == executions.c.execution_id, steps.c.type.in_(values))
    return reached.exists()


EXECUTIONS = Listing(
    select(executions),
    executions.c.execution_id,
    ("transaction_id", "subscriber_id", "workflow_id", "channel"),
    detour=("channel", steps.c.execution_id, steps.c.type),
    partial=frozenset(_OPEN),
    conditions={
        **{status: _open(status) for status in _OPEN},
        "completed": lambda values: executions.c.status == literal_column("'completed'"),
        "channel": _uses_channel,
        "from": lambda values: executions.c.created_at >= values[0],
        "until": lambda values: executions.c.created_at <= values[0],
        "id_from": lambda values: executions.c.execution_id >= values[0],
        "id_until": lambda values: executions.c.execution_id <= values[0],
    },
)
MESSAGES = Listing(
    select(messages),
    messages.c.message_id,
    ("transaction_id", "execution_id", "subscriber_id", "channel"),
)
FANOUTS = Listing(select(fanouts), fanouts.c.fanout_id, ("transaction_id",))
SUBSCRIBERS = Listing(select(subscribers), subscribers.c.id, (), at=1)
SUPPRESSIONS = Listing(select(suppressions), suppressions.c.id, (), at=2)
TOPICS = Listing(select(topics), topics.c.id, (), at=1)
MEMBERSHIPS = Listing(MEMBERSHIP, memberships.c.id, ())
