"""Hands due runs over to a queue, in which messages say that they are due: another way than running them here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from novu_core.backends.loop import Loop
from novu_core.engine.engine import Engine
from novu_core.lines import logger_of
from novu_core.storage.handing import Handed, HandOver, TakeBack, handed_over
from novu_core.storage.lanes import LANES, MANY, URGENT, Due
from novu_core.storage.rows import ExecutionRow

logger = logger_of(__name__)
_AT_ONCE = 200
"""How many runs are handed over at a time."""
_IN_QUEUE = 500
"""How many are on their way at most: what waits in the store is in a fair order, what waits in a queue is not."""
_ROOM = 100
"""For how many there must be room before more are handed over, but for urgent ones."""
_CROWDED = timedelta(seconds=0.1)
"""For how long a fan-out's run may be on its way while more of them are handed over."""
_SOON, _LATER = 0.02, 0.2
"""Seconds until it is looked whether the queue has room again: the first time, and at most, since a look costs work."""
_MOST = 20
"""How many runs a message names at most."""


class Send(Protocol):
    """Puts a message into a queue, whose receiver calls :meth:`novu_core.Client.run_due` with the ids."""

    def __call__(self, route: str, execution_ids: Sequence[str], expires: float) -> object:
        """Send it; an Exception says that it is not sent, and the runs are due again at once.

        ``route``: ``novu.run.<workflow id>``, by which a queue may be chosen. ``expires``: seconds after which the
        message may be dropped, since the runs are handed over again then.
        """
        ...


def _nothing() -> None:
    """Be done."""


class Sender(Loop):
    """Hands over what is due and sends it. Several senders, and workers, may serve one store.

    ``ready`` raises while nothing can be sent, so that nothing is handed over. ``close``: called when it has stopped.
    """

    thread = "novu-sender"
    trouble = "cannot send"

    def __init__(
        self, engine: Engine, send: Send, ready: Callable[[], object] = _nothing, close: Callable[[], object] = _nothing
    ) -> None:
        super().__init__(engine)
        self._active = engine.runner.active
        self._send = send
        self._ready = ready
        self._close = close
        self._full = 0.0

    def sweep(self) -> int:
        """Hand over all that is due and the queue has room for, and end; return how many runs. Raises as below."""
        count = 0
        try:
            while (some := self._turn(*self._fanouts.look())) is not None:
                count += some
        finally:
            self._close()
        return count

    def _turn(self, due: Due, now: datetime) -> int | None:
        """Hand over what is due, and record a chunk of a fan-out of which nothing waits here; return how many runs.

        None where nothing could be done.
        """
        lanes = due.lanes(now)
        count = self.hand_over(lanes)
        lane = due.late(now, lanes)
        recorded = lane is not None and self._fanouts.advance(lane)
        return count if count or recorded else None

    def hand_over(self, lanes: Sequence[int] = LANES) -> int:
        """Hand over what is due and the queue has room for, and send it; return how many runs. Raises StoreError.

        Raises what ``ready`` and ``send`` raise; what was not sent is due again then. ``lanes``: those that have
        something due.
        """
        self._ready()
        self._active.make_up()
        parts, now = self._parts, self._parts.clock.now()
        waiting = parts.store.database.read(lambda transaction: handed_over(transaction, parts.store.app, now))
        room = min(_AT_ONCE, _IN_QUEUE - waiting.runs)
        if room < _ROOM:  # a few at a time would be as many messages; the others would wait there as here
            lanes = [lane for lane in lanes if lane == URGENT]
        elif self._crowded(waiting, now):
            lanes = [lane for lane in lanes if lane != MANY]
        rows = self._handed(now, room, lanes)
        if not rows and not waiting.runs:  # what is left killed workers: one at a time, and nothing beside it
            rows = self._handed(now, 1, suspects=True)
        unsent = [row.execution_id for row in rows]
        try:
            for group in _messages(rows, waiting.runs):
                ids = [row.execution_id for row in group]
                self._send(f"novu.run.{group[0].workflow_id}", ids, parts.lease.total_seconds())
                unsent = [execution_id for execution_id in unsent if execution_id not in ids]
        except BaseException:
            parts.store.commit(TakeBack(parts.store.app, unsent, parts.clock.now()))
            raise
        self.finished += len(rows)
        return len(rows)

    def _handed(
        self, now: datetime, most: int, lanes: Sequence[int] = LANES, *, suspects: bool = False
    ) -> list[ExecutionRow]:
        if not lanes or most <= 0:
            return []
        parts = self._parts
        ids, until = list(parts.registry), now + parts.lease
        change = HandOver(parts.store.turns, parts.store.app, ids, now, until, most, suspects, lanes)
        rows: list[ExecutionRow]
        [rows] = parts.store.commit(change)
        return rows

    def _crowded(self, waiting: Handed, now: datetime) -> bool:
        """Whether a fan-out's run that is on its way waits for a worker."""
        return waiting.many_until is not None and now - (waiting.many_until - self._parts.lease) >= _CROWDED

    def _begin(self, concurrency: int) -> None:
        logger.info("The sender starts: %d workflows", len(self._parts.registry))

    def _ended(self) -> None:
        self._close()
        logger.info("The sender stopped after %d runs", self.finished)

    def _round(self, concurrency: int) -> Callable[[], object]:
        """Hand over what is due, else record what a topic's next members are sent; return the pause."""
        snooze = self._look()
        with self._changed:
            self._next = None
        due, now = self._fanouts.look()
        if due.earliest is None or due.earliest > now:
            return partial(self._sleep, (due.earliest, snooze))
        if self._turn(due, now) is not None:
            self._full = 0.0
            return lambda: None
        self._full = min(max(2 * self._full, _SOON), _LATER)
        return partial(self._pause, self._full)


def _messages(rows: Sequence[ExecutionRow], waiting: int) -> Iterator[list[ExecutionRow]]:
    """Group runs of a workflow, in their order: of a fan-out 20, an urgent one alone, of others up to 20.

    Of n that wait for workers, with the ``waiting`` ones, that is a tenth.
    """
    few = min(max((sum(row.lane != MANY for row in rows) + waiting) // 10, 1), _MOST)
    sizes = {MANY: _MOST, URGENT: 1}
    open_groups: dict[tuple[str, int], list[ExecutionRow]] = {}
    for row in rows:
        size = sizes.get(row.lane, few)
        group = open_groups.setdefault((row.workflow_id, size), [])
        group.append(row)
        if len(group) == size:
            yield open_groups.pop((row.workflow_id, size))
    yield from open_groups.values()
