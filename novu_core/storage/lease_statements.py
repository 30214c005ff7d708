"""The statements about claims and their leases (see statements)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Update, and_, bindparam, case, func, null, select, update

from novu_core.storage.tables import executions, steps
from novu_core.storage.upserts import Statement
from novu_core.storage.values import LATEST

LEFT = and_(executions.c.status == "running", executions.c.waiting_for.is_(None))
"""Whether the run is claimed: where its lease is over, its worker left it amid its work."""
_suspect = and_(LEFT, executions.c.takeovers > 0)
_own = executions.c.app == bindparam("app")


@lru_cache(maxsize=64)
def claim(workflow_ids: tuple[str, ...], *, suspects: bool) -> Update:
    """Claim up to ``most`` due runs of these workflows for ``by``; returns whole rows, the fence already raised.

    ``suspects``: those that were taken over before and left again, or only the others.
    """
    due = (
        select(executions.c.execution_id)
        .where(_own, executions.c.due_at <= bindparam("moment"))
        .where(_any_of(workflow_ids), _suspect if suspects else ~_suspect)
        .order_by(executions.c.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")  # evaluated once; a plain subquery with a lock and a limit might not be
    )
    return _taking(executions.c.execution_id.in_(select(due.c.execution_id)))


@lru_cache(maxsize=64)
def next_due(workflow_ids: tuple[str, ...]) -> Select[Any]:
    """When the earliest run of these workflows can be claimed."""
    return (
        select(executions.c.due_at)
        .where(_own, executions.c.due_at.is_not(None), _any_of(workflow_ids))
        .order_by(executions.c.due_at)
        .limit(1)
    )


_never = and_(executions.c.app == bindparam("app"), executions.c.due_at > LATEST)
DUE_NEVER = select(executions.c.execution_id).where(_never)
"""SQLite holds texts and bytes in columns of numbers too, and compares them as greater than any."""
MEND_DUE = update(executions).where(_never).values(due_at=bindparam("now"))


@lru_cache(maxsize=64)
def overdue(workflow_ids: tuple[str, ...]) -> Statement:
    """What was due before ``moment`` of other workflows than these: how many runs of each, and since when."""
    return (
        select(executions.c.workflow_id, func.count(), func.min(executions.c.due_at))
        .where(_own, executions.c.due_at < bindparam("moment"), ~_any_of(workflow_ids))
        .group_by(executions.c.workflow_id)
        .order_by(executions.c.workflow_id)
    )


def _any_of(workflow_ids: tuple[str, ...]) -> Any:
    """The empty text keeps the planners away from the index of workflows: the due rows are few, those are not."""
    return executions.c.workflow_id.concat("").in_(workflow_ids)


def _taking(condition: Any) -> Update:
    return (
        update(executions)
        .where(condition)
        .values(
            status="running",
            waiting_for=null(),
            resume_at=bindparam("moment"),
            due_at=bindparam("lease"),
            fence=executions.c.fence + 1,
            owner=bindparam("by"),
            takeovers=executions.c.takeovers + case((LEFT, 1), else_=0),
            started_at=func.coalesce(executions.c.started_at, bindparam("moment")),
        )
        .returning(executions)
    )


CLAIM_ONE = _taking(and_(executions.c.execution_id == bindparam("run_id"), executions.c.due_at <= bindparam("moment")))
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
GIVE_BACK = (
    update(executions)
    .where(*_claimed)
    .values(
        {name: bindparam(name) for name in ("status", "waiting_for", "resume_at", "due_at", "takeovers", "started_at")}
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
        executions.c.app == bindparam("app"),
        executions.c.due_at > bindparam("moment"),
        func.coalesce(executions.c.resume_at, executions.c.started_at) < bindparam("before"),
    )
    .order_by(executions.c.execution_id)
    .limit(bindparam("most"))
)
"""Runs whose leases are kept, and that were begun or claimed before ``before``."""
