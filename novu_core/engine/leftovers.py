"""What is left to say and to hide of a run that a step ended."""

from __future__ import annotations

from datetime import datetime

from novu_core.aio import IO
from novu_core.definition.workflow import Workflow
from novu_core.engine.halts import Aborted
from novu_core.engine.hiding import hidden
from novu_core.engine.ledger import Ledger
from novu_core.errors import StoreError
from novu_core.storage.masking import MaskRuns
from novu_core.storage.rows import StepRow


async def secrets(ledger: Ledger, io: IO) -> list[MaskRuns]:
    """Return what hides the secrets of a run that a step ends, for the commit that ends it.

    Leaves the run where the store is away.
    """
    try:
        return await hidden(ledger.parts, ledger, io)
    except StoreError as error:
        raise Aborted(error) from error


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
