"""Control values, which change what is sent without a change of code (SEMANTICS, Controls)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.codec import dumps
from novu_core.definition.registry import Registry
from novu_core.engine.checking import Checking
from novu_core.storage import statements
from novu_core.storage.changes import Write
from novu_core.storage.store import Store
from novu_core.types import JsonObject


class Controls:
    """Values of workflows' and steps' controls, changed without a change of code (SEMANTICS, Controls)."""

    def __init__(self, registry: Registry, checking: Checking, store: Store) -> None:
        self._registry = registry
        self._checking = checking
        self._store = store

    def get(self, workflow_id: str, step_id: str | None = None) -> JsonObject:
        """Return the stored values. Raises WorkflowNotFoundError, StepNotFoundError and UnreadableRowError."""
        workflow = self._registry[workflow_id]
        self._checking.control_schema(workflow, step_id)
        return self._store.known(workflow.workflow_id, "").controls_of(step_id or "")

    def set(self, workflow_id: str, values: Mapping[str, Any], step_id: str | None = None) -> JsonObject:
        """Replace the stored values. Raises ControlsInvalidError, WorkflowNotFoundError and StepNotFoundError."""
        workflow = self._registry[workflow_id]
        self._checking.controls(workflow, step_id, values)
        data = dict(values)
        params = {"workflow_id": workflow_id, "step_id": step_id or "", "data": dumps(data)}
        self._store.commit(Write(statements.SAVE_CONTROLS, params))
        return data

    def schema(self, workflow_id: str, step_id: str | None = None) -> JsonObject:
        """Return the JSON Schema that the values must fit. Raises WorkflowNotFoundError and StepNotFoundError."""
        return self._checking.control_schema(self._registry[workflow_id], step_id)
