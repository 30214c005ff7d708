"""Deletes old runs that have ended, a batch in a transaction of its own: other writers get their turn in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, literal_column, or_, select

from novu_core.clock import micros
from novu_core.codec import dumps
from novu_core.storage.ids import first_id
from novu_core.storage.store import Store
from novu_core.storage.tables import events, executions, fanouts, messages, steps, windows
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import PerBackend, is_among

ENDED = ("completed", "failed")
"""The statuses of runs that have ended."""
MOST_AT_ONCE = 1000
"""How many runs a batch looks at."""


class Batch(NamedTuple):
    """How many runs of each status a batch deleted, or would; and where the next one goes on, None at the end."""

    runs: Counter[str]
    after: str | None


_opener = executions.alias("opener")
_awaited = exists().where(
    events.c.execution_id == executions.c.execution_id,
    events.c.window_id == windows.c.window_id,
    or_(
        windows.c.open == 1,
        exists().where(_opener.c.execution_id == windows.c.opener_id, _opener.c.status.not_in(ENDED)),
    ),
)
"""A digest that has not gone out yet still reads the run's event."""


@lru_cache(maxsize=8)
def _old(statuses: tuple[str, ...]) -> ColumnElement[bool]:
    return and_(
        executions.c.status.in_([literal_column(f"'{word}'") for word in statuses]),
        func.coalesce(executions.c.completed_at, executions.c.created_at) < bindparam("before"),
        executions.c.app.concat("") == bindparam("app"),  # in the order of all ids, whatever the planner prefers
        ~_awaited,
    )


@lru_cache(maxsize=8)
def _look(statuses: tuple[str, ...]) -> Any:
    """Ids sort by the time of creation, so that this reads what it is about and needs no index of its own."""
    return (
        select(executions.c.execution_id, executions.c.status, case((_old(statuses), 1), else_=0))
        .where(executions.c.execution_id > bindparam("after"), executions.c.execution_id < bindparam("edge"))
        .order_by(executions.c.execution_id)
        .limit(MOST_AT_ONCE)
    )


def among(column: Any) -> PerBackend:
    """Delete the rows whose column is one of the texts in the JSON array ``ids``."""
    return PerBackend(lambda backend: column.table.delete().where(is_among(backend, column)))


@lru_cache(maxsize=8)
def _still(statuses: tuple[str, ...]) -> PerBackend:
    """Lock those of the runs that nobody reopened meanwhile."""
    found = select(executions.c.execution_id, executions.c.status).where(_old(statuses))
    return PerBackend(
        lambda backend: (
            found.where(is_among(backend, executions.c.execution_id))
            .order_by(executions.c.execution_id)
            .with_for_update()
        )
    )


_DELETE = (
    among(events.c.execution_id),
    PerBackend(
        lambda backend: windows.delete().where(is_among(backend, windows.c.opener_id), windows.c.open == 0),
    ),
    PerBackend(
        lambda backend: messages.delete().where(
            is_among(backend, messages.c.execution_id), messages.c.channel != "in_app"
        ),
    ),
    among(steps.c.execution_id),
    among(executions.c.execution_id),
)
_ended_fanouts = (
    select(fanouts.c.fanout_id)
    .where(
        fanouts.c.app == bindparam("app"),
        fanouts.c.fanout_id < bindparam("edge"),
        fanouts.c.due_at.is_(None),
        func.coalesce(fanouts.c.completed_at, fanouts.c.created_at) < bindparam("before"),
    )
    .order_by(fanouts.c.fanout_id)
    .limit(MOST_AT_ONCE)
)
_DELETE_FANOUTS = fanouts.delete().where(fanouts.c.fanout_id.in_(_ended_fanouts))


def prune(
    store: Store, before: datetime, after: str = "", *, statuses: Sequence[str] = ENDED, dry_run: bool = False
) -> Batch:
    """Delete some of an app's runs that ended before then, with their steps, events and messages; in-app ones stay.

    ``after``: where the last batch said to go on. Raises StoreError.
    """
    wanted = tuple(sorted(statuses))
    times = _times(store, before)
    if times is None:
        return Batch(Counter(), None)
    looked = store.database.read(lambda transaction: transaction.rows(_look(wanted), {**times, "after": after}))
    following = str(looked[-1][0]) if len(looked) == MOST_AT_ONCE else None
    old = {str(execution_id): str(status) for execution_id, status, is_old in looked if is_old}
    if dry_run or not old:
        return Batch(Counter(old.values()), following)

    def change(transaction: Transaction) -> Counter[str]:
        rows = transaction.rows(_still(wanted), {**times, "ids": dumps(list(old))})
        ids = {"ids": dumps([row[0] for row in rows])}
        for statement in _DELETE:
            transaction.execute(statement, ids)
        transaction.give_back()
        return Counter(str(row[1]) for row in rows)

    return Batch(store.database.write(change), following)


def prune_fanouts(store: Store, before: datetime) -> int:
    """Delete some of an app's fan-outs that ended before then; return how many, fewer than a batch at the end."""
    times = _times(store, before)
    if times is None:
        return 0
    return store.database.write(lambda transaction: transaction.execute(_DELETE_FANOUTS, times))


def _times(store: Store, before: datetime) -> dict[str, Any] | None:
    """The values of the statements; None before 1970, when there was nothing."""
    moment = micros(before)
    return None if moment < 0 else {"app": store.app, "before": moment, "edge": first_id(before)}
