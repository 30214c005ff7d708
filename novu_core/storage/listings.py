"""Lists in pages: each statement finds its page by an index, whatever the table's size, and is built once for its form.

A filter with several values is a union of one search for each value, of which each stops after a page: an index on
(filter, key) gives the order for one value only, and with IN all matches would be sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, literal_column, select, union
from sqlalchemy.sql.expression import ClauseElement

from novu_core.storage.people_statements import MEMBERSHIP
from novu_core.storage.tables import executions, memberships, messages, steps, subscribers, topics

COUNTED = 1000
"""How many rows are counted at most: a count of all would take the longer, the more there are."""
_MOST_SEARCHES = 50
Filters = tuple[tuple[str, int], ...]
"""The filters of a list by name, each with how many values it has."""
Condition = Callable[[Sequence[BindParameter[Any]]], ColumnElement[bool]]


@dataclass(frozen=True, eq=False)
class Listing:
    """A kind of list. ``source``: a query for whole rows; ``key``: the unique column by which they are ordered.

    ``at``: the place of the key in a row. ``drivers``: the filters that have an index, the most telling first.
    ``conditions``: those that are not columns.
    """

    source: Select[Any]
    key: Any
    drivers: tuple[str, ...]
    at: int = 0
    conditions: Mapping[str, Condition] = field(default_factory=dict)

    @lru_cache(maxsize=256)  # noqa: B019  # the listings live as long as the module
    def page(self, filters: Filters, edge: str | None, descending: bool, skips: bool) -> ClauseElement:
        """Return the statement for up to ``most`` rows; with ``skips`` after the first ``skip`` of them.

        ``edge``: on which side of ``cursor`` the rows are: ``<``, ``<=``, ``>``, ``>=``, or None.
        """
        order = self.key.desc() if descending else self.key.asc()
        searches = self._searches(filters, edge)
        whole = self.source.order_by(order)
        if len(searches) == 1 and not skips:
            return whole.where(*searches[0]).limit(bindparam("most"))
        if len(searches) == 1:
            found = select(self.key).where(*searches[0])
        else:
            parts = [
                select(select(self.key.label("key")).where(*each).order_by(order).limit(bindparam("reach")).subquery())
                for each in searches
            ]
            found = select(union(*parts).subquery().c.key)
            order = found.selected_columns[0].desc() if descending else found.selected_columns[0].asc()
        found = found.order_by(order).limit(bindparam("most"))
        return whole.where(self.key.in_(found.offset(bindparam("skip")) if skips else found))

    @lru_cache(maxsize=256)  # noqa: B019  # as above
    def count(self, filters: Filters) -> ClauseElement:
        """Return the statement that counts the rows, up to :data:`COUNTED` and one more."""
        conditions = [self._condition(name, size) for name, size in filters]
        rows = select(self.key).where(*conditions).limit(COUNTED + 1)
        if all(size == 1 for _, size in filters):  # else PostgreSQL scans a large table from anywhere, past its cache
            rows = rows.order_by(self.key.desc())
        return select(func.count()).select_from(rows.subquery())

    def _searches(self, filters: Filters, edge: str | None) -> list[list[ColumnElement[bool]]]:
        """The conditions of each search; together they find what all filters leave."""
        sizes = dict(filters)
        several = next((name for name in self.drivers if name in sizes), None)
        if several is not None and not 1 < sizes[several] <= _MOST_SEARCHES:
            several = None
        shared = [self._condition(name, size) for name, size in filters if name != several]
        if edge is not None:
            shared.append(self.key.op(edge)(bindparam("cursor")))
        if several is None:
            return [shared]
        return [[self._condition(several, 1, at), *shared] for at in range(sizes[several])]

    def _condition(self, name: str, size: int, first: int = 0) -> ColumnElement[bool]:
        values: list[BindParameter[Any]] = [bindparam(f"{name}_{at}") for at in range(first, first + size)]
        special = self.conditions.get(name)
        if special is not None:
            return special(values)
        column = self.key.table.c[name]
        chosen: ColumnElement[bool] = column == values[0] if size == 1 else column.in_(values)
        return chosen


def parameters(filters: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return the values of filters as parameters of their statements."""
    return {f"{name}_{at}": value for name, values in filters.items() for at, value in enumerate(values)}


def sizes(filters: Mapping[str, Sequence[Any]]) -> Filters:
    """Return the form of filters, for :meth:`Listing.page` and :meth:`Listing.count`."""
    return tuple((name, len(values)) for name, values in filters.items())


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
    ("transaction_id", "subscriber_id", "workflow_id"),
    conditions={
        **{status: _open(status) for status in ("pending", "running", "failed")},
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
    ("transaction_id", "execution_id", "channel"),
    conditions={
        "read": lambda values: messages.c.read_at.is_not(None),
        "unread": lambda values: messages.c.read_at.is_(None),
        "archived": lambda values: messages.c.archived_at.is_not(None),
        "unarchived": lambda values: messages.c.archived_at.is_(None),
    },
)
SUBSCRIBERS = Listing(select(subscribers), subscribers.c.id, (), at=1)
TOPICS = Listing(select(topics), topics.c.id, (), at=1)
MEMBERSHIPS = Listing(MEMBERSHIP, memberships.c.id, ())
