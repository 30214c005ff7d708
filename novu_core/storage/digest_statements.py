"""The statements of digest windows, their events, and throttles (see statements)."""

from __future__ import annotations

from sqlalchemy import bindparam, func, null, select, update

from novu_core.storage.tables import events, executions, steps, throttles, windows
from novu_core.storage.upserts import PerBackend, insert_or_ignore, is_among, upsert

OPEN_WINDOW = insert_or_ignore(windows)
WINDOW_OF_BUCKET = (
    select(windows.c.window_id, windows.c.opener_id, windows.c.due_at, windows.c.opened_at)
    .where(windows.c.bucket == bindparam("bucket"), windows.c.open == 1)
    .with_for_update()  # a flush by another process waits for this join, or this join for the flush
)
OPEN_WINDOWS_OF = (
    select(windows.c.window_id, windows.c.due_at)
    .where(windows.c.opener_id == bindparam("opener_id"), windows.c.open == 1)
    .with_for_update()
)
CLOSE_WINDOW = update(windows).where(windows.c.window_id == bindparam("id"), windows.c.open == 1).values(open=0)
HAND_OVER_WINDOW = update(windows).where(windows.c.window_id == bindparam("id")).values(opener_id=bindparam("opener"))
DUE_SOONER = update(windows).where(windows.c.window_id == bindparam("id")).values(due_at=bindparam("due"))
OPENED_DUE = (
    update(windows)
    .where(windows.c.opener_id == bindparam("opener"), windows.c.open == 1)
    .values(due_at=bindparam("due"))
)
LEFT_BEHIND = (
    select(func.count())
    .select_from(steps.join(executions, executions.c.execution_id == steps.c.execution_id))
    .where(
        executions.c.subscriber_id == bindparam("subscriber"),
        executions.c.workflow_id == bindparam("workflow"),
        executions.c.status != "completed",
        steps.c.execution_id != bindparam("run"),
        steps.c.step_id == bindparam("step"),
        steps.c.status == "pending",
        steps.c.resume_at == bindparam("due"),
    )
)
"""How many other runs failed while they waited for the same time in the same digest, and have not joined one since."""
INSERT_EVENT = insert_or_ignore(events)
WINDOW_OF_EVENT = select(events.c.window_id).where(
    events.c.execution_id == bindparam("execution_id"), events.c.step_id == bindparam("step_id")
)
EVENTS_OF_WINDOW = (
    select(events.c.execution_id, events.c.at, events.c.payload)
    .where(events.c.window_id == bindparam("window_id"))
    .order_by(events.c.at, events.c.execution_id)
)
EARLIER_BATCHES = (
    select(steps.c.execution_id, steps.c.result)
    .join(events, events.c.execution_id == steps.c.execution_id)
    .where(
        events.c.window_id == bindparam("window_id"),
        steps.c.step_id != events.c.step_id,
        steps.c.type == "digest",
        steps.c.status == "completed",
        steps.c.outcome.is_(None),
    )
    .order_by(steps.c.position)
)
"""What the runs of a window had collected in digests before it."""
RUN_OF_EVENT = select(executions).where(executions.c.execution_id == bindparam("execution_id"))
REQUESTS = PerBackend(lambda backend: select(executions.c.request).where(is_among(backend, executions.c.execution_id)))
FIRST_EVENT = (
    select(events.c.execution_id, events.c.step_id)
    .where(events.c.window_id == bindparam("window_id"))
    .order_by(events.c.at, events.c.execution_id)
    .limit(1)
)
LATEST_EVENT = select(func.max(events.c.at)).where(
    events.c.bucket == bindparam("bucket"),
    events.c.at >= bindparam("since"),
    events.c.at <= bindparam("until"),
    events.c.execution_id != bindparam("execution_id"),
)
_open_windows = select(windows.c.window_id).where(windows.c.open == 1)
REMOVE_OPEN_EVENTS = events.delete().where(
    events.c.execution_id == bindparam("run_id"), events.c.window_id.in_(_open_windows)
)
IN_OPEN_WINDOW = select(func.count()).where(
    events.c.execution_id == bindparam("execution_id"), events.c.window_id.in_(_open_windows)
)
PROMOTE_EXECUTION = (
    update(executions)
    .where(executions.c.execution_id == bindparam("run_id"))
    .values(
        status="running",
        outcome=null(),
        merged_into=null(),
        completed_at=null(),
        waiting_for="digest",
        error=null(),
        resume_at=bindparam("due"),
        due_at=bindparam("due"),
        current_step=bindparam("step"),
        fence=executions.c.fence + 1,
    )
)
PROMOTE_STEP = (
    update(steps)
    .where(steps.c.execution_id == bindparam("run_id"), steps.c.step_id == bindparam("step"))
    .values(status="executing", outcome=null(), reason=null(), completed_at=null(), resume_at=bindparam("due"))
)
FORGET_MERGED_STEPS = steps.delete().where(steps.c.execution_id == bindparam("run_id"), steps.c.reason == "merged")
REDIRECT_MERGED = (
    update(executions)
    .where(
        executions.c.merged_into == bindparam("old"),
        executions.c.execution_id.in_(select(events.c.execution_id).where(events.c.window_id == bindparam("window"))),
    )
    .values(merged_into=bindparam("heir"))
)

NEW_THROTTLE = insert_or_ignore(throttles, bucket=bindparam("bucket"), window_start=0, window_end=0, used=0)
THROTTLE = (
    select(throttles.c.window_start, throttles.c.window_end, throttles.c.used)
    .where(throttles.c.bucket == bindparam("bucket"))
    .with_for_update()
)
SAVE_THROTTLE = upsert(throttles)
