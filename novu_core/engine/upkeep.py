"""Keeps inboxes up to date while a worker runs: ends their snoozes when they run out, and removes what has expired."""

from __future__ import annotations

from datetime import datetime, timedelta

from novu_core.engine.parts import Parts
from novu_core.lines import logger_of
from novu_core.storage.inbox_upkeep import expire, next_snooze, wake

logger = logger_of(__name__)
_PAUSE = timedelta(seconds=30)
"""How long a worker trusts what it knows of snoozes: those of other processes last a minute at least."""
_HOUR = timedelta(hours=1)
_BATCHES = 10
"""How many batches a look makes at most: runs are waiting."""


class Upkeep:
    """The inboxes of one client, looked at in every round of its worker."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._looked: datetime | None = None
        self._next: datetime | None = None
        self._expired: datetime | None = None
        self._after: str | None = ""

    def look(self) -> datetime | None:
        """Do what is due; return when there will be something, None for not soon. Raises StoreError."""
        now = self._parts.clock.now()
        more = self._parts.retention is not None and self._expire(now, now - self._parts.retention)
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

    def _expire(self, now: datetime, before: datetime) -> bool:
        """Remove a small part of what has expired, at the start and then once an hour; return whether any is left."""
        if self._after is None:
            if self._expired is not None and timedelta() <= now - self._expired < _HOUR:
                return False
            self._after = ""
        self._after = expire(self._parts.store, now, before, self._after)
        if self._after is None:
            self._expired = now
        return self._after is not None
