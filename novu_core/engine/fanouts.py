"""Fan-outs: whoever is in a topic, or in the store, gets a run, recorded by a worker in chunks."""

from __future__ import annotations

from datetime import datetime

from novu_core.engine.parts import Parts
from novu_core.engine.reading import word
from novu_core.lines import logger_of
from novu_core.records.fanouts import Fanout, whom
from novu_core.storage.fanouts import RecordMembers
from novu_core.storage.lanes import MANY, Due
from novu_core.storage.rows import FanoutRow, unscoped
from novu_core.types import FanoutStatus

logger = logger_of(__name__)


class Fanouts:
    """The fan-outs of one client's workflows."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def look(self) -> tuple[Due, datetime]:
        """Return what is due, and the time; fan-outs that do not wait for the many have their chunks recorded first.

        Raises StoreError.
        """
        due, now = self._parts.store.due(list(self._parts.registry)), self._parts.clock.now()
        recorded = [lane for lane in due.early(now) if self.advance(lane)]
        return (due.with_runs(recorded, now) if recorded else due), now

    def advance(self, lane: int = MANY) -> bool:
        """Record the next chunk of the lane's fan-out that has waited longest; return whether one was due.

        Raises StoreError.
        """
        parts = self._parts
        change = RecordMembers(parts.store.app, tuple(sorted(parts.registry)), parts.clock.now(), parts.mask, lane)
        [row] = parts.store.commit(change, starts=True)
        if row is None:  # another process has it
            return False
        if row.unreadable is not None:
            text = "Fan-out %s of %s cannot be read and ends after %d runs: %s"
            logger.error(text, row.fanout_id, row.workflow_id, row.recorded, row.unreadable)
        if row.status == "completed":
            text = "Fan-out %s of %s to %s is recorded: %d runs"
            logger.info(text, row.fanout_id, row.workflow_id, whom(row.topic_key), row.recorded)
        return True


def fanout_of(row: FanoutRow) -> Fanout:
    """Return a fan-out as callers see it."""
    return Fanout(
        fanout_id=row.fanout_id,
        workflow_id=row.workflow_id,
        transaction_id=unscoped(row.app, row.transaction_id),
        topic=row.topic_key or None,
        status=word(FanoutStatus, row.status) or FanoutStatus.CANCELED,
        recorded=row.recorded,
        created_at=row.created_at,
        completed_at=row.completed_at,
        unreadable=row.unreadable,
    )
