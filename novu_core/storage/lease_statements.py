"""The statements about claims and their leases (see statements)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)

from novu_core.storage.lanes import BEGUN, LANES, MANY, NEW
from novu_core.storage.tables import executions, fanouts, steps
from novu_core.storage.upserts import Statement
from novu_core.storage.values import LATEST

LEFT = and_(executions.c.status == "running", executions.c.waiting_for.is_(None))
"""Whether the run is claimed: where its lease is over, its worker left it amid its work."""
QUEUE = "@queue"
"""The owner of a run that is handed over. Its lease is the message's: afterwards the run is due again."""
HANDED = executions.c.owner == literal_column(f"'{QUEUE}'")
"""In the words of the index."""
_suspect = and_(LEFT, executions.c.takeovers > 0)
_own = executions.c.app == bindparam("app")
NUMBERS: list[Any] = [literal_column(str(lane)) for lane in LANES]
"""Not parameters: with them the planners know what they look for."""
_nothing: Any = literal_column("''")
_any_lane = executions.c.lane.in_(NUMBERS)


def fair(workflow_ids: tuple[str, ...], order: tuple[int, ...], *, suspects: bool) -> Any:
    """Query the ids of up to ``most`` due runs of these workflows, served in this ``order`` of their lanes.

    Of several lanes up to ``most_0`` ... ``most_3`` of each. They are locked, and what is locked is passed over.
    ``suspects``: those that were taken over before and left again, or only the others.
    """
    lanes = [
        select(executions.c.execution_id)
        .where(_own, executions.c.lane == NUMBERS[lane], executions.c.due_at <= bindparam("moment"))
        .where(_any_of(workflow_ids), _suspect if suspects else ~_suspect)
        .order_by(executions.c.due_at)
        .limit(bindparam(f"most_{lane}"))
        .with_for_update(skip_locked=True)
        .cte(f"due_{lane}")  # evaluated once; a plain subquery with a lock and a limit might not be
        for lane in order
    ]
    found = [select(lane.c.execution_id) for lane in lanes]
    return found[0] if len(found) == 1 else union_all(*found).limit(bindparam("most"))


@lru_cache(maxsize=256)
def claim(workflow_ids: tuple[str, ...], order: tuple[int, ...] = LANES, *, suspects: bool) -> Update:
    """Claim due runs, chosen as :func:`fair` says, for ``by``; returns whole rows, the fence already raised."""
    return taking(executions.c.execution_id.in_(fair(workflow_ids, order, suspects=suspects)), order)


@lru_cache(maxsize=64)
def next_due(workflow_ids: tuple[str, ...]) -> list[Any]:
    """When the earliest run of these workflows can be claimed, an expression for each lane."""
    return [
        select(executions.c.due_at)
        .where(_own, executions.c.lane == lane, executions.c.due_at.is_not(None), _any_of(workflow_ids))
        .order_by(executions.c.due_at)
        .limit(NUMBERS[1])
        .scalar_subquery()
        for lane in NUMBERS
    ]


def _mending(table: Table, lane: int) -> tuple[Select[Any], Update]:
    """The ids of what would never be due, and how it is due now, in this lane if it was in none.

    SQLite holds texts and bytes in columns of numbers too, and compares them as greater than any.
    """
    columns = table.c
    late, astray = columns.due_at > LATEST, or_(columns.lane < LANES[0], columns.lane > LANES[-1])
    never = and_(
        columns.app == bindparam("app"),
        columns.due_at.is_not(None),
        or_(and_(columns.lane.in_(NUMBERS), late), astray),
    )
    due_at, lane_of = case((late, bindparam("now")), else_=columns.due_at), case((astray, lane), else_=columns.lane)
    return select(*table.primary_key).where(never), update(table).where(never).values(due_at=due_at, lane=lane_of)


MEND_RUNS, MEND_FANOUTS = _mending(executions, NEW), _mending(fanouts, MANY)


@lru_cache(maxsize=64)
def overdue(workflow_ids: tuple[str, ...]) -> Statement:
    """What was due before ``moment`` of other workflows than these: how many runs of each, and since when."""
    return (
        select(executions.c.workflow_id, func.count(), func.min(executions.c.due_at))
        .where(_own, _any_lane, executions.c.due_at < bindparam("moment"), ~_any_of(workflow_ids))
        .group_by(executions.c.workflow_id)
        .order_by(executions.c.workflow_id)
    )


def _any_of(workflow_ids: tuple[str, ...]) -> Any:
    """The empty text keeps the planners away from the index of workflows: the due rows are few, those are not."""
    return executions.c.workflow_id.concat(_nothing).in_(workflow_ids)


def taking(condition: Any, lanes: tuple[int, ...] = LANES) -> Update:
    """Claim the runs of these lanes for which ``condition`` holds for ``by``; returns whole rows, the fence raised."""
    begun = {"lane": BEGUN if lanes == (NEW,) else case((executions.c.lane == NEW, BEGUN), else_=executions.c.lane)}
    return (
        update(executions)
        .where(condition)
        .values(
            status="running",
            waiting_for=null(),
            resume_at=bindparam("moment"),
            due_at=bindparam("lease"),
            **(begun if NEW in lanes else {}),
            fence=executions.c.fence + 1,
            owner=bindparam("by"),
            takeovers=executions.c.takeovers + case((LEFT, 1), else_=0),
            started_at=func.coalesce(executions.c.started_at, bindparam("moment")),
        )
        .returning(executions)
    )


CLAIM_ONE = taking(and_(executions.c.execution_id == bindparam("run_id"), executions.c.due_at <= bindparam("moment")))
RENEW_LEASE = (
    update(executions)
    .where(
        executions.c.execution_id == bindparam("run_id"),
        executions.c.fence == bindparam("token"),
        executions.c.status == "running",
        executions.c.waiting_for.is_(None),
    )
    .values(due_at=bindparam("due"), current_step=bindparam("step"))
)
_claimed = (executions.c.execution_id == bindparam("run_id"), executions.c.fence == bindparam("token"), LEFT)
_forgiven = executions.c.takeovers < bindparam("counted", type_=executions.c.takeovers.type)
"""Of a claim that was counted as a take-over: its owner learnt since then that the one before had not died."""
GIVE_BACK = (
    update(executions)
    .where(*_claimed)
    .values({name: bindparam(name) for name in ("status", "due_at", "lane", "takeovers", "started_at")})
    .values(
        {
            column: case(
                (_forgiven, bindparam(instead, type_=column.type)), else_=bindparam(column.key, type_=column.type)
            )
            for column, instead in ((executions.c.waiting_for, "left_for"), (executions.c.resume_at, "due_at"))
        }
    )
)
WAITING_STEP = select(steps.c.type, steps.c.tries).where(
    steps.c.execution_id == bindparam("execution_id"), steps.c.status == "executing", steps.c.resume_at.is_not(None)
)
WAIT_OUT_LEASE = update(executions).where(*_claimed).values(waiting_for="retry", resume_at=executions.c.due_at)
FORGIVE = update(executions).where(*_claimed, executions.c.takeovers > 0).values(takeovers=executions.c.takeovers - 1)
UNDER_WAY = (
    select(executions)
    .where(
        LEFT,
        _own,
        _any_lane,
        executions.c.due_at > bindparam("moment"),
        func.coalesce(executions.c.resume_at, executions.c.started_at) < bindparam("before"),
        or_(executions.c.owner.is_(None), ~HANDED),
    )
    .order_by(executions.c.execution_id)
    .limit(bindparam("most"))
)
"""Runs whose leases are kept, and that were begun or claimed before ``before``."""
