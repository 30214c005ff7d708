"""The routes of workflows: what is served, triggers and control values."""

from __future__ import annotations

from novu_core.http.rest import models
from novu_core.http.rest import workflow_models as about
from novu_core.http.rest.controls import get_controls, list_versions, set_controls
from novu_core.http.rest.parameters import PAGE
from novu_core.http.rest.previews import preview_step
from novu_core.http.rest.workflows import cancel_trigger, execute, get_source, get_workflow, list_workflows, set_status
from novu_core.http.surface import Method, Operation, Route
from novu_core.types import JsonObject

_CONTROLS: dict[Method, Operation] = {
    "GET": Operation(get_controls, "Stored control values", {200: about.ControlsResponse}, (400, 404), edits=True),
    "PUT": Operation(
        set_controls,
        "Replace stored control values",
        {200: about.ControlsResponse},
        (400, 404, 412, 413),
        {"type": "object"},
        edits=True,
    ),
}
_HISTORY: dict[Method, Operation] = {
    "GET": Operation(
        list_versions,
        "Past control values, with when and by whom they were set",
        {200: about.ControlsHistory},
        (400, 404),
        query=PAGE,
        edits=True,
    )
}
_PREVIEWED: JsonObject = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "payload": {"type": "object"},
        "to": {"type": ["string", "object"]},
        "controls": {"type": "object"},
        "events": {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 100},
                {"type": "array", "maxItems": 100, "items": {"type": "object", "required": ["payload"]}},
            ]
        },
        "results": {"type": "object"},
    },
}
ROUTES = (
    Route(
        "/workflows",
        {"GET": Operation(list_workflows, "Every workflow", {200: about.WorkflowPage}, edits=True)},
    ),
    Route(
        "/workflows/{workflow_id}",
        {"GET": Operation(get_workflow, "One workflow", {200: about.WorkflowDescription}, (404,), edits=True)},
    ),
    Route(
        "/workflows/{workflow_id}/source",
        {"GET": Operation(get_source, "The source of its function", {200: about.SourceResponse}, (404,))},
    ),
    Route(
        "/workflows/{workflow_id}/execute",
        {
            "POST": Operation(
                execute,
                "Trigger a workflow",
                {200: models.RunResponse, 202: (models.RunResponse, models.TriggerResponse)},
                (400, 404, 409, 413, 500),
                models.TriggerPayload,
            )
        },
    ),
    Route(
        "/workflows/{workflow_id}/status",
        {
            "POST": Operation(
                set_status,
                "Activate a draft, or archive a workflow",
                {200: about.StatusResponse},
                (400, 404, 409, 413),
                about.StatusPayload,
            )
        },
    ),
    Route("/workflows/{workflow_id}/controls", _CONTROLS),
    Route("/workflows/{workflow_id}/controls/history", _HISTORY),
    Route("/workflows/{workflow_id}/steps/{step_id}/controls", _CONTROLS),
    Route("/workflows/{workflow_id}/steps/{step_id}/controls/history", _HISTORY),
    Route(
        "/workflows/{workflow_id}/steps/{step_id}/preview",
        {
            "POST": Operation(
                preview_step,
                "Preview a step; nothing is sent, stored or run",
                {200: about.PreviewResponse},
                (400, 404, 413),
                _PREVIEWED,
                edits=True,
            )
        },
    ),
    Route(
        "/triggers/{transaction_id}",
        {"DELETE": Operation(cancel_trigger, "Cancel what a trigger started", {200: models.CanceledResponse})},
    ),
)
