"""What a worker does beside runs: ends snoozes that run out, and removes what has been kept long enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from novu_core.engine.parts import Parts
from novu_core.lines import logger_of
from novu_core.storage.inbox_upkeep import expire, next_snooze, wake
from novu_core.storage.retention import MOST_AT_ONCE, prune, prune_fanouts

logger = logger_of(__name__)
_PAUSE = timedelta(seconds=30)
"""How long a worker trusts what it knows of snoozes: those of other processes last a minute at least."""
_HOUR = timedelta(hours=1)
_BATCHES = 10
"""How many batches a look makes at most: runs are waiting."""

_Remove = Callable[[datetime, datetime, str], str | None]
"""Removes some of what was made before a time, after an id; returns where to go on, None at the end."""


class Upkeep:
    """The inboxes and the history of one client, looked at in every round of its worker."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._looked: datetime | None = None
        self._next: datetime | None = None
        self._inboxes = _Hourly()
        self._history = _Hourly()

    def look(self) -> datetime | None:
        """Do what is due; return when there will be something, None for not soon. Raises StoreError."""
        now = self._parts.clock.now()
        more = self._inboxes.look(self._expire, now, self._parts.retention)
        more |= self._history.look(self._prune, now, self._parts.history)
        known = self._looked is not None and timedelta() <= now - self._looked < _PAUSE
        if not known or (self._next is not None and self._next <= now):
            self.wake(now)
            self._looked = now
        return now if more else self._next

    def wake(self, now: datetime) -> None:
        """End the snoozes that have run out, as many as a look may. Raises StoreError."""
        for _ in range(_BATCHES):
            if not wake(self._parts.store, now):
                break
        self._next = next_snooze(self._parts.store)

    def _expire(self, now: datetime, before: datetime, after: str) -> str | None:
        return expire(self._parts.store, now, before, after)

    def _prune(self, now: datetime, before: datetime, after: str) -> str | None:
        batch = prune(self._parts.store, before, after)
        if batch.runs:
            logger.info("Deleted %d runs that had ended before %s", batch.runs.total(), before.isoformat())
        if batch.after is None and prune_fanouts(self._parts.store, before) == MOST_AT_ONCE:
            return after  # what is left of the runs is looked at once more, and then it ends
        return batch.after


class _Hourly:
    """Removes what is too old, a small part at a time, at the start and then once an hour."""

    def __init__(self) -> None:
        self._done: datetime | None = None
        self._after: str | None = ""

    def look(self, remove: _Remove, now: datetime, kept: timedelta | None) -> bool:
        """Remove a part, if it is time; return whether any is left. ``kept``: how long things are kept."""
        if kept is None:
            return False
        if self._after is None:
            if self._done is not None and timedelta() <= now - self._done < _HOUR:
                return False
            self._after = ""
        self._after = remove(now, now - kept, self._after)
        if self._after is None:
            self._done = now
        return self._after is not None
