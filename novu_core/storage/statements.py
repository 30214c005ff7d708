"""The statements about runs, their steps and messages, and about workflows; each is compiled once for a database."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.sql.expression import ClauseElement

from novu_core.storage.backends import Backend
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
from novu_core.storage.upserts import PerBackend, insert_or_ignore, upsert

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
SAVE_OWN_STEP = upsert(steps, _owned, ends=("completed", "failed"))
"""Parameters: the step's columns, ``run_id`` and ``token``. It may come late, after another that was sent in its place:
a step that has ended since then stays as it is. Its run may wait, or have ended: steps go on beside each other."""


def _own_step_and_message(backend: Backend) -> ClauseElement:
    saved: Any = SAVE_OWN_STEP.build(backend)
    own = saved.returning(literal_column("1")).cte("own")
    named = [bindparam(f"message_{column.key}", type_=column.type) for column in messages.columns]
    message = backend.insert(messages).from_select(messages.columns.keys(), select(*named).select_from(own))
    return select(func.count()).select_from(own).add_cte(message.on_conflict_do_nothing().cte("message"))


SAVE_OWN_STEP_AND_MESSAGE = PerBackend(_own_step_and_message)
"""Both at once, where a WITH may write; returns how many steps. The message's parameters begin with ``message_``."""
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
WAKE_STEPS = (
    update(steps)
    .where(steps.c.execution_id == bindparam("run_id"), steps.c.status == "executing", steps.c.resume_at.is_not(None))
    .values(resume_at=bindparam("due"))
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


def _preferences(workflow_id: ColumnElement[str]) -> Select[Any, Any, Any]:
    """One of the two that count: of an OR, SQLite makes a table each time, which takes as long as all else."""
    return select(literal_column("'preferences'"), preferences.c.workflow_id, preferences.c.data).where(
        preferences.c.subscriber_id == bindparam("subscriber_id"), preferences.c.workflow_id == workflow_id
    )


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
    _preferences(_nothing),
    _preferences(bindparam("workflow_id")),
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
