"""The registry as callers see it, with the status that each workflow has on this client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, overload

from novu_core.aio import Blocking, drive
from novu_core.definition.registry import Registry
from novu_core.definition.workflow import Workflow
from novu_core.engine.engine import Engine
from novu_core.engine.showing import Wanted, show_step
from novu_core.errors import InvalidTransitionError, KeptByNovuError
from novu_core.settings import Settings
from novu_core.storage import statements
from novu_core.storage.changes import Write
from novu_core.types import JsonObject, WorkflowStatus

T = TypeVar("T")


class Workflows(Mapping[str, Workflow]):
    """The client's registry, with each workflow's status on this client: draft -> active -> archived."""

    def __init__(self, registry: Registry, engine: Engine, settings: Settings) -> None:
        self._registry = registry
        self._engine = engine
        self._settings = settings

    def __getitem__(self, workflow_id: str) -> Workflow:
        return self._registry[workflow_id]

    def __contains__(self, workflow_id: object) -> bool:
        return workflow_id in self._registry

    @overload
    def get(self, workflow_id: str, /) -> Workflow | None: ...
    @overload
    def get(self, workflow_id: str, /, default: Workflow | T) -> Workflow | T: ...
    def get(self, workflow_id: str, /, default: Any = None) -> Any:
        """Return the workflow, or ``default``."""
        return self._registry.get(workflow_id, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry)

    def __len__(self) -> int:
        return len(self._registry)

    def status(self, workflow_id: str) -> WorkflowStatus:
        """Return a workflow's present status; the definition's where Novu keeps it. Raises WorkflowNotFoundError."""
        workflow = self._registry[workflow_id]
        return workflow.status if self._settings.dispatch == "cloud" else self._engine.recording.status_of(workflow)

    def activate(self, workflow_id: str) -> WorkflowStatus:
        """Let a draft take triggers. Raises InvalidTransitionError for any other, and KeptByNovuError."""
        return self._move(workflow_id, WorkflowStatus.DRAFT, WorkflowStatus.ACTIVE)

    def archive(self, workflow_id: str) -> WorkflowStatus:
        """Refuse new triggers of an active workflow for ever; what is open finishes.

        Raises InvalidTransitionError for any other, and KeptByNovuError.
        """
        return self._move(workflow_id, WorkflowStatus.ACTIVE, WorkflowStatus.ARCHIVED)

    def preview(
        self,
        workflow_id: str,
        step_id: str,
        *,
        payload: Any = None,
        to: Any = "preview",
        controls: Mapping[str, Any] | None = None,
        events: int | Sequence[JsonObject] = 3,
        results: Mapping[str, Any] | None = None,
    ) -> JsonObject:
        """Return what a step would say, without sending, storing or running anything.

        ``{step_id, type, skipped, closed, controls, output, payload, to, text, headers, source, due_at, error}``:
        ``closed`` is the gate that the subscriber's wishes close, ``error`` what the workflow's code raised.
        ``payload``: an example where none is given. ``to``: a subscriber, or the id of a stored one. ``events``: of an
        earlier digest: how many (0 to 100), or each as ``{payload}``; ``results``: those of earlier steps by their ids.

        Raises WorkflowNotFoundError, StepNotFoundError, and ValidationError, whose paths name the part.
        """
        stored = self._settings.dispatch == "embedded"
        given: dict[str, Any] = {"controls": controls, "results": results}
        wanted = Wanted(
            payload, to, events=events, people=stored, stored=stored,
            **{name: value for name, value in given.items() if value is not None},
        )  # fmt: skip
        return drive(show_step(self._engine, workflow_id, step_id, Blocking(), wanted))

    def _move(self, workflow_id: str, before: WorkflowStatus, after: WorkflowStatus) -> WorkflowStatus:
        if self._settings.dispatch == "cloud":
            raise KeptByNovuError("workflows")
        present = self.status(workflow_id)
        if present is not before:
            raise InvalidTransitionError(
                f"Workflow with id: `{workflow_id}` is {present}; only one that is {before} can become {after}."
            )
        change = Write(statements.SAVE_WORKFLOW, {"workflow_id": workflow_id, "status": after.value})
        self._engine.parts.store.commit(change)
        return after
