"""Records the runs of a trigger: each decided inside the transaction, on what is stored at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from novu_core.codec import jsonable
from novu_core.definition.workflow import Workflow
from novu_core.engine.parts import Parts
from novu_core.engine.recipients import Recipients
from novu_core.errors import WorkflowNotActiveError
from novu_core.storage import statements
from novu_core.storage.changes import AddExecution
from novu_core.storage.known import Known
from novu_core.storage.people import SaveSubscriber, merged_subscriber
from novu_core.storage.rows import ExecutionRow, scoped
from novu_core.storage.transaction import Transaction
from novu_core.types import JsonObject, WorkflowStatus

_CHUNK = 200
"""How many runs are recorded in one transaction."""


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

    def apply(self, transaction: Transaction, *, canceled: bool = False) -> Recorded:
        """Read what is known, upsert the subscriber, and insert the run, as canceled where its trigger was."""
        known = Known.read(transaction, self.workflow.workflow_id, self.subscriber_id)
        person = merged_subscriber(known.subscriber or {}, self.sent or {}, self.subscriber_id)
        self.row.request["subscriber"] = person
        if canceled:
            self.row.end("canceled", None, self.row.created_at)
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


@dataclass(frozen=True, slots=True)
class RecordChunk:
    """Some runs of one trigger. ``transaction_id``: asked whether it was canceled meanwhile; None: it cannot be."""

    runs: list[RecordRun]
    transaction_id: str | None

    def apply(self, transaction: Transaction) -> list[Recorded]:
        """Record them all. Raises WorkflowNotActiveError."""
        canceled = False
        if self.transaction_id is not None:
            transaction.lock(self.transaction_id)  # a cancel waits for this chunk, or this chunk for the cancel
            key = {"transaction_id": self.transaction_id}
            canceled = transaction.row(statements.CANCELED, key) is not None
        # In the order of the ids, whatever the caller's: two triggers that lock the same people cannot deadlock.
        in_order = sorted(self.runs, key=lambda run: run.subscriber_id)
        recorded = {run.subscriber_id: run.apply(transaction, canceled=canceled) for run in in_order}
        return [recorded[run.subscriber_id] for run in self.runs]


class Recording:
    """Records what triggers ask for."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def record(
        self,
        workflow: Workflow,
        request: JsonObject,
        recipients: Recipients,
        transaction: str,
        *,
        inline: bool,
        given: bool,
    ) -> list[Recorded]:
        """Record a run for each recipient, in chunks. Raises WorkflowNotActiveError and DefinitionError.

        ``inline``: the runs are this process's from the start, and are not for a worker to claim. ``given``: whether
        the transaction id is the caller's, who may have canceled it.
        """
        workflow.check()
        transaction = scoped(self._parts.store.app, transaction)
        people: dict[str, JsonObject | None] = dict(recipients.subscribers)
        actor_id = request.get("actor", {}).get("subscriberId")
        for topic in recipients.topics:
            for subscriber_id in self._parts.store.members(topic):
                if subscriber_id != actor_id:
                    people.setdefault(subscriber_id, None)
        if not people:
            check_active(workflow, self.status_of(workflow))
        recorded: list[Recorded] = []
        remaining = iter(people.items())
        while chunk := list(islice(remaining, _CHUNK)):
            runs = [
                RecordRun(workflow, name, sent, self._new(workflow, name, request, transaction, inline))
                for name, sent in chunk
            ]
            asked = transaction if given or len(people) > _CHUNK else None
            [chunk_recorded] = self._parts.store.commit(RecordChunk(runs, asked), starts=True)
            recorded += chunk_recorded
        return recorded

    def status_of(self, workflow: Workflow) -> WorkflowStatus:
        """Return a workflow's stored status, else the definition's."""
        stored = self._parts.store.known(workflow.workflow_id, "").status
        return WorkflowStatus(stored) if stored else workflow.status

    def _new(
        self, workflow: Workflow, subscriber_id: str, request: JsonObject, transaction: str, inline: bool
    ) -> ExecutionRow:
        now = self._parts.clock.now()
        return ExecutionRow(
            execution_id=self._parts.new_id(),
            workflow_id=workflow.workflow_id,
            subscriber_id=subscriber_id,
            transaction_id=transaction,
            status="running" if inline else "pending",
            due_at=now + self._parts.lease if inline else now,
            fence=1 if inline else 0,
            owner=self._parts.owner if inline else None,
            request=jsonable(request),
            created_at=now,
            started_at=now if inline else None,
            app=self._parts.store.app,
        )
