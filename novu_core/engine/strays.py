"""What is due and nobody takes, since no worker has its workflow: as after a deploy that removed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from novu_core.engine.parts import Parts
from novu_core.lines import logger_of

logger = logger_of(__name__)
_LATE = timedelta(minutes=5)
"""How long a due run may wait before it counts; other apps that share the store have workers, too."""
_PAUSE = timedelta(minutes=1)
"""How long a watch trusts what it saw."""


@dataclass(frozen=True)
class Strays:
    """The overdue runs, or fan-outs, of one workflow: how many, and since when the first is due."""

    workflow_id: str
    runs: int
    since: datetime
    what: str = "run"

    def __str__(self) -> str:
        count = f"1 {self.what} is" if self.runs == 1 else f"{self.runs} {self.what}s are"
        return (
            f"{count} overdue, the first since {self.since.isoformat(timespec='seconds')}, and no worker here has this "
            "workflow; restore it, start the app that has it, or cancel them"
        )


def strays(parts: Parts) -> list[Strays]:
    """Return what is more than five minutes overdue of workflows that this client lacks. Raises StoreError."""
    ids, before = list(parts.registry), parts.clock.now() - _LATE
    return [
        *(Strays(*found) for found in parts.store.overdue(ids, before)),
        *(Strays(*found, "fan-out") for found in parts.store.overdue_fanouts(ids, before)),
    ]


class StrayWatch:
    """Tells a worker's log of stray runs: each workflow once, as long as it has some."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._looked: datetime | None = None
        self._told: set[str] = set()

    def look(self) -> None:
        """Look, at most once a minute, and log what is new. Raises StoreError."""
        now = self._parts.clock.now()
        if self._looked is not None and now - self._looked < _PAUSE:
            return
        self._looked = now
        store = self._parts.store
        for what, ids in (("Execution", store.mend_due(now)), ("Fan-out", store.mend_fanouts(now))):
            for name in ids:
                logger.warning("%s %s had a due time or a lane that cannot be read; it continues now.", what, name)
        found = strays(self._parts)
        for stray in found:
            if stray.workflow_id not in self._told:
                logger.warning("Workflow %s: %s", stray.workflow_id, stray)
        self._told = {stray.workflow_id for stray in found}
