"""The embedded engine: records triggers, runs them, and moves executions from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any

from typing_extensions import Unpack

from novu_core.aio import IO, Blocking, in_event_loop
from novu_core.codec import jsonable
from novu_core.definition.channels import EMPTY
from novu_core.definition.schema import Schema
from novu_core.definition.workflow import TriggerOptions, Workflow
from novu_core.engine.ids import uuid7
from novu_core.engine.inputs import checked_id, checked_objects, reason_of
from novu_core.engine.recipients import Recipients, parse_recipients, parse_subscriber
from novu_core.engine.recording import Recorded, RecordRun, check_active
from novu_core.engine.runner import Parts, Runner
from novu_core.engine.views import ExecutionContext, TriggerResult
from novu_core.engine.worker import Worker
from novu_core.errors import (
    AsyncContextError,
    ControlsInvalidError,
    ExecutionNotFoundError,
    FieldError,
    PayloadInvalidError,
    StepNotFoundError,
    ValidationError,
)
from novu_core.execution.controls import ControlsSyntaxError, check_controls
from novu_core.storage.changes import MoveExecution, cancel_steps, reopen_steps
from novu_core.storage.digests import LeaveDigests
from novu_core.storage.records import ExecutionRow
from novu_core.types import JsonObject, WorkflowStatus

_INLINE = 100
_CHUNK = 200


class Engine:
    """Runs the workflows of one registry on one store."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.runner = Runner(parts)
        self.worker = Worker(parts, self.runner)

    async def trigger(
        self,
        workflow: Workflow,
        io: IO,
        to: Any,
        payload: Any = None,
        **options: Unpack[TriggerOptions],
    ) -> TriggerResult:
        """Record one execution for each recipient and run them (SEMANTICS; ARCHITECTURE, Triggering)."""
        _check_loop(workflow, io)
        recipients, request, transaction = await io.call(self.checked, workflow, to, payload, options)
        inline = options.get("wait", True) and not recipients.topics and len(recipients.subscribers) <= _INLINE
        recorded = await io.call(self._record, workflow, request, recipients, transaction, inline)
        mine = [row for row, new, _ in recorded if inline and new]
        for row in mine:
            self.runner.active.add(row)  # their leases are kept while they wait for their turn here
        executions = []
        try:
            for row, new, known in recorded:
                if inline and new:
                    steps = await self.runner.run(row, io, known)
                    self._due(row.due_at)
                else:
                    steps = await io.call(self.parts.store.steps, row.execution_id)
                executions.append(ExecutionContext.of(row, steps))
        finally:
            for row in mine:
                self.runner.active.remove(row)
        if not inline and any(new for _, new, _ in recorded):
            self._due(self.parts.clock.now())
        return TriggerResult(transaction, executions)

    def checked(
        self, workflow: Workflow, to: Any, payload: Any, options: TriggerOptions
    ) -> tuple[Recipients, JsonObject, str]:
        """Return who is meant, what is recorded of the trigger, and its transaction id. Raises ValidationError."""
        recipients = parse_recipients(to)
        given = {name: options.get(name) for name in ("metadata", "overrides", "context", "controls")}
        request: JsonObject = {"payload": self.checked_payload(workflow, payload), **checked_objects(**given)}
        self._check_controls(workflow, request["controls"])
        actor, transaction, wait = (options.get(name) for name in ("actor", "transaction_id", "wait"))
        if actor is not None:
            request["actor"] = parse_subscriber(actor)
        if wait not in (None, True, False):
            raise ValidationError("The trigger is invalid.", [FieldError("/wait", "must be true or false")])
        return recipients, request, self.new_id() if transaction is None else checked_id(transaction, "/transaction_id")

    def status_of(self, workflow: Workflow) -> WorkflowStatus:
        """The stored status, else the definition's."""
        stored = self.parts.store.known(workflow.workflow_id, "").status
        return WorkflowStatus(stored) if stored else workflow.status

    async def retry(self, execution_id: str, io: IO) -> ExecutionContext:
        """Run a failed execution again from its first step that failed or did not run.

        Raises ExecutionNotFoundError, and InvalidTransitionError where it has not failed.
        """
        now = self.parts.clock.now()
        fields = {"status": "pending", "outcome": None, "waiting_for": None, "resume_at": None, "due_at": now,
                  "tries": 0, "current_step": None, "error": None, "completed_at": None}  # fmt: skip
        move = MoveExecution(execution_id, frozenset({"failed"}), "retried", fields)
        await io.call(self.parts.store.commit, move, reopen_steps(execution_id))
        await self.run_due(execution_id, io)
        return await io.call(self.get, execution_id)

    async def run_due(self, execution_id: str, io: IO) -> None:
        """Claim one run that is due, and run it here, if its workflow is registered here."""
        row = await io.call(self._claim_one, execution_id)
        if row is not None:
            await self.runner.run(row, io)
            self._due(row.due_at)

    def _claim_one(self, execution_id: str) -> ExecutionRow | None:
        store, now = self.parts.store, self.parts.clock.now()
        row = store.execution(execution_id)
        if row is None or row.workflow_id not in self.parts.registry:
            return None
        return store.claim_one(execution_id, now, now + self.parts.lease, self.parts.owner)

    def cancel(self, execution_id: str) -> ExecutionContext:
        """End an execution that has not ended; a merged one leaves its digest while the window is open.

        Raises ExecutionNotFoundError and InvalidTransitionError.
        """
        now = self.parts.clock.now()
        fields = {"status": "completed", "outcome": "canceled", "waiting_for": None, "resume_at": None, "due_at": None,
                  "current_step": None, "completed_at": now}  # fmt: skip
        allowed = frozenset({"pending", "running"})
        if self.parts.store.is_collecting(execution_id):
            allowed |= {"completed"}
        move = MoveExecution(execution_id, allowed, "canceled", fields)
        self.parts.store.commit(move, cancel_steps(execution_id, now), LeaveDigests(execution_id))
        return self.get(execution_id)

    def get(self, execution_id: str) -> ExecutionContext:
        """Return an execution. Raises ExecutionNotFoundError."""
        row = self.parts.store.execution(execution_id)
        if row is None:
            raise ExecutionNotFoundError(execution_id)
        return self.view(row)

    def view(self, row: ExecutionRow) -> ExecutionContext:
        """Return a stored run with its steps."""
        running = self.runner.active.get(row.execution_id)
        if running is not None and row.status == "running":  # the step of this moment is not committed yet
            row.current_step = running.current_step
        return ExecutionContext.of(row, self.parts.store.steps(row.execution_id))

    def close(self) -> None:
        """Stop the worker and close what the engine opened."""
        self.worker.stop()
        self.runner.active.close()
        self.parts.router.close()
        self.parts.store.close()

    def new_id(self) -> str:
        """Return a fresh id that sorts by time."""
        return uuid7(self.parts.clock.now(), self.parts.entropy)

    def checked_payload(self, workflow: Workflow, payload: Any) -> Any:
        """Return the payload as JSON with defaults filled in. Raises PayloadInvalidError and DefinitionError."""
        plain = {} if payload is None else payload
        try:
            plain = jsonable(workflow.payload_schema.keep(plain) if workflow.payload_schema else plain)
        except ValidationError as error:
            raise PayloadInvalidError(_payload_text(workflow), error.errors) from None
        except (TypeError, ValueError, RecursionError) as error:
            raise PayloadInvalidError(_payload_text(workflow), [FieldError("", reason_of(error))]) from None
        if not isinstance(plain, dict):
            raise PayloadInvalidError(_payload_text(workflow), [FieldError("", "must be object")])
        return plain

    def _check_controls(self, workflow: Workflow, controls: JsonObject) -> None:
        steps = controls.get("steps") or {}
        if not isinstance(steps, dict):
            raise ControlsInvalidError("The trigger is invalid.", [FieldError("/controls/steps", "must be an object")])
        stored = self.parts.store.known(workflow.workflow_id, "").controls if controls else {}
        for step_id, values in steps.items():
            self.check_controls(workflow, step_id, values, stored.get(step_id, {}))
        own = {key: value for key, value in controls.items() if key != "steps"}
        if own:
            self.check_controls(workflow, None, own, stored.get("", {}))

    def check_controls(
        self, workflow: Workflow, step_id: str | None, values: Any, stored: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Raise ControlsInvalidError for what the control schema refuses or does not name (SEMANTICS, Controls).

        ``stored``: the values that these are laid over.
        """
        schema = self._control_schema(workflow, step_id)
        what = f"Workflow `{workflow.workflow_id}`" + (f", step `{step_id}`" if step_id is not None else "")
        if not isinstance(values, Mapping):
            raise ControlsInvalidError(f"{what}: controls must be an object.", [FieldError("", "must be object")])
        if schema is None:
            faults = [FieldError(f"/{name}", "unknown field; there is no control schema") for name in values]
        else:
            from novu_core.definition.unknown_fields import unknown_fields  # with JSON Schema, for who gives controls

            faults = unknown_fields(schema.json_schema, values)
        if not faults and schema is not None:
            try:
                check_controls(schema.load({**stored, **values})[1])
            except ValidationError as error:
                faults = list(error.errors)
            except ControlsSyntaxError as error:
                faults = [FieldError("", error.message)]
        if faults:
            raise ControlsInvalidError(f"{what}: the controls are invalid.", faults)

    def control_schema(self, workflow: Workflow, step_id: str | None) -> JsonObject:
        """Return the JSON Schema of a workflow's or a step's controls. Raises StepNotFoundError."""
        schema = self._control_schema(workflow, step_id)
        return EMPTY if schema is None else schema.json_schema

    @staticmethod
    def _control_schema(workflow: Workflow, step_id: str | None) -> Schema | None:
        if step_id is None:
            return workflow.control_schema
        found = workflow.discover()
        if step_id not in found:
            raise StepNotFoundError(step_id)
        return found[step_id].control_schema

    def _record(
        self, workflow: Workflow, request: JsonObject, recipients: Recipients, transaction: str, inline: bool
    ) -> list[Recorded]:
        """Record a run for each recipient, in chunks. Raises WorkflowNotActiveError and DefinitionError."""
        workflow.check()
        people: dict[str, JsonObject | None] = dict(recipients.subscribers)
        actor_id = request.get("actor", {}).get("subscriberId")
        for topic in recipients.topics:
            for subscriber_id in self.parts.store.topic(topic):
                if subscriber_id != actor_id:
                    people.setdefault(subscriber_id, None)
        if not people:
            check_active(workflow, self.status_of(workflow))
        found: list[Recorded] = []
        remaining = iter(people.items())
        while chunk := list(islice(remaining, _CHUNK)):
            runs = (
                RecordRun(workflow, name, sent, self._new(workflow, name, request, transaction, inline))
                for name, sent in chunk
            )
            found += self.parts.store.commit(*runs, starts=True)
        return found

    def _new(
        self, workflow: Workflow, subscriber_id: str, request: JsonObject, transaction: str, inline: bool
    ) -> ExecutionRow:
        now = self.parts.clock.now()
        return ExecutionRow(
            execution_id=self.new_id(),
            workflow_id=workflow.workflow_id,
            subscriber_id=subscriber_id,
            transaction_id=transaction,
            status="running" if inline else "pending",
            outcome=None,
            waiting_for=None,
            resume_at=None,
            due_at=now + self.parts.lease if inline else now,
            fence=1 if inline else 0,
            owner=self.parts.owner if inline else None,
            tries=0,
            current_step=None,
            request=jsonable(request),
            error=None,
            merged_into=None,
            created_at=now,
            started_at=now if inline else None,
            completed_at=None,
        )

    def _due(self, when: datetime | None) -> None:
        if when is not None:
            self.worker.notice(when)


def _check_loop(workflow: Workflow, io: IO) -> None:
    if workflow.is_async and isinstance(io, Blocking) and in_event_loop():
        raise AsyncContextError(
            f"Workflow `{workflow.workflow_id}` is async and an event loop is running here; "
            f"use `await {workflow.handler.__name__}.atrigger(...)`."
        )


def _payload_text(workflow: Workflow) -> str:
    return f"Workflow with id: `{workflow.workflow_id}` has invalid `payload`. Please provide the correct payload."
