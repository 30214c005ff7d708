"""Other apps on the same store with workflows of the same ids: each of them runs what the other recorded."""

from __future__ import annotations

from datetime import datetime, timedelta

from novu_core.clock import micros
from novu_core.engine.parts import Parts
from novu_core.errors import StoreError
from novu_core.lines import logger_of
from novu_core.storage import statements
from novu_core.storage.changes import Write

logger = logger_of(__name__)
_SHOWN = timedelta(hours=1)
"""How often an app says that it is there."""
_GONE = timedelta(days=1)
"""How long an app counts that says nothing more, since it was renamed or moved to another store."""
_PAUSE = timedelta(minutes=1)
"""How long a worker trusts what it saw."""


class Neighbours:
    """Shows an app to others, and them to it, unless ``NOVU_APP`` keeps them apart; one without a name is not seen."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._shown: datetime | None = None
        self._looked: datetime | None = None
        self._told: set[str] = set()

    @property
    def unseen(self) -> bool:
        """Whether others have not been shown this app lately, and could be."""
        if self._parts.name is None or self._parts.store.database.memory:
            return False
        return self._shown is None or self._parts.clock.now() - self._shown >= _SHOWN

    def show(self) -> None:
        """Let others see which workflows this app has. Where the store is away, there will be another time."""
        now, parts = self._parts.clock.now(), self._parts
        known = {"app": parts.store.app, "name": parts.name, "seen_at": micros(now)}
        rows = [Write(statements.SAVE_APP, {**known, "workflow_id": name}) for name in sorted(parts.registry)]
        try:
            parts.store.commit(*rows)
        except StoreError as error:
            logger.debug("This app could not be announced to others on its store: %s", error)
            return
        self._shown = now

    def found(self) -> dict[str, str]:
        """Return what to tell of each other app, by its name. Raises StoreError."""
        parts = self._parts
        if parts.name is None:
            return {}
        shared: dict[str, list[str]] = {}
        for name, workflow_id in parts.store.other_apps(parts.name, parts.clock.now() - _GONE):
            if workflow_id in parts.registry:
                shared.setdefault(name, []).append(workflow_id)
        return {
            name: f"the app {name} has workflows with the same ids on this store ({', '.join(ids)}), so each of the "
            "two apps runs what the other recorded; give each its own store or its own NOVU_APP"
            for name, ids in shared.items()
        }

    def look(self) -> None:
        """Show this app and look for others, at most once a minute, and log who is new. Raises StoreError."""
        now = self._parts.clock.now()
        if self._looked is not None and now - self._looked < _PAUSE:
            return
        self._looked = now
        if self.unseen:
            self.show()
        found = self.found()
        for name, told in found.items():
            if name not in self._told:
                logger.warning("%s: %s", self._parts.name, told)
        self._told = set(found)
