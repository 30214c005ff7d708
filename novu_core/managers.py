"""The client's managers, named after those of Novu's SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, overload

from novu_core.aio import Blocking, drive
from novu_core.codec import dumps
from novu_core.definition.registry import Registry
from novu_core.definition.workflow import Workflow
from novu_core.engine.engine import Engine
from novu_core.engine.views import ExecutionContext, MessageRecord, Page, checked_cursor, checked_limit
from novu_core.errors import ConflictError, FieldError, InvalidTransitionError, ValidationError
from novu_core.storage import statements
from novu_core.storage.changes import Write
from novu_core.types import Channel, ExecutionStatus, JsonObject, WorkflowStatus

T = TypeVar("T")


class Workflows(Mapping[str, Workflow]):
    """The client's registry, with each workflow's status on this client: draft -> active -> archived."""

    def __init__(self, registry: Registry, engine: Engine) -> None:
        self._registry = registry
        self._engine = engine

    def __getitem__(self, workflow_id: str) -> Workflow:
        return self._registry[workflow_id]

    def __contains__(self, workflow_id: object) -> bool:
        return workflow_id in self._registry

    @overload
    def get(self, workflow_id: str, /) -> Workflow | None: ...
    @overload
    def get(self, workflow_id: str, /, default: T) -> Workflow | T: ...
    def get(self, workflow_id: str, /, default: Any = None) -> Any:
        """Return the workflow, or ``default``."""
        return self._registry.get(workflow_id, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry)

    def __len__(self) -> int:
        return len(self._registry)

    def status(self, workflow_id: str) -> WorkflowStatus:
        """Return a workflow's present status. Raises WorkflowNotFoundError."""
        return self._engine.status_of(self._registry[workflow_id])

    def activate(self, workflow_id: str) -> WorkflowStatus:
        """Let a draft take triggers. Raises InvalidTransitionError for any other."""
        return self._move(workflow_id, WorkflowStatus.DRAFT, WorkflowStatus.ACTIVE)

    def archive(self, workflow_id: str) -> WorkflowStatus:
        """Refuse new triggers of an active workflow for ever; what is open finishes. Raises InvalidTransitionError."""
        return self._move(workflow_id, WorkflowStatus.ACTIVE, WorkflowStatus.ARCHIVED)

    def _move(self, workflow_id: str, before: WorkflowStatus, after: WorkflowStatus) -> WorkflowStatus:
        present = self.status(workflow_id)
        if present is not before:
            raise InvalidTransitionError(
                f"Workflow with id: `{workflow_id}` is {present}; only one that is {before} can become {after}."
            )
        change = Write(statements.SAVE_WORKFLOW, {"workflow_id": workflow_id, "status": after.value})
        self._engine.parts.store.commit(change)
        return after


class Executions:
    """The history, and control over what runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(
        self,
        *,
        workflow_id: str | None = None,
        status: str | None = None,
        subscriber_id: str | None = None,
        transaction_id: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[ExecutionContext]:
        """Return executions, newest first. ``limit``: 1 to 100. Raises ValidationError."""
        known = [member.value for member in ExecutionStatus]
        if status is not None and status not in known:
            raise ValidationError("The list is invalid.", [FieldError("/status", f"must be one of {', '.join(known)}")])
        store = self._engine.parts.store
        rows = store.list_executions(
            limit=checked_limit(limit) + 1,
            cursor=checked_cursor(cursor),
            workflow_id=workflow_id,
            status=str(status) if status else None,
            subscriber_id=subscriber_id,
            transaction_id=transaction_id,
        )
        items = [self._engine.view(row) for row in rows[:limit]]
        return Page(items, items[-1].execution_id if len(rows) > limit else None)

    def get(self, execution_id: str) -> ExecutionContext:
        """Return an execution. Raises ExecutionNotFoundError."""
        return self._engine.get(execution_id)

    def retry(self, execution_id: str) -> ExecutionContext:
        """Run a failed execution again; what was delivered is not sent again. Raises InvalidTransitionError."""
        return drive(self._engine.retry(execution_id, Blocking()))

    def cancel(self, execution_id: str) -> ExecutionContext:
        """End an execution that has not ended. Raises InvalidTransitionError."""
        return self._engine.cancel(execution_id)

    def cancel_all(self, transaction_id: str) -> int:
        """Cancel every execution of a trigger that has not ended; return how many there were."""
        canceled = 0
        for execution_id in self._engine.parts.store.open_of(transaction_id):
            try:
                self._engine.cancel(execution_id)
                canceled += 1
            except ConflictError:  # it ended meanwhile
                continue
        return canceled


class Messages:
    """Everything that was sent or stored."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(
        self,
        *,
        channel: Channel | str | None = None,
        subscriber_id: str | None = None,
        execution_id: str | None = None,
        transaction_id: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[MessageRecord]:
        """Return messages, newest first. ``limit``: 1 to 100."""
        rows = self._engine.parts.store.list_messages(
            limit=checked_limit(limit) + 1,
            cursor=checked_cursor(cursor),
            channel=str(channel) if channel else None,
            subscriber_id=subscriber_id,
            execution_id=execution_id,
            transaction_id=transaction_id,
        )
        items = [MessageRecord.of(row) for row in rows[:limit]]
        return Page(items, items[-1].message_id if len(rows) > limit else None)


class Controls:
    """Values of workflows' and steps' controls, changed without a change of code (SEMANTICS, Controls)."""

    def __init__(self, registry: Registry, engine: Engine) -> None:
        self._registry = registry
        self._engine = engine

    def get(self, workflow_id: str, step_id: str | None = None) -> JsonObject:
        """Return the stored values. Raises WorkflowNotFoundError and StepNotFoundError."""
        workflow = self._registry[workflow_id]
        self._engine.control_schema(workflow, step_id)
        return self._engine.parts.store.known(workflow.workflow_id, "").controls.get(step_id or "", {})

    def set(self, workflow_id: str, values: Mapping[str, Any], step_id: str | None = None) -> JsonObject:
        """Replace the stored values. Raises ControlsInvalidError, WorkflowNotFoundError and StepNotFoundError."""
        workflow = self._registry[workflow_id]
        self._engine.check_controls(workflow, step_id, values)
        data = dict(values)
        params = {"workflow_id": workflow_id, "step_id": step_id or "", "data": dumps(data)}
        self._engine.parts.store.commit(Write(statements.SAVE_CONTROLS, params))
        return data

    def schema(self, workflow_id: str, step_id: str | None = None) -> JsonObject:
        """Return the JSON Schema that the values must fit. Raises WorkflowNotFoundError and StepNotFoundError."""
        return self._engine.control_schema(self._registry[workflow_id], step_id)
