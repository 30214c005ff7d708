"""What a scrape of the metrics counts. Each statement looks at a bounded number of rows, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, func, literal_column, select, union_all

from novu_core.clock import micros
from novu_core.storage.ids import first_id
from novu_core.storage.tables import executions, messages, steps
from novu_core.storage.transaction import Transaction
from novu_core.types import Channel, WaitingFor

MOST_RUNS = 50_000
"""How many runs are counted by status, the latest ones."""
MOST_WAITING = 100_000
"""How far runs that wait are counted, for each of what they wait for."""
MOST_FAILED = 2000
"""Of how many failed runs, the latest ones, the deliveries are looked at."""
DURATIONS = (0.1, 0.5, 1, 5, 30, 120, 600, 3600, 21_600, 86_400)
LATENESS = (0.1, 0.5, 1, 5, 30, 120, 600, 3600)
"""The upper bounds of the histograms, in seconds."""

_app: Any = bindparam("app")
_own = executions.c.app.concat("") == _app  # aside from the index of apps, which has no order by time within one
_latest = (
    select(executions.c.workflow_id, executions.c.status)
    .where(executions.c.execution_id >= bindparam("first"), _own)
    .order_by(executions.c.execution_id.desc())
    .limit(MOST_RUNS)
    .subquery()
)
_RUNS = select(*_latest.c, func.count()).group_by(*_latest.c).order_by(*_latest.c)
_failed = (
    select(executions.c.execution_id)
    .where(
        executions.c.status == literal_column("'failed'"),
        executions.c.status != literal_column("'completed'"),  # in the words of the index
        _own,
    )
    .order_by(executions.c.execution_id.desc())
    .limit(MOST_FAILED)
    .subquery()
)
_FAILED = (
    select(steps.c.type, steps.c.error)
    .join(_failed, _failed.c.execution_id == steps.c.execution_id)
    .where(
        steps.c.status == literal_column("'failed'"),
        steps.c.type.in_([literal_column(f"'{channel.value}'") for channel in Channel]),
        steps.c.completed_at >= bindparam("since"),
    )
)


def _waiting(kind: WaitingFor) -> Any:
    some = (
        select(executions.c.execution_id)
        .where(executions.c.waiting_for == literal_column(f"'{kind.value}'"), executions.c.waiting_for.is_not(None))
        .where(_own)
        .limit(MOST_WAITING)
        .subquery()
    )
    return select(literal_column(f"'{kind.value}'"), func.count()).select_from(some)


_WAITING = union_all(*map(_waiting, WaitingFor))


def _bucket(taken: Any, bounds: Sequence[float]) -> Any:
    """The place of the first bound that is not exceeded."""
    cases: list[Any] = [
        (taken <= literal_column(str(round(bound * 1e6))), literal_column(str(place)))
        for place, bound in enumerate(bounds)
    ]
    return case(*cases, else_=literal_column(str(len(bounds))))


def _positive(taken: Any) -> Any:
    """Hosts whose clocks differ may have it that something ends before it begins."""
    return case((taken > literal_column("0"), taken), else_=literal_column("0"))


@lru_cache(maxsize=1)
def _sent() -> Any:
    started = func.coalesce(executions.c.started_at, executions.c.created_at)
    each = (
        select(
            messages.c.channel,
            func.coalesce(messages.c.provider, literal_column("''")).label("provider"),
            _positive(messages.c.created_at - executions.c.created_at).label("taken"),
            _positive(started - executions.c.created_at).label("late"),
        )
        .join(executions, executions.c.execution_id == messages.c.execution_id)
        .where(
            messages.c.message_id >= bindparam("first"),
            messages.c.message_id < bindparam("end"),
            messages.c.app.concat("") == _app,
        )
        .subquery()
    )
    placed = select(
        each, _bucket(each.c.taken, DURATIONS).label("duration"), _bucket(each.c.late, LATENESS).label("lateness")
    ).subquery()
    keys = (placed.c.channel, placed.c.provider, placed.c.duration, placed.c.lateness)
    return select(*keys, func.count(), func.sum(placed.c.taken), func.sum(placed.c.late)).group_by(*keys)


class Sent(NamedTuple):
    """Messages of one channel, one provider and one bucket of each histogram; the sums in microseconds."""

    channel: str
    provider: str
    duration: int
    lateness: int
    number: int
    taken: int
    late: int


def sent(transaction: Transaction, app: str, since: datetime, until: datetime) -> list[Sent]:
    """Count the messages that were made from ``since`` until before ``until``, to the millisecond."""
    rows = transaction.rows(_sent(), {"app": app, "first": first_id(since), "end": first_id(until)})
    return [Sent(str(row[0]), str(row[1]), *map(int, row[2:])) for row in rows]


def failed(transaction: Transaction, app: str, since: datetime) -> list[tuple[str, Any]]:
    """Return the channel and the error of deliveries that failed for good since then, in runs that failed."""
    return [(str(channel), error) for channel, error in transaction.rows(_FAILED, {"app": app, "since": micros(since)})]


def runs(transaction: Transaction, app: str, since: datetime) -> list[tuple[str, str, int]]:
    """Return the workflow, the status and the number of runs that were triggered since then."""
    return [
        (str(workflow_id), str(status), int(number))
        for workflow_id, status, number in transaction.rows(_RUNS, {"app": app, "first": first_id(since)})
    ]


def waiting(transaction: Transaction, app: str) -> list[tuple[str, int]]:
    """Return how many runs wait for each of what runs wait for."""
    return [(str(kind), int(number)) for kind, number in transaction.rows(_WAITING, {"app": app})]
