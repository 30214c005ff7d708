"""Runs that are handed over: a message on its way says that they are due, and whoever gets it may claim them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Update, bindparam, case, func, literal_column, null, or_, select, update

from novu_core.clock import micros
from novu_core.storage import lease_statements
from novu_core.storage.lanes import LANES, MANY, URGENT, Turns
from novu_core.storage.lease_statements import HANDED, QUEUE
from novu_core.storage.listings import parameters
from novu_core.storage.rows import ExecutionRow
from novu_core.storage.slices import padded
from novu_core.storage.tables import executions
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import due_time

NAMED = 512
"""How many runs a statement names at most: databases bound its parameters."""
_own = executions.c.app == bindparam("app")
_urgent, _many = (executions.c.lane == literal_column(str(lane)) for lane in (URGENT, MANY))
_HANDED_OVER = select(
    func.count(),
    func.count(case((_urgent, 1))),
    func.count(case((_many, 1))),
    func.min(case((_many, executions.c.due_at))),
).where(_own, HANDED, executions.c.due_at > bindparam("moment"))
_DUE = select(func.count(), func.min(executions.c.due_at)).where(_own, executions.c.due_at <= bindparam("moment"))


@lru_cache(maxsize=64)
def _handing(workflow_ids: tuple[str, ...], order: tuple[int, ...], *, suspects: bool) -> Update:
    due = lease_statements.fair(workflow_ids, order, suspects=suspects)
    return (
        update(executions)
        .where(executions.c.execution_id.in_(due))
        .values(owner=literal_column(f"'{QUEUE}'"), due_at=bindparam("lease"), fence=executions.c.fence + 1)
        .returning(executions)
    )


@lru_cache(maxsize=64)
def _claiming(workflow_ids: tuple[str, ...], count: int) -> Update:
    found = (
        select(executions.c.execution_id)
        .where(_own, executions.c.execution_id.in_(_ids(count)), executions.c.workflow_id.in_(workflow_ids))
        .where(executions.c.due_at.is_not(None), or_(executions.c.due_at <= bindparam("moment"), HANDED))
        .with_for_update(skip_locked=True)
        .cte("found")
    )
    return lease_statements.taking(executions.c.execution_id.in_(select(found.c.execution_id)))


@lru_cache(maxsize=16)
def _taking_back(count: int) -> Update:
    return (
        update(executions)
        .where(_own, HANDED, executions.c.due_at.is_not(None), executions.c.execution_id.in_(_ids(count)))
        .values(owner=null(), due_at=bindparam("now"))
    )


def _ids(count: int) -> list[Any]:
    return [bindparam(f"id_{at}") for at in range(count)]


class Handed(NamedTuple):
    """What is handed over and not claimed: how many runs, how many of them are urgent, and how many of fan-outs.

    ``many_until``: until when the oldest one of a fan-out is.
    """

    runs: int
    urgent: int
    many: int
    many_until: datetime | None


class Due(NamedTuple):
    """What could be claimed now: how many runs, and since when the first; and how many are handed over."""

    runs: int
    since: datetime | None
    handed_over: int


@dataclass(frozen=True, slots=True)
class HandOver:
    """Up to ``most`` due runs of these workflows are handed over until ``lease_until``, each lane its share.

    No earlier owner can commit any more; else they stay what they are. ``suspects``: as :meth:`Store.claim` says.
    ``lanes``: those that have something due.
    """

    turns: Turns
    app: str
    workflow_ids: Sequence[str]
    now: datetime
    lease_until: datetime
    most: int
    suspects: bool = False
    lanes: Sequence[int] = LANES

    def apply(self, transaction: Transaction) -> list[ExecutionRow]:
        """Return them, in the order in which to begin them."""
        ids = tuple(sorted(self.workflow_ids))
        if not ids:
            return []
        params = {"app": self.app, "moment": micros(self.now), "lease": micros(self.lease_until)}
        taking = partial(_handing, ids, suspects=self.suspects)
        return self.turns.take(transaction, taking, params, self.most, self.lanes)


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Runs that were handed over, and that whoever was told, or was to be told, leaves alone, are due now."""

    app: str
    execution_ids: Sequence[str]
    now: datetime

    def apply(self, transaction: Transaction) -> int:
        """Return how many they were: those that somebody claimed or canceled meanwhile are left alone."""
        taken = 0
        for at in range(0, len(self.execution_ids), NAMED):
            ids = padded(self.execution_ids[at : at + NAMED])
            params = {"app": self.app, "now": micros(self.now), **parameters({"id": ids})}
            taken += transaction.execute(_taking_back(len(ids)), params)
        if taken:
            transaction.wakes(self.now)
        return taken


@dataclass(frozen=True, slots=True)
class ClaimThese:
    """Those of these runs, ``NAMED`` at most, that are handed over, or due, are claimed until ``lease_until``."""

    app: str
    execution_ids: Sequence[str]
    workflow_ids: Sequence[str]
    now: datetime
    lease_until: datetime
    owner: str
    single: ClassVar[bool] = True
    """What comes twice claims nothing more; those of the first time are left to their leases."""

    def apply(self, transaction: Transaction) -> list[ExecutionRow]:
        """Return them as they were claimed, in the order of ``execution_ids``; each of them once."""
        places = {execution_id: at for at, execution_id in enumerate(dict.fromkeys(self.execution_ids))}
        workflow_ids = tuple(sorted(self.workflow_ids))
        if not places or not workflow_ids:
            return []
        ids = padded(list(places))
        params = {"app": self.app, "moment": micros(self.now), "lease": micros(self.lease_until), "by": self.owner}
        found = transaction.rows(_claiming(workflow_ids, len(ids)), {**params, **parameters({"id": ids})})
        return sorted(map(ExecutionRow.read, found), key=lambda row: places[row.execution_id])


def handed_over(transaction: Transaction, app: str, now: datetime) -> Handed:
    """Return what of an app is handed over, and not claimed yet."""
    runs, urgent, many, until = transaction.one(_HANDED_OVER, {"app": app, "moment": micros(now)})
    return Handed(runs, urgent, many, due_time(until))


def due(transaction: Transaction, app: str, now: datetime) -> Due:
    """Return what of an app is due, and how much of it is handed over; it counts all of that."""
    runs, since = transaction.one(_DUE, {"app": app, "moment": micros(now)})
    return Due(runs, due_time(since), handed_over(transaction, app, now).runs)
