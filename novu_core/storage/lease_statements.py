"""The statements about claims, beside :func:`novu_core.storage.statements.claim` and the renewal of leases."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, update

from novu_core.storage.statements import LEFT
from novu_core.storage.tables import executions, steps

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
