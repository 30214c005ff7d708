"""What becomes of a message that says that runs are due."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterable

from novu_core.aio import Blocking, drive
from novu_core.engine.engine import Engine
from novu_core.lines import about, logger_of
from novu_core.storage.changes import Change
from novu_core.storage.handing import ClaimThese, TakeBack, handed_over
from novu_core.storage.lanes import MANY, NEW
from novu_core.storage.leases import GiveBack
from novu_core.storage.rows import ExecutionRow

logger = logger_of(__name__)
_LONG = 0.2
"""Seconds after which it is looked whether what a message still names is given back."""
_LONGEST = 4 * _LONG
"""Seconds after which it is given back in any case: a time limit of Celery's is meant for a run, or a little more."""
_TOGETHER = 5
"""How many runs are claimed at a time at most: a claim is a commit, and what is not begun is given back singly."""
_ENOUGH = 100
"""How many runs on their way, beside a message's own, keep all others busy."""


class _Turn:
    """The time that a message has in this process, and whether it may take more.

    After that it holds up nobody here, and others may begin what it still names. While they all have enough to do, and
    none of it goes before, to give it back would only be work.
    """

    def __init__(self, engine: Engine) -> None:
        self._parts = engine.parts
        self._began = time.monotonic()
        self._end = self._began + _LONG
        self._lane = NEW
        self.count = 0

    def begin(self, row: ExecutionRow) -> None:
        """Count a run that is begun now."""
        self.count += 1
        self._lane = row.lane

    def share(self, done: int) -> int:
        """Return how many to claim after ``done``: the first one alone, then as many as that pace begins in time."""
        now = time.monotonic()
        passed, left = now - self._began, self._end - now
        return min(max(math.ceil(done * left / max(passed, 1e-9)), 1), _TOGETHER)

    def lasts(self, left: int) -> bool:
        """Whether another run may be begun, the first one always; of the message, ``left`` are not claimed yet."""
        now = time.monotonic()
        if self.count and now >= self._end:
            if now - self._began >= _LONGEST or not self._goes_on(left):
                return False
            self._end = now + _LONG
        return True

    def _goes_on(self, left: int) -> bool:
        store, now = self._parts.store, self._parts.clock.now()
        waiting = store.database.read(lambda transaction: handed_over(transaction, store.app, now))
        before = waiting.runs - waiting.many if self._lane == MANY else waiting.urgent
        return not before and waiting.runs - left >= _ENOUGH


def run_handed(engine: Engine, execution_ids: Iterable[str]) -> int:
    """Claim those of these runs that are due or handed over, and run them here; return how many were run.

    A run that somebody else has, or that has ended, is left alone. Raises StoreError.
    """
    parts, store, active = engine.parts, engine.parts.store, engine.runner.active
    active.make_up()
    ids, rows = list(dict.fromkeys(execution_ids)), list[ExecutionRow]()
    turn, named = _Turn(engine), len(ids)
    try:
        while ids and turn.lasts(len(ids)):
            now, share = parts.clock.now(), turn.share(named - len(ids))
            claim = ClaimThese(store.app, ids[:share], list(parts.registry), now, now + parts.lease, parts.owner)
            [rows] = store.commit(claim)
            ids = ids[share:]
            for row in rows:
                active.add(row)  # their leases are kept while they wait for their turn
            while rows and turn.lasts(len(ids)):
                turn.begin(rows[0])
                _run(engine, rows.pop(0))
            if rows:
                break
    finally:
        for row in rows:
            active.remove(row)
        now = parts.clock.now()
        back: list[Change] = [GiveBack(row, now) for row in rows]
        if ids:
            back.append(TakeBack(store.app, ids, now))
        if back:
            with contextlib.suppress(Exception):  # the store is away, and they are due when their leases are over
                store.commit(*back)
    return turn.count


def _run(engine: Engine, row: ExecutionRow) -> None:
    try:
        drive(engine.runner.run(row, Blocking()))
    except Exception as error:
        with about(row.execution_id, row.workflow_id):
            logger.error(
                "Execution %s cannot continue; another worker takes it over when its lease expires: %s",
                row.execution_id,
                error,
            )
        return
    if row.due_at is not None:
        engine.parts.due(row.due_at)
