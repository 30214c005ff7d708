"""What happened in a range of time, counted by the database. Ids begin with the time, so a time is a range of keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, and_, bindparam, case, func, literal_column, select

from novu_core.clock import micros
from novu_core.storage.ids import first_id
from novu_core.storage.run_listings import error_type
from novu_core.storage.tables import executions, messages, steps, windows
from novu_core.storage.transaction import Transaction

SAMPLED = 2000
"""Of how many messages, the latest ones, the time to their delivery is looked at."""
MOST_FAILURES = 50
"""How many kinds of failures are told, the most frequent first."""
_size: Any = bindparam("size", type_=BigInteger)
_in_range = (executions.c.execution_id >= bindparam("first"), executions.c.execution_id < bindparam("end"))
_own = executions.c.app.concat("") == bindparam("app")
_placed = (
    select(
        (executions.c.created_at // _size).label("place"),
        executions.c.workflow_id,
        executions.c.status,
        executions.c.outcome,
        case((executions.c.waiting_for.is_not(None), 1), else_=0).label("waits"),
    )
    .where(*_in_range, _own)
    .subquery()
)
RUNS = select(*_placed.c, func.count()).group_by(*_placed.c)
_kind = error_type(func.coalesce(steps.c.error, executions.c.error))
FAILURES = (
    select(
        executions.c.workflow_id,
        steps.c.step_id,
        _kind,
        func.count(),
        func.min(executions.c.created_at),
        func.max(executions.c.completed_at),
    )
    .select_from(
        executions.outerjoin(
            steps, and_(steps.c.execution_id == executions.c.execution_id, steps.c.status == literal_column("'failed'"))
        )
    )
    .where(
        *_in_range,
        _own,
        executions.c.status == literal_column("'failed'"),
        executions.c.status != literal_column("'completed'"),  # in the words of the index
    )
    .group_by(executions.c.workflow_id, steps.c.step_id, _kind)
    .order_by(func.count().desc(), executions.c.workflow_id, steps.c.step_id)
    .limit(MOST_FAILURES)
)
WAITING = (
    select(
        executions.c.waiting_for,
        func.count(),
        func.min(executions.c.resume_at),
        func.sum(case((executions.c.resume_at <= bindparam("in_an_hour"), 1), else_=0)),
        func.sum(case((executions.c.resume_at <= bindparam("in_a_day"), 1), else_=0)),
        func.sum(case((executions.c.resume_at <= bindparam("late"), 1), else_=0)),
    )
    .where(executions.c.waiting_for.is_not(None), _own)
    .group_by(executions.c.waiting_for)
)
WINDOWS = select(func.count()).where(windows.c.window_id >= bindparam("first"), windows.c.window_id < bindparam("end"))
SENT = (
    select(messages.c.channel, messages.c.provider, func.count())
    .where(
        messages.c.message_id >= bindparam("first"),
        messages.c.message_id < bindparam("end"),
        messages.c.app.concat("") == bindparam("app"),
    )
    .group_by(messages.c.channel, messages.c.provider)
    .order_by(messages.c.channel, messages.c.provider)
)
_latest = (
    select(messages.c.execution_id, messages.c.created_at)
    .where(
        messages.c.message_id >= bindparam("first"),
        messages.c.message_id < bindparam("end"),
        messages.c.app.concat("") == bindparam("app"),
    )
    .order_by(messages.c.message_id.desc())
    .limit(SAMPLED)
    .subquery()
)
TAKEN = select(_latest.c.created_at - executions.c.created_at).join(
    executions, executions.c.execution_id == _latest.c.execution_id
)


class Counts(NamedTuple):
    """The rows of each statement."""

    runs: list[tuple[Any, ...]]
    failures: list[tuple[Any, ...]]
    waiting: list[tuple[Any, ...]]
    windows: int
    sent: list[tuple[Any, ...]]
    taken: list[tuple[Any, ...]]


def count(
    transaction: Transaction, app: str, since: datetime, until: datetime, size: int, due: Mapping[str, datetime]
) -> Counts:
    """Count what was triggered from ``since`` to ``until``, in slices of ``size`` microseconds.

    ``due``: what :data:`WAITING` asks for.
    """
    times = {"first": first_id(since), "end": first_id(until)}
    of_app = {**times, "app": app}
    return Counts(
        transaction.rows(RUNS, {**of_app, "size": size}),
        transaction.rows(FAILURES, of_app),
        transaction.rows(WAITING, {"app": app, **{name: micros(at) for name, at in due.items()}}),
        transaction.one(WINDOWS, times)[0],
        transaction.rows(SENT, of_app),
        transaction.rows(TAKEN, of_app),
    )
