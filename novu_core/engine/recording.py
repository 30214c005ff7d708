"""Records one run of a trigger: decided inside the transaction, on what is stored at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from novu_core.definition.workflow import Workflow
from novu_core.errors import WorkflowNotActiveError
from novu_core.storage.changes import AddExecution, SaveSubscriber
from novu_core.storage.known import Known
from novu_core.storage.records import ExecutionRow
from novu_core.storage.transaction import Transaction
from novu_core.types import JsonObject, WorkflowStatus


class Recorded(NamedTuple):
    """The stored run: the new one, or the earlier one of the same transaction id."""

    row: ExecutionRow
    new: bool
    known: Known


@dataclass(frozen=True, slots=True)
class RecordRun:
    """One subscriber's run. ``sent``: the fields that came with the trigger; None for a member of a topic.

    ``row``: the run, whose request gets its ``subscriber`` here. Raises WorkflowNotActiveError.
    """

    workflow: Workflow
    subscriber_id: str
    sent: JsonObject | None
    row: ExecutionRow

    def apply(self, transaction: Transaction) -> Recorded:
        """Read what is known, upsert the subscriber, and insert the run."""
        known = Known.read(transaction, self.workflow.workflow_id, self.subscriber_id)
        person = {**(known.subscriber or {}), **(self.sent or {}), "subscriberId": self.subscriber_id}
        self.row.request["subscriber"] = person
        stored = AddExecution(self.row).apply(transaction)
        new = stored is self.row
        if new:  # a repeat changes nothing, and is answered whatever became of the workflow
            check_active(self.workflow, known.status or self.workflow.status.value)
            if self.sent and len(self.sent) > 1 and person != known.subscriber:  # an id alone makes no subscriber
                SaveSubscriber(self.subscriber_id, self.sent, self.row.created_at).apply(transaction)
        return Recorded(stored, new, known)


def check_active(workflow: Workflow, status: str) -> None:
    """Raise WorkflowNotActiveError for a draft or an archived workflow."""
    if status != WorkflowStatus.ACTIVE:
        raise WorkflowNotActiveError(workflow.workflow_id, str(WorkflowStatus(status)))
