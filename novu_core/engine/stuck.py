"""Runs in progress that do not come further: somebody keeps their leases, and their function does not go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from novu_core.engine.parts import Parts


@dataclass(frozen=True)
class Stuck:
    """A run that has ended no step for longer than a lease: since when, at which step, and in which process."""

    execution_id: str
    workflow_id: str
    step_id: str | None
    owner: str | None
    since: datetime

    def __str__(self) -> str:
        place = f"at step `{self.step_id}`" if self.step_id else "before its first step"
        return (
            f"a run of {self.workflow_id} has been {place} since {self.since.isoformat(timespec='seconds')}, in the "
            f"process {self.owner}; if it hangs, cancel it"
        )


def stuck(parts: Parts) -> list[Stuck]:
    """Return the runs, of any worker on this store, that hang as far as can be seen. Raises StoreError."""
    now = parts.clock.now()
    before, found = now - parts.lease, []
    for row in parts.store.under_way(now, before):
        times = [row.resume_at or row.started_at, *(step.completed_at for step in parts.store.steps(row.execution_id))]
        since = max(time for time in times if time is not None)
        if since < before:
            found.append(Stuck(row.execution_id, row.workflow_id, row.current_step, row.owner, since))
    return found
