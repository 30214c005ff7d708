"""Lists of runs by what became of them: the filters whose indexes hold only the runs that fail, wait or ended early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Text, bindparam, func, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.functions import GenericFunction

from novu_core.storage.listings import EXECUTIONS
from novu_core.storage.tables import events, executions, steps, windows

ERROR_TYPE = {
    "sqlite": "substr({0}, 10, instr(substr({0}, 10), '\"') - 1)",
    "postgresql": "split_part(substr({0}, 10), '\"', 1)",
}
"""The type of an error, of which the stored JSON begins with ``{"type":"``; the index has the same words."""


class error_type(GenericFunction[str]):  # noqa: N801  # a function of SQL
    """The type of an error, of a column that holds one."""

    type = Text()
    name = "novu_error_type"
    inherit_cache = True


@compiles(error_type)
def _of_dialect(element: Any, compiler: Any, **options: Any) -> str:
    [column] = element.clauses
    return ERROR_TYPE[compiler.dialect.name].format(compiler.process(column, **options))


_error_type: Any = error_type(executions.c.error)
_failed = executions.c.status == literal_column("'failed'")


def _merged_into(values: Sequence[BindParameter[Any]]) -> ColumnElement[bool]:
    """The runs whose events are in the windows that one of these opened: their index leads there."""
    merged = (
        select(events.c.execution_id)
        .join(windows, windows.c.window_id == events.c.window_id)
        .where(windows.c.opener_id.in_(values))
    )
    return executions.c.merged_into.in_(values) & executions.c.execution_id.in_(merged)


RUNS = replace(
    EXECUTIONS,
    partial=EXECUTIONS.partial | {"waiting_for", "outcome", "error_type", "failed_step", "merged_into"},
    conditions={
        **EXECUTIONS.conditions,
        "error_type": lambda values: _failed & (_error_type == values[0]),
        "failed_step": lambda values: _failed & (func.replace(executions.c.error, values[0], "") != executions.c.error),
        "merged_into": _merged_into,
    },
)
"""The history, with every filter."""
BRIEF = replace(
    RUNS,
    source=select(
        executions.c.execution_id,
        executions.c.workflow_id,
        executions.c.subscriber_id,
        executions.c.status,
        executions.c.outcome,
        executions.c.waiting_for,
        executions.c.resume_at,
        executions.c.merged_into,
        _error_type,
        executions.c.created_at,
        executions.c.completed_at,
    ),
)
"""The same in brief: without what runs were triggered with."""


@lru_cache(maxsize=16)
def brief_steps(count: int) -> ClauseElement:
    """The states of the steps of so many runs, ``execution_id_0`` and so on, in order."""
    ids: list[Any] = [bindparam(f"execution_id_{at}") for at in range(count)]
    columns = (steps.c.execution_id, steps.c.status, steps.c.outcome)
    return select(*columns).where(steps.c.execution_id.in_(ids)).order_by(steps.c.execution_id, steps.c.position)
