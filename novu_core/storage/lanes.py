"""Lanes: in which order what is due is claimed, so that nothing waits behind a crowd of something else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from novu_core.clock import micros
from novu_core.storage.rows import ExecutionRow
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import Statement
from novu_core.storage.values import due_time

URGENT = 0
"""What cannot wait. It takes all it wants, but for one place in every seventh claim."""
BEGUN = 1
"""Runs under way: the end of a wait, a retry, a take-over. Half of a claim."""
NEW = 2
"""Runs that nobody has begun. A third of a claim."""
MANY = 3
"""The members of a fan-out, also their later waits. A sixth of a claim."""
LANES = (URGENT, BEGUN, NEW, MANY)

_PLACES = (BEGUN, NEW, BEGUN, MANY, BEGUN, NEW)
_SPARES = 7
"""Has no divisor in common with the number of places, so what is spared comes to each lane in turn."""


class Due(NamedTuple):
    """When the first run of each lane can be claimed, and a chunk of its first fan-out recorded, as stored."""

    runs: Sequence[Any]
    fanouts: Sequence[Any]

    @property
    def earliest(self) -> datetime | None:
        """The earliest of all."""
        return due_time(min([time for time in (*self.runs, *self.fanouts) if type(time) is int], default=None))

    def lanes(self, now: datetime) -> tuple[int, ...]:
        """Return the lanes that have a run due by then."""
        return _due_by(self.runs, now)

    def early(self, now: datetime) -> tuple[int, ...]:
        """Return the lanes of whose fan-outs a chunk is recorded before anything is claimed.

        The fan-out has waited longer than each run of its lane, so those that were recorded before are claimed. Of the
        many, a chunk comes when there is room for it (:meth:`late`).
        """
        waiting = self.lanes(now)
        return tuple(
            lane
            for lane in _due_by(self.fanouts, now)
            if lane != MANY and (lane not in waiting or self.fanouts[lane] < self.runs[lane])
        )

    def late(self, now: datetime, left: Collection[int]) -> int | None:
        """Return of which lane's fan-out a chunk is recorded after a claim, if of any.

        ``left``: the lanes of which runs may still wait. The last lane comes first: the others have had their turn.
        """
        return max((lane for lane in _due_by(self.fanouts, now) if lane not in left), default=None)

    def with_runs(self, lanes: Collection[int], now: datetime) -> Due:
        """Return the same, with runs of these lanes due by then."""
        return Due([micros(now) if lane in lanes else self.runs[lane] for lane in LANES], self.fanouts)


def _due_by(times: Sequence[Any], now: datetime) -> tuple[int, ...]:
    moment = micros(now)
    return tuple(lane for lane in LANES if type(times[lane]) is int and times[lane] <= moment)


NOTHING_DUE = Due([None] * len(LANES), [None] * len(LANES))


@lru_cache(maxsize=4096)
def shares(turn: int, most: int, lanes: tuple[int, ...] = LANES) -> tuple[int, tuple[int, ...]]:
    """Return which lane is served first after the urgent one, and how many of ``most`` places each may take.

    ``turn`` counts the claims: each begins one place further, so small claims come to the same shares. ``lanes``: those
    that want any; the places of the others are the first one's of those under way, new, and many.
    """
    rounds, rest = divmod(most, len(_PLACES))
    at = turn % len(_PLACES)
    places = _PLACES * rounds + (_PLACES * 2)[at : at + rest]
    heir = next((lane for lane in LANES[1:] if lane in lanes), None)
    counts = [places.count(lane) if lane in lanes else 0 for lane in LANES]
    if heir is not None:
        counts[heir] += most - sum(counts)
    if URGENT in lanes:
        counts[URGENT] = most - (heir is not None and turn % _SPARES == 0)
    first = _PLACES[at] if _PLACES[at] in lanes else heir
    return (BEGUN if first is None else first), tuple(counts)


class Turns:
    """Whose turn it is; one for each process's store. Each lane gets its share, and what others leave of theirs."""

    def __init__(self) -> None:
        self._turn = 0

    def take(
        self,
        transaction: Transaction,
        taking: Callable[[tuple[int, ...]], Statement],
        params: Mapping[str, Any],
        most: int,
        lanes: Sequence[int] = LANES,
    ) -> list[ExecutionRow]:
        """Take up to ``most`` due runs of these lanes; return them in the order in which to begin them.

        ``taking``: a statement that changes runs and returns their rows, by the lanes in the order in which they are
        served (:func:`novu_core.storage.lease_statements.fair`); ``params``: its other parameters.
        """
        if len(lanes) == 1:
            return _taken(transaction, taking(tuple(lanes)), params, {lanes[0]: most}, most)
        self._turn = self._turn % (len(_PLACES) * _SPARES) + 1
        first, places = shares(self._turn, most, tuple(lanes))
        order = tuple(dict.fromkeys((URGENT, first, *LANES)))
        rows = _taken(transaction, taking(order), params, dict(enumerate(places)), most)
        before = [_lane_before(row) for row in rows]
        left = most - len(rows)
        if left and any(before.count(lane) >= places[lane] for lane in lanes):  # there may be more than its share
            rows += _taken(transaction, taking(LANES), params, {lane: left * (lane in lanes) for lane in LANES}, left)
        rows.sort(key=_lane_before)
        return rows


def _taken(
    transaction: Transaction, statement: Statement, params: Mapping[str, Any], places: Mapping[int, int], most: int
) -> list[ExecutionRow]:
    wanted = {f"most_{lane}": count for lane, count in places.items()}
    return [ExecutionRow.read(row) for row in transaction.rows(statement, {**params, **wanted, "most": most})]


def _lane_before(row: ExecutionRow) -> int:
    """The lane from which a run was claimed, which took it out of that of the new ones."""
    return NEW if row.lane == BEGUN and row.started_at == row.resume_at else row.lane
