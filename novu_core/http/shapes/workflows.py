"""Workflows by their ids, and the few things that are told of them elsewhere."""

from __future__ import annotations

from novu_core.definition.workflow import Workflow
from novu_core.http.surface import Served
from novu_core.types import JsonObject


def workflow_of(served: Served, workflow_id: str) -> Workflow:
    """Return a workflow by its id, which is its internal one too. Raises WorkflowNotFoundError."""
    return served.client.workflows[workflow_id]


def workflow_shown(workflow: Workflow) -> JsonObject:
    """Return the few things that messages and preferences tell of their workflow."""
    return {
        "id": workflow.workflow_id,
        "identifier": workflow.workflow_id,
        "name": workflow.name,
        "critical": workflow.critical,
        "severity": workflow.severity.value,
        "tags": list(workflow.tags),
    }
