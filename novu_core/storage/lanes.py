"""Lanes: in which order what is due is claimed, so that nothing waits behind a crowd of something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    """When the first run of each lane can be claimed, and the next chunk of a fan-out recorded, as stored."""

    urgent: Any
    begun: Any
    new: Any
    many: Any
    fanout: Any

    @property
    def earliest(self) -> datetime | None:
        """The earliest of all."""
        return due_time(min([time for time in self if type(time) is int], default=None))

    def chunk(self, now: datetime) -> bool:
        """Whether the next chunk of a fan-out can be recorded."""
        return type(self.fanout) is int and self.fanout <= micros(now)

    def lanes(self, now: datetime) -> tuple[int, ...]:
        """Return the lanes that have something due by then."""
        moment = micros(now)
        return tuple(lane for lane in LANES if type(self[lane]) is int and self[lane] <= moment)


NOTHING_DUE = Due(None, None, None, None, None)


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
