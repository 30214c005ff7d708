"""What is left to say and to hide of a run that a step ended."""

from __future__ import annotations

import contextlib

from novu_core.aio import IO
from novu_core.definition.workflow import Workflow
from novu_core.engine.hiding import hidden
from novu_core.engine.ledger import Ledger
from novu_core.engine.parts import Parts
from novu_core.errors import LeaseLostError
from novu_core.storage.changes import Change, SaveOwnStep
from novu_core.storage.rows import StepRow


async def finish(parts: Parts, workflow: Workflow, ledger: Ledger, io: IO) -> None:
    """Record the steps that the run did not reach as skipped, and hide its secrets, unless it may still need them.

    One that merged goes on where its digest's first run is canceled, and one that failed may be retried.
    """
    run = ledger.run
    changes = await io.call(_skipped, workflow, ledger)
    if run.status == "completed" and run.outcome != "merged":
        changes += await hidden(parts, ledger, io)
    if changes:
        with contextlib.suppress(LeaseLostError):  # promoted meanwhile: it goes on, and skips nothing
            await io.call(parts.store.commit, *changes)


def _skipped(workflow: Workflow, ledger: Ledger) -> list[Change]:
    row = ledger.run
    try:
        later = [step for step in workflow.steps if step.step_id not in ledger.records]
    except Exception:  # discovery is a courtesy here: the run itself is over
        return []
    reason = "merged" if row.merged_into else "throttled"
    changes: list[Change] = []
    for step in later:
        skipped = StepRow(
            execution_id=row.execution_id,
            step_id=step.step_id,
            position=len(ledger.records),
            type=step.step_type.value,
            status="completed",
            outcome="skipped",
            reason=reason,
            completed_at=row.completed_at,
        )
        ledger.records[step.step_id] = skipped
        changes.append(SaveOwnStep.of(row, skipped))
    return changes
