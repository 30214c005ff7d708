"""Lists of runs by what became of them: the filters whose indexes hold only the runs that fail, wait or ended early."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Text, bindparam, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.functions import GenericFunction

from novu_core.storage.listings import EXECUTIONS, Condition, Listing, Search
from novu_core.storage.slices import Filters
from novu_core.storage.tables import events, executions, steps, windows
from novu_core.types import ExecutionStatus

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


class _aside(GenericFunction[str]):  # noqa: N801  # as above
    """A column in words that keep SQLite, which has no statistics, away from its index."""

    type = Text()
    name = "novu_aside"
    inherit_cache = True


@compiles(_aside)
def _of_planner(element: Any, compiler: Any, **options: Any) -> str:
    [column] = element.clauses
    plain = compiler.process(column, **options)
    return f"({plain} || '')" if compiler.dialect.name == "sqlite" else str(plain)


_error_type: Any = error_type(executions.c.error)
_failed = executions.c.status == literal_column("'failed'")
_step_failed = steps.c.status == literal_column("'failed'")


def _merged_into(values: Sequence[BindParameter[Any]]) -> ColumnElement[bool]:
    """The runs whose events are in the windows that one of these opened: their index leads there."""
    merged = (
        select(events.c.execution_id)
        .join(windows, windows.c.window_id == events.c.window_id)
        .where(windows.c.opener_id.in_(values))
    )
    return executions.c.merged_into.in_(values) & executions.c.execution_id.in_(merged)


def _failed_at(values: Sequence[BindParameter[Any]]) -> ColumnElement[bool]:
    found = select(steps.c.step_id).where(
        steps.c.execution_id == executions.c.execution_id, steps.c.step_id.in_(values), _step_failed
    )
    return _failed & found.exists()


def _beside(column: Any, word: str | None = None) -> Condition:
    """A filter whose index is not to be used, since another one leads to fewer rows."""
    return lambda values: _aside(column) == (values[0] if word is None else literal_column(f"'{word}'"))


class _ByFailedStep(Listing):
    """Runs that failed at a step, which an index of the steps that failed leads to."""

    def _search(self, filters: Any, chosen: Any, edge: str | None) -> Search:
        key, conditions = super()._search(filters, chosen, edge)
        return key, [*conditions, _step_failed] if self._detours(filters) else conditions


_FEW = ("subscriber_id", "transaction_id")
"""The filters that leave so few runs that no other index is needed."""
_STATUSES = {status.value for status in ExecutionStatus}
_OF_FEW = {"outcome", "waiting_for", "error_type", *_STATUSES}
_SOURCE = select(
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
)
RUNS = replace(
    EXECUTIONS,
    partial=EXECUTIONS.partial | {"waiting_for", "outcome", "error_type", "merged_into"},
    conditions={
        **EXECUTIONS.conditions,
        **{f"{status}_beside": _beside(executions.c.status, status) for status in _STATUSES},
        "workflow_id_beside": _beside(executions.c.workflow_id),
        "outcome_beside": _beside(executions.c.outcome),
        "waiting_for_beside": _beside(executions.c.waiting_for),
        "error_type": lambda values: _failed & (_error_type == values[0]),
        "error_type_beside": lambda values: _aside(_error_type) == values[0],
        "failed_step": _failed_at,
        "no_outcome": lambda values: executions.c.outcome.is_(None),
        "no_waiting_for": lambda values: executions.c.waiting_for.is_(None),
        "merged_into": _merged_into,
    },
)
"""The history, with every filter."""
_BY_FAILED_STEP = _ByFailedStep(
    RUNS.source,
    RUNS.key,
    (*_FEW, "failed_step"),
    conditions=RUNS.conditions,
    detour=("failed_step", steps.c.execution_id, steps.c.step_id),
    partial=RUNS.partial,
)


def listing_of(filters: Filters, *, brief: bool = False) -> tuple[Listing, Filters]:
    """Return the list that finds these runs by the best index, and its filters; ``brief``: without their requests."""
    few = any(name in filters for name in _FEW)
    by_step = "failed_step" in filters and not few
    aside: Collection[str] = ()
    if few:
        aside = _OF_FEW
    elif by_step:
        aside = {*_OF_FEW, "workflow_id"}
    elif "error_type" in filters:
        aside = _STATUSES
    wanted = {f"{name}_beside" if name in aside else name: values for name, values in filters.items()}
    if by_step:  # a step that failed may be tried again, and the run has not failed then
        wanted["failed_beside"] = [True]
    return _LISTINGS[by_step, brief], wanted


_LISTINGS = {
    (by_step, brief): replace(listing, source=_SOURCE) if brief else listing
    for by_step, listing in ((False, RUNS), (True, _BY_FAILED_STEP))
    for brief in (False, True)
}


@lru_cache(maxsize=16)
def brief_steps(count: int) -> ClauseElement:
    """The states of the steps of so many runs, ``execution_id_0`` and so on, in order."""
    ids: list[Any] = [bindparam(f"execution_id_{at}") for at in range(count)]
    columns: list[Any] = [steps.c.execution_id, steps.c.status, steps.c.outcome]
    return select(*columns).where(steps.c.execution_id.in_(ids)).order_by(steps.c.execution_id, steps.c.position)
