"""What becomes of a message that says that runs are due."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable

from novu_core.aio import Blocking, drive
from novu_core.engine.engine import Engine
from novu_core.lines import about, logger_of
from novu_core.storage.handing import NAMED, ClaimThese, TakeBack
from novu_core.storage.leases import GiveBack
from novu_core.storage.rows import ExecutionRow

logger = logger_of(__name__)
_LONG = 0.2
"""Seconds after which what a message still names is given back: others may begin it, and it holds up nobody here."""


class _Pace:
    """How long runs take in this process, of late: no more are claimed than can be begun."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def note(self, seconds: float) -> None:
        """Learn how long a run took."""
        self._seconds += (seconds - self._seconds) / 8

    def most(self, seconds: float) -> int:
        """Return how many runs can be begun in so many seconds; one at least, and no more than a claim may name."""
        return min(max(int(seconds / max(self._seconds, 1e-6)), 1), NAMED)


_pace = _Pace()


def most_in_time() -> int:
    """Return how many runs this process can begin before it would give the rest back, as far as it knows."""
    return _pace.most(_LONG)


def run_handed(engine: Engine, execution_ids: Iterable[str]) -> int:
    """Claim those of these runs that are due or handed over, and run them here; return how many were run.

    A run that somebody else has, or that has ended, is left alone. Raises StoreError.
    """
    parts, store = engine.parts, engine.parts.store
    engine.runner.active.make_up()
    ids = list(dict.fromkeys(execution_ids))
    end, count = time.monotonic() + _LONG, 0
    try:
        while ids and (not count or time.monotonic() < end):
            most = _pace.most(end - time.monotonic())
            part, ids = ids[:most], ids[most:]
            count += _run_these(engine, _claimed(engine, part), end)
    finally:
        if ids:
            with contextlib.suppress(Exception):  # the store is away, and they are due when their message has expired
                store.commit(TakeBack(store.app, ids, parts.clock.now()))
    return count


def _claimed(engine: Engine, execution_ids: list[str]) -> list[ExecutionRow]:
    parts, store = engine.parts, engine.parts.store
    now = parts.clock.now()
    rows: list[ExecutionRow]
    [rows] = store.commit(
        ClaimThese(store.app, execution_ids, list(parts.registry), now, now + parts.lease, parts.owner)
    )
    return rows


def _run_these(engine: Engine, left: list[ExecutionRow], end: float) -> int:
    """Run them, one at least, until the time is over; give back the rest; return how many were run."""
    parts, active, count = engine.parts, engine.runner.active, 0
    for row in left:
        active.add(row)  # their leases are kept while they wait for their turn
    try:
        while left and (not count or time.monotonic() < end):
            count += 1
            began = time.monotonic()
            _run(engine, left.pop(0))
            _pace.note(time.monotonic() - began)
    finally:
        for row in left:
            active.remove(row)
        if left:
            with contextlib.suppress(Exception):  # the store is away, and they are left to their leases
                parts.store.commit(*(GiveBack(row, parts.clock.now()) for row in left))
    return count


def _run(engine: Engine, row: ExecutionRow) -> None:
    try:
        drive(engine.runner.run(row, Blocking()))
    except Exception as error:
        with about(row.execution_id, row.workflow_id):
            logger.error("Execution %s could not go on and is left to its lease: %s", row.execution_id, error)
        return
    if row.due_at is not None:
        engine.parts.due(row.due_at)
