"""What the routes of workflows, their steps and controls take and answer, for their checks and the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from novu_core.http.rest.models import Model
from novu_core.types import JsonObject


class StepDescription(Model):
    """A step, as the workflow's discovery found it; ``wait``: how long it waits, where that is a literal."""

    step_id: str
    type: str
    name: str | None
    skip_condition: str | None
    control_schema: JsonObject | None
    wait: JsonObject | None


class SourceResponse(Model):
    """The source of a function."""

    code: str


class WorkflowDescription(Model):
    """A workflow; ``error`` says why its steps cannot be discovered."""

    workflow_id: str
    name: str | None
    description: str | None
    tags: list[str]
    severity: str
    critical: bool
    status: str
    payload_schema: JsonObject | None
    control_schema: JsonObject | None
    steps: list[StepDescription]
    error: str | None = None


class WorkflowPage(Model):
    """Every workflow that is served; there is never a next page."""

    items: list[WorkflowDescription]
    next_cursor: str | None


class Closed(Model):
    """The gate that would close: why, and the preference that decides."""

    reason: str
    rule: str | None


class PreviewResponse(Model):
    """What a step would say; ``payload`` and ``to``: what it was made with; text, headers and source are an e-mail's.

    ``closed``: what keeps it from this subscriber; ``due_at``: when a wait would end; ``error``: what the workflow's
    own code raised.
    """

    step_id: str
    type: str
    skipped: str | None
    closed: Closed | None
    controls: JsonObject
    output: Any
    payload: Any
    to: Any
    text: str | None
    headers: list[list[str]] | None
    source: str | None
    due_at: str | None
    error: JsonObject | None


class ControlsResponse(Model):
    """Stored control values and the schema that they fit."""

    values: JsonObject
    schema_: JsonObject | None = Field(alias="schema")


class ControlsVersion(Model):
    """Control values from one change to the next; null where the stored row is damaged."""

    version_id: str
    values: JsonObject | None
    changed_at: str | None
    changed_by: str | None


class ControlsHistory(Model):
    """What control values were changed to, newest first."""

    items: list[ControlsVersion]
    next_cursor: str | None


class StatusPayload(Model):
    """The status that a workflow is to have: ``active`` for a draft, ``archived`` for an active one."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["active", "archived"]


class StatusResponse(Model):
    """A workflow's status."""

    workflow_id: str
    status: str
