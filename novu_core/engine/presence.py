"""Lets a worker say that it is there: whoever looks at what waits wants to know whether anybody will run it."""

from __future__ import annotations

from datetime import datetime, timedelta

from novu_core.engine.parts import Parts
from novu_core.storage.workers import ShowWorker

SHOWN = timedelta(seconds=10)
"""How often a worker says so."""
ALIVE = timedelta(minutes=1)
"""How long one counts as alive that says nothing more."""


class Presence:
    """One worker, as it shows itself."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._started: datetime | None = None
        self._shown: datetime | None = None

    def look(self) -> None:
        """Say that the worker is there, at most every ten seconds, and ask for the server's time. Raises StoreError."""
        now, parts = self._parts.clock.now(), self._parts
        if self._shown is not None and timedelta(0) <= now - self._shown < SHOWN:
            return
        parts.store.synchronize()
        self._started = self._started or now
        parts.store.commit(ShowWorker(parts.store.app, parts.owner, len(parts.registry), self._started, now))
        self._shown = now
