"""The hot statements, in SQLAlchemy Core; each is compiled once for a database."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)

from novu_core.storage.rows import ExecutionRow
from novu_core.storage.tables import (
    apps,
    canceled,
    controls,
    deleted_subscribers,
    events,
    executions,
    messages,
    preferences,
    steps,
    subscribers,
    windows,
    workflows,
)
from novu_core.storage.upserts import Statement, insert_or_ignore, upsert
from novu_core.storage.values import LAST

RUN_FIELDS = frozenset(ExecutionRow.names()) - ExecutionRow.FIXED
"""What a run may change of its row."""
INSERT_EXECUTION = insert_or_ignore(executions)
SAVE_EXECUTION = (
    update(executions)
    .where(
        executions.c.execution_id == bindparam("run_id"),
        executions.c.fence == bindparam("token"),
        executions.c.status == "running",
    )
    .values({name: bindparam(name) for name in sorted(RUN_FIELDS)})
)
EXECUTION = select(executions).where(
    executions.c.execution_id == bindparam("execution_id"), executions.c.app == bindparam("app")
)
EXECUTION_TO_MOVE = EXECUTION.with_for_update()
"""SQLite, which has one writer, is asked for no lock."""
EXECUTION_OF_TRIGGER = (
    select(executions)
    .where(executions.c.workflow_id == bindparam("workflow_id"))
    .where(executions.c.subscriber_id == bindparam("subscriber_id"))
    .where(executions.c.transaction_id == bindparam("transaction_id"))
    .where(executions.c.app == bindparam("app"))
)
OPEN_OF_TRANSACTION = (
    select(executions.c.execution_id)
    .where(executions.c.transaction_id == bindparam("transaction_id"))
    .where(
        or_(
            executions.c.status == "pending",
            executions.c.status == "running",
            executions.c.execution_id.in_(  # merged into a digest that still collects
                select(events.c.execution_id)
                .join(windows, windows.c.window_id == events.c.window_id)
                .where(windows.c.open == 1)
            ),
        )
    )
    .order_by(executions.c.execution_id)
)
HAS_TRANSACTION = (
    select(executions.c.execution_id).where(executions.c.transaction_id == bindparam("transaction_id")).limit(1)
)
CANCEL_TRANSACTION = insert_or_ignore(canceled)
CANCELED = select(canceled.c.canceled_at).where(canceled.c.transaction_id == bindparam("transaction_id"))
MOVE_EXECUTION = (
    update(executions)
    .where(executions.c.execution_id == bindparam("run_id"))
    .values({name: bindparam(name) for name in sorted(RUN_FIELDS - {"merged_into"})})
    .values(fence=executions.c.fence + 1)
)
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

_owned = (
    select()
    .select_from(executions)
    .where(
        executions.c.execution_id == bindparam("run_id"),
        executions.c.fence == bindparam("token"),
    )
    .with_for_update()
)  # no claim comes between the look at the fence and the commit
SAVE_STEP = upsert(steps)
SAVE_OWN_STEP = upsert(steps, _owned)
STEPS = select(steps).where(steps.c.execution_id == bindparam("execution_id")).order_by(steps.c.position)


@lru_cache(maxsize=16)
def steps_of(count: int) -> Select[Any]:
    """The steps of so many runs, ``execution_id_0`` and so on, in order."""
    ids: list[Any] = [bindparam(f"execution_id_{at}") for at in range(count)]
    return select(steps).where(steps.c.execution_id.in_(ids)).order_by(steps.c.execution_id, steps.c.position)


LEAVE_WAITING_STEPS = (
    update(steps)
    .where(steps.c.execution_id == bindparam("run_id"), steps.c.status == "executing", steps.c.type == "digest")
    .values(status="pending")
)
REOPEN_STEPS = (
    update(steps)
    .where(steps.c.execution_id == bindparam("run_id"), steps.c.status == "failed")
    .values(status="executing", error=null(), tries=0, provider_index=0, resume_at=null(), completed_at=null())
)

CANCEL_STEPS = (
    update(steps)
    .where(steps.c.execution_id == bindparam("run_id"), steps.c.status == "executing")
    .values(
        status="completed",
        outcome="skipped",
        reason="canceled",
        result=null(),
        error=null(),
        resume_at=null(),
        completed_at=bindparam("now"),
    )
)

INSERT_MESSAGE = insert_or_ignore(messages)
MESSAGE = select(messages).where(messages.c.message_id == bindparam("message_id"), messages.c.app == bindparam("app"))
MESSAGES_OF_EXECUTION = select(messages).where(messages.c.execution_id == bindparam("execution_id"))
SAVE_CONTROLS = upsert(controls)
SAVE_WORKFLOW = upsert(workflows)
_nothing = literal_column("''", Text)
KNOWN = union_all(
    select(literal_column("'status'"), _nothing, workflows.c.status).where(
        workflows.c.workflow_id == bindparam("workflow_id")
    ),
    select(literal_column("'controls'"), controls.c.step_id, controls.c.data).where(
        controls.c.workflow_id == bindparam("workflow_id")
    ),
    select(literal_column("'subscriber'"), _nothing, subscribers.c.data).where(
        subscribers.c.subscriber_id == bindparam("subscriber_id")
    ),
    select(literal_column("'preferences'"), preferences.c.workflow_id, preferences.c.data).where(
        preferences.c.subscriber_id == bindparam("subscriber_id"),
        or_(preferences.c.workflow_id == "", preferences.c.workflow_id == bindparam("workflow_id")),
    ),
    select(literal_column("'deleted'"), _nothing, cast(deleted_subscribers.c.deleted_at, Text)).where(
        deleted_subscribers.c.subscriber_id == bindparam("subscriber_id")
    ),
)
"""All that is stored about one workflow and one subscriber, as (kind, key, value)."""
SAVE_APP = upsert(apps)
OTHER_APPS = (
    select(apps.c.name, apps.c.workflow_id)
    .where(apps.c.app == bindparam("app"), apps.c.name != bindparam("name"), apps.c.seen_at >= bindparam("since"))
    .order_by(apps.c.name, apps.c.workflow_id)
)


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


_never = and_(executions.c.app == bindparam("app"), executions.c.due_at > LAST)
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
