"""What a worker has claimed, and how much more its threads can begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from novu_core.clock import Clock
from novu_core.storage.rows import ExecutionRow

AHEAD = 3
"""How many runs are claimed for each thread."""


@dataclass(slots=True, eq=False)
class Claimed:
    """A run of this worker. ``alone``: other workers left it before, and nothing is begun beside it."""

    row: ExecutionRow
    alone: bool
    began: datetime | None = None


class Load(NamedTuple):
    """``threads``: how many there may be. ``held``: how many runs have been going on for a third of a lease or longer.

    ``room``: how many runs may be claimed for the ``free`` threads; below zero, so many too many are.
    """

    threads: int
    held: int
    free: int
    room: int


class Claims(dict[tuple[str, int], Claimed]):
    """The claimed runs by id and fence: those in progress, and those that wait for a thread."""

    def __init__(self, clock: Clock, lease: timedelta) -> None:
        self._clock = clock
        self._lease = lease

    def note(self, row: ExecutionRow) -> Claimed:
        """Return a run's entry, made if need be."""
        key = (row.execution_id, row.fence)
        found = self.get(key)
        if found is None:
            found = self[key] = Claimed(row, row.takeovers > 1)
        return found

    def begin(self, row: ExecutionRow) -> None:
        """Note that a run is in progress from now on."""
        self.note(row).began = self._clock.now()

    def forget(self, row: ExecutionRow) -> None:
        """Forget a run, if it is known."""
        self.pop((row.execution_id, row.fence), None)

    @property
    def hanging(self) -> list[ExecutionRow]:
        """The runs that have been in progress for a lease or longer."""
        return [found.row for found in self._since(self._lease)]

    @property
    def recent(self) -> list[Claimed]:
        """The others; what takes longer holds up nobody."""
        before = self._clock.now() - self._lease
        return [found for found in list(self.values()) if found.began is None or found.began > before]

    @property
    def stale(self) -> bool:
        """Whether a run has waited for a thread so long that its lease, which nobody renews, is over soon."""
        soon = self._clock.now() + self._lease / 3
        waiting = [found.row.due_at for found in list(self.values()) if found.began is None]
        return any(due is not None and due <= soon for due in waiting)

    def load(self, concurrency: int, lost: Callable[[ExecutionRow], bool]) -> Load:
        """Return how much the threads can begin.

        A run that takes long and was ``lost`` (canceled, or taken over) gets a thread more in its place, up to
        ``concurrency`` of them.
        """
        held = self._since(self._lease / 3)
        threads = concurrency + min(sum(lost(found.row) for found in held), concurrency)
        free = max(threads - len(held), 0)
        return Load(threads, len(held), free, free * AHEAD - (len(self) - len(held)))

    def _since(self, long: timedelta) -> list[Claimed]:
        before = self._clock.now() - long
        return [found for found in list(self.values()) if found.began is not None and found.began <= before]
