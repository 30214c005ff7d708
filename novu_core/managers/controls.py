"""Control values, which change what is sent without a change of code (SEMANTICS, Controls)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from novu_core.codec import dumps
from novu_core.definition.registry import Registry
from novu_core.engine.engine import Engine
from novu_core.errors import PreconditionFailedError
from novu_core.records import Page
from novu_core.records.controls import ControlsVersion
from novu_core.records.pages import checked_cursor, checked_limit
from novu_core.storage.control_values import SaveControls, versions
from novu_core.storage.ids import uuid7
from novu_core.types import JsonObject


class Controls:
    """Values of workflows' and steps' controls, changed without a change of code (SEMANTICS, Controls)."""

    def __init__(self, registry: Registry, engine: Engine) -> None:
        self._registry = registry
        self._checking = engine.checking
        self._parts = engine.parts

    def get(self, workflow_id: str, step_id: str | None = None) -> JsonObject:
        """Return the stored values. Raises WorkflowNotFoundError, StepNotFoundError and UnreadableRowError."""
        workflow = self._registry[workflow_id]
        self._checking.control_schema(workflow, step_id)
        return self._parts.store.known(workflow.workflow_id, "").controls_of(step_id or "")

    def set(
        self,
        workflow_id: str,
        values: Mapping[str, Any],
        step_id: str | None = None,
        *,
        expected: str | None = None,
        author: str | None = None,
    ) -> JsonObject:
        """Replace the stored values. Raises ControlsInvalidError, WorkflowNotFoundError and StepNotFoundError.

        ``expected``: the :func:`tag_of` the values that are to be replaced; where others are stored by now, nothing is
        written, and PreconditionFailedError holds them. ``author``: who changes them, for the :meth:`history`.
        """
        workflow = self._registry[workflow_id]
        self._checking.controls(workflow, step_id, values)
        data, now = dict(values), self._parts.clock.now()

        def check(stored: JsonObject) -> None:
            if expected is not None and tag_of(stored) != expected:
                raise PreconditionFailedError("Somebody else has changed these values in the meantime.", stored)

        version = uuid7(now, self._parts.entropy)
        self._parts.store.commit(SaveControls(workflow_id, step_id or "", data, version, now, author, check))
        return data

    def history(
        self, workflow_id: str, step_id: str | None = None, *, limit: int = 20, cursor: str | None = None
    ) -> Page[ControlsVersion]:
        """Return what the values were changed to, newest first. ``limit``: 1 to 100.

        Raises WorkflowNotFoundError, StepNotFoundError and ValidationError.
        """
        self._checking.control_schema(self._registry[workflow_id], step_id)
        most, after = checked_limit(limit), checked_cursor(cursor)
        found = self._parts.store.database.read(
            lambda transaction: versions(transaction, workflow_id, step_id or "", most + 1, after)
        )
        items = [ControlsVersion(*row) for row in found[:most]]
        return Page(items, items[-1].version_id if len(found) > most else None)

    def schema(self, workflow_id: str, step_id: str | None = None) -> JsonObject:
        """Return the JSON Schema that the values must fit. Raises WorkflowNotFoundError and StepNotFoundError."""
        return self._checking.control_schema(self._registry[workflow_id], step_id)


def tag_of(values: Mapping[str, Any]) -> str:
    """Return what tells these values from others, whatever the order of their names."""
    return hashlib.sha256(dumps(dict(sorted(values.items()))).encode()).hexdigest()[:32]
