"""The registry as callers see it, with the status that each workflow has on this client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, overload

from novu_core.definition.registry import Registry
from novu_core.definition.workflow import Workflow
from novu_core.engine.recording import Recording
from novu_core.errors import InvalidTransitionError, KeptByNovuError
from novu_core.settings import Settings
from novu_core.storage import statements
from novu_core.storage.changes import Write
from novu_core.storage.store import Store
from novu_core.types import WorkflowStatus

T = TypeVar("T")


class Workflows(Mapping[str, Workflow]):
    """The client's registry, with each workflow's status on this client: draft -> active -> archived."""

    def __init__(self, registry: Registry, recording: Recording, store: Store, settings: Settings) -> None:
        self._registry = registry
        self._recording = recording
        self._store = store
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
        return workflow.status if self._settings.dispatch == "cloud" else self._recording.status_of(workflow)

    def activate(self, workflow_id: str) -> WorkflowStatus:
        """Let a draft take triggers. Raises InvalidTransitionError for any other, and KeptByNovuError."""
        return self._move(workflow_id, WorkflowStatus.DRAFT, WorkflowStatus.ACTIVE)

    def archive(self, workflow_id: str) -> WorkflowStatus:
        """Refuse new triggers of an active workflow for ever; what is open finishes.

        Raises InvalidTransitionError for any other, and KeptByNovuError.
        """
        return self._move(workflow_id, WorkflowStatus.ACTIVE, WorkflowStatus.ARCHIVED)

    def _move(self, workflow_id: str, before: WorkflowStatus, after: WorkflowStatus) -> WorkflowStatus:
        if self._settings.dispatch == "cloud":
            raise KeptByNovuError("workflows")
        present = self.status(workflow_id)
        if present is not before:
            raise InvalidTransitionError(
                f"Workflow with id: `{workflow_id}` is {present}; only one that is {before} can become {after}."
            )
        change = Write(statements.SAVE_WORKFLOW, {"workflow_id": workflow_id, "status": after.value})
        self._store.commit(change)
        return after
