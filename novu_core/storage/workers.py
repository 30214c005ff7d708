"""Which workers are there, and when each was seen last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from novu_core.clock import micros
from novu_core.storage.tables import workers
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import upsert
from novu_core.storage.values import due_time

_GONE = timedelta(days=7)
"""How long a worker is remembered that says nothing more."""
_SHOW = upsert(workers)
_FORGET = workers.delete().where(workers.c.app == bindparam("of_app"), workers.c.seen_at < bindparam("before"))
_SEEN = (
    select(workers.c.owner, workers.c.workflows, workers.c.started_at, workers.c.seen_at)
    .where(workers.c.app == bindparam("app"))
    .order_by(workers.c.seen_at.desc(), workers.c.owner)
    .limit(100)
)
Seen = tuple[str, int, datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class ShowWorker:
    """A worker is there now, with so many workflows."""

    app: str
    owner: str
    workflows: int
    started_at: datetime
    now: datetime

    def apply(self, transaction: Transaction) -> None:
        """Write it down, and forget those that are gone for days."""
        times = {"started_at": micros(self.started_at), "seen_at": micros(self.now)}
        transaction.execute(_SHOW, {"app": self.app, "owner": self.owner, "workflows": self.workflows, **times})
        transaction.execute(_FORGET, {"of_app": self.app, "before": micros(self.now - _GONE)})


def seen(transaction: Transaction, app: str) -> list[Seen]:
    """Return the workers of an app, the one seen last first: who, how many workflows, since when and when."""
    rows = transaction.rows(_SEEN, {"app": app})
    return [(owner, count, due_time(started), due_time(at)) for owner, count, started, at in rows]
