"""Records the runs of a trigger: each decided inside the transaction, on what is stored at that moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from novu_core.codec import jsonable
from novu_core.definition.workflow import CommonTriggerOptions, Workflow
from novu_core.engine.parts import Parts
from novu_core.engine.recipients import Recipients
from novu_core.errors import UnreadableRowError, WorkflowNotActiveError
from novu_core.storage import statements
from novu_core.storage.changes import AddExecution
from novu_core.storage.fanouts import AddFanout
from novu_core.storage.known import Known
from novu_core.storage.lanes import BEGUN, MANY, NEW, URGENT
from novu_core.storage.lent import Commit
from novu_core.storage.masking import NO_MASK, Mask
from novu_core.storage.people import SaveSubscriber, merged_subscriber
from novu_core.storage.rows import ExecutionRow, FanoutRow, scoped
from novu_core.storage.transaction import Transaction
from novu_core.types import JsonObject, Priority, WorkflowStatus

MOST_INLINE = 100
"""How many explicit recipients a trigger runs at once; more are recorded for the worker."""
TRACE = "trace"
"""The key of a run's request under which stands what a watch had carried there."""
_CHUNK = 200
"""How many runs are recorded in one transaction."""


class Recorded(NamedTuple):
    """The stored run: the new one, or the earlier one of the same transaction id.

    ``opening``: what stores it, with what it commits first.
    """

    row: ExecutionRow
    new: bool
    known: Known
    opening: Opening | None = None

    def goes_on(self, inline: bool) -> bool:
        """Whether whoever triggered it runs it: a new one that was not canceled before it was recorded."""
        return inline and self.new and self.row.completed_at is None


@dataclass(frozen=True, slots=True)
class RecordRun:
    """One subscriber's run. ``sent``: the fields that came with the trigger.

    ``row``: the run, whose request gets its ``subscriber`` here. Raises WorkflowNotActiveError.
    """

    workflow: Workflow
    subscriber_id: str
    sent: JsonObject
    row: ExecutionRow

    def apply(self, transaction: Transaction, *, canceled: bool = False, mask: Mask = NO_MASK) -> Recorded:
        """Read what is known, upsert the subscriber, and insert the run, as canceled where its trigger was."""
        known = Known.read(transaction, self.workflow.workflow_id, self.subscriber_id)
        opening = self.opened(known)
        if canceled:
            self.row.end("canceled", None, self.row.created_at)
            self.row.request = mask.of_request(self.row.request) or self.row.request
        stored = AddExecution(self.row).apply(transaction)
        new = stored is self.row
        if new:  # a repeat changes nothing, and is answered whatever became of the workflow
            check_active(self.workflow, _status(self.workflow, known))
            for change in opening.introduction:
                change.apply(transaction)
        return Recorded(stored, new, known)

    def opened(self, known: Known) -> Opening:
        """Give the run its subscriber, from what is known and what was sent."""
        try:
            stored_person, readable = known.subscriber, True
        except UnreadableRowError:  # this run fails, and nobody else's
            stored_person, readable = None, False
        person = merged_subscriber(stored_person or {}, self.sent, self.subscriber_id)
        self.row.request["subscriber"] = person
        # an id alone makes no subscriber
        return Opening(self.row, self.sent if readable and len(self.sent) > 1 and person != stored_person else None)


@dataclass(frozen=True, slots=True)
class Opening:
    """A new run whose transaction id nobody else can have. ``sent``: what is new of its subscriber, if anything is."""

    row: ExecutionRow
    sent: JsonObject | None

    @property
    def locks(self) -> str:
        """Its subscriber."""
        return self.row.subscriber_id

    @property
    def introduction(self) -> tuple[SaveSubscriber, ...]:
        """What upserts the subscriber, if there is anything new."""
        if self.sent is None:
            return ()
        return (SaveSubscriber(self.row.subscriber_id, self.sent, self.row.created_at),)

    def apply(self, transaction: Transaction) -> None:
        """Insert the run, and what is new of its subscriber."""
        AddExecution(self.row).apply(transaction)
        for change in self.introduction:
            change.apply(transaction)


def check_active(workflow: Workflow, status: WorkflowStatus) -> None:
    """Raise WorkflowNotActiveError for a draft or an archived workflow."""
    if status is not WorkflowStatus.ACTIVE:
        raise WorkflowNotActiveError(workflow.workflow_id, str(status))


def _status(workflow: Workflow, known: Known) -> WorkflowStatus:
    try:
        return WorkflowStatus(known.status) if known.status else workflow.status
    except ValueError:
        raise UnreadableRowError(
            f"The stored status of workflow `{workflow.workflow_id}` is `{known.status}`, which this version does not "
            "know; use the version that wrote it, or repair or delete its row in novu_workflows."
        ) from None


class Started(NamedTuple):
    """What a trigger recorded: the runs of those it named, and whether it is the first to reach its topics."""

    runs: list[Recorded]
    fanned_out: bool


@dataclass(frozen=True, slots=True)
class RecordChunk:
    """Some runs of one trigger, and with the last of them its fan-outs.

    ``transaction_id``: asked whether it was canceled meanwhile; None: it cannot be.
    """

    workflow: Workflow
    runs: list[RecordRun]
    fanouts: list[FanoutRow]
    transaction_id: str | None
    mask: Mask = NO_MASK

    @property
    def locks(self) -> str:
        """The first of the people."""
        return min((run.subscriber_id for run in self.runs), default="")

    def apply(self, transaction: Transaction) -> Started:
        """Record them all. Raises WorkflowNotActiveError."""
        canceled = False
        if self.transaction_id is not None:
            transaction.lock(self.transaction_id)  # a cancel waits for this chunk, or this chunk for the cancel
            key = {"transaction_id": self.transaction_id}
            canceled = transaction.row(statements.CANCELED, key) is not None
        # In the order of the ids, whatever the caller's: two triggers that lock the same people cannot deadlock.
        in_order = sorted(self.runs, key=lambda run: run.subscriber_id)
        recorded = {run.subscriber_id: run.apply(transaction, canceled=canceled, mask=self.mask) for run in in_order}
        runs = [recorded[run.subscriber_id] for run in self.runs]
        new = [self._fan_out(transaction, row, canceled) for row in self.fanouts]
        return Started(runs, any(new))

    def _fan_out(self, transaction: Transaction, row: FanoutRow, canceled: bool) -> bool:
        if canceled:
            request = self.mask.of_request(row.request) or row.request
            row = replace(row, status="canceled", due_at=None, completed_at=row.created_at, request=request)
        new = AddFanout(row).apply(transaction)
        if new:
            known = Known.read(transaction, self.workflow.workflow_id, "")
            check_active(self.workflow, _status(self.workflow, known))
        return new


_LANES = {Priority.HIGH: URGENT, Priority.NORMAL: NEW, Priority.LOW: MANY}


def _lane_of(workflow: Workflow, recipients: Recipients, given: str | None) -> int:
    """Return with whom a trigger's runs take turns: as it says, or its workflow; else a crowd is behind all others."""
    priority = workflow.priority if given is None else given
    if priority is not None:
        return _LANES[Priority(priority)]
    if recipients.fanouts or len(recipients.subscribers) > MOST_INLINE:
        return MANY
    return URGENT if workflow.critical else NEW


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
        options: CommonTriggerOptions,
        *,
        inline: bool,
        commit: Commit | None = None,
    ) -> Started:
        """Record a run for each recipient, in chunks, and a fan-out for each topic, whose members workers record.

        ``options``: the trigger's. ``inline``: the runs are this process's from the start, and are not for a worker to
        claim. One that is alone, and cannot be a repeat, is only prepared: what it commits first stores it, too.
        ``commit``: in place of the store's.

        Raises WorkflowNotActiveError and DefinitionError.
        """
        workflow.check()
        carried = self._parts.events.watch.carried()
        if carried is not None:
            request = {**request, TRACE: carried}
        given = options.get("transaction_id") is not None  # then it may have been canceled, or be repeated
        lane = _lane_of(workflow, recipients, options.get("priority"))
        transaction = scoped(self._parts.store.app, transaction)
        people, fanouts = recipients.subscribers, self._fanouts(workflow, request, recipients, transaction, lane)

        def run(name: str, sent: JsonObject) -> RecordRun:
            own = request if len(people) == 1 and not fanouts else jsonable(request)
            return RecordRun(workflow, name, sent, self._new(workflow, name, own, transaction, lane, inline))

        if inline and not given and len(people) == 1:
            return Started([self._prepared(run(*person)) for person in people.items()], fanned_out=False)
        asked = transaction if given or len(people) > _CHUNK else None
        recorded: list[Recorded] = []
        remaining = iter(people.items())
        while True:
            runs = [run(*person) for person in islice(remaining, _CHUNK)]
            last = len(recorded) + len(runs) == len(people)
            change = RecordChunk(workflow, runs, fanouts if last else [], asked, self._parts.mask)
            [started] = self._parts.store.commit(change, starts=True) if commit is None else commit(change)
            recorded += started.runs
            if last:  # the fan-outs come with it, so that a member who was named keeps what was sent along
                return Started(recorded, started.fanned_out)

    def status_of(self, workflow: Workflow) -> WorkflowStatus:
        """Return a workflow's stored status, else the definition's. Raises UnreadableRowError."""
        return _status(workflow, self._parts.store.known(workflow.workflow_id, ""))

    def _prepared(self, run: RecordRun) -> Recorded:
        """Return a run that goes on here at once: its first step's commit stores it, one fsync for both."""
        known = self._parts.store.known(run.workflow.workflow_id, run.subscriber_id)
        check_active(run.workflow, _status(run.workflow, known))
        return Recorded(run.row, True, known, run.opened(known))

    def _fanouts(
        self, workflow: Workflow, request: JsonObject, recipients: Recipients, transaction: str, lane: int
    ) -> list[FanoutRow]:
        actor_id, now = request.get("actor", {}).get("subscriberId"), self._parts.clock.now()
        return [
            FanoutRow(
                fanout_id=self._parts.new_id(),
                workflow_id=workflow.workflow_id,
                transaction_id=transaction,
                topic_key=key,
                request=request,
                excluded=[*recipients.excluded[key], *([actor_id] if actor_id else [])],
                due_at=now,
                created_at=now,
                app=self._parts.store.app,
                lane=lane,
            )
            for key in recipients.fanouts
        ]

    def _new(
        self, workflow: Workflow, subscriber_id: str, request: JsonObject, transaction: str, lane: int, inline: bool
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
            request=request,
            created_at=now,
            started_at=now if inline else None,
            app=self._parts.store.app,
            lane=BEGUN if inline and lane == NEW else lane,
        )
