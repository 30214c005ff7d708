"""What is left to say and to hide of a run that a step ended."""

from __future__ import annotations

from datetime import datetime

from novu_core.aio import IO
from novu_core.definition.workflow import Workflow
from novu_core.engine.hiding import hidden
from novu_core.engine.ledger import Ledger
from novu_core.engine.parts import Parts
from novu_core.storage.rows import StepRow


async def finish(parts: Parts, ledger: Ledger, io: IO) -> None:
    """Hide the secrets of a run that a step ended, unless it may still need them.

    One that merged goes on where its digest's first run is canceled, and one that failed may be retried.
    """
    if ledger.run.status == "completed" and ledger.run.outcome != "merged":
        changes = await hidden(parts, ledger, io)
        if changes:
            await io.call(parts.store.commit, *changes)


def unreached(workflow: Workflow, ledger: Ledger, reason: str, ended: datetime) -> list[StepRow]:
    """Return the steps that the run has not reached, as skipped when it ended."""
    reached = ledger.records
    try:
        later = [step for step in workflow.steps if step.step_id not in reached]
    except Exception:  # discovery is a courtesy here: the run itself is over
        return []
    return [
        StepRow(
            execution_id=ledger.run.execution_id,
            step_id=step.step_id,
            position=len(reached) + at,
            type=step.step_type.value,
            status="completed",
            outcome="skipped",
            reason=reason,
            completed_at=ended,
        )
        for at, step in enumerate(later)
    ]
