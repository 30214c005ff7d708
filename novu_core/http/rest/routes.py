"""The rest surface: workflows, executions and controls, for whoever sends the API key."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from novu_core.aio import IO
from novu_core.bridge.health import Health
from novu_core.errors import PathNotFoundError
from novu_core.http.bodies import check_parameter
from novu_core.http.errors import error_response
from novu_core.http.messages import Request, Response
from novu_core.http.rest import models
from novu_core.http.rest.authentication import admit
from novu_core.http.rest.executions import cancel_execution, get_execution, list_executions, retry_execution
from novu_core.http.rest.openapi import document
from novu_core.http.rest.session import get_session, log_in, log_out
from novu_core.http.rest.workflows import (
    cancel_trigger,
    execute,
    get_controls,
    get_workflow,
    list_workflows,
    set_controls,
)
from novu_core.http.surface import Method, Operation, Route, Served, Surface
from novu_core.types import ExecutionStatus, JsonObject
from novu_core.version import VERSION

_TEXT: JsonObject = {"type": "string"}
_FILTERS: dict[str, JsonObject] = {
    "workflow_id": _TEXT,
    "status": {"type": "string", "enum": [status.value for status in ExecutionStatus]},
    "subscriber_id": _TEXT,
    "transaction_id": _TEXT,
    "cursor": _TEXT,
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
}


async def health(served: Served, request: Request, io: IO) -> Response:
    """Answer the health check."""
    return Response.json(200, await served.keep(_health).answer(io))


def _health(served: Served) -> Health:
    return Health(served.client.registry, VERSION)


async def openapi(served: Served, request: Request, io: IO) -> Response:
    """Return the OpenAPI document of these routes."""
    return Response.json(200, _document())


@cache
def _document() -> JsonObject:
    return document(ROUTES)


def _guard(served: Served, request: Request) -> None:
    for name, value in (*request.path_params.items(), *request.query):
        check_parameter(name, value)


def _error(served: Served, request: Request, error: BaseException) -> Response:
    return error_response(error, expose=served.expose)


_CONTROLS: dict[Method, Operation] = {
    "GET": Operation(get_controls, "Stored control values", {200: models.ControlsResponse}, (400, 404), edits=True),
    "PUT": Operation(
        set_controls,
        "Replace stored control values",
        {200: models.ControlsResponse},
        (400, 404, 413),
        {"type": "object"},
        edits=True,
    ),
}
_RAN = {200: models.RunResponse, 202: models.RunResponse}

ROUTES = (
    Route(
        "/health",
        {
            "GET": Operation(
                health,
                "Whether the server is up, and how much it serves",
                {200: models.HealthCheckResponse},
                public=True,
                kept=True,
            )
        },
    ),
    Route("/openapi.json", {"GET": Operation(openapi, "This document", {200: None}, public=True, kept=True)}),
    Route("/workflows", {"GET": Operation(list_workflows, "Every workflow", {200: models.WorkflowPage}, edits=True)}),
    Route(
        "/workflows/{workflow_id}",
        {"GET": Operation(get_workflow, "One workflow", {200: models.WorkflowDescription}, (404,), edits=True)},
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
    Route("/workflows/{workflow_id}/controls", _CONTROLS),
    Route("/workflows/{workflow_id}/steps/{step_id}/controls", _CONTROLS),
    Route(
        "/executions",
        {
            "GET": Operation(
                list_executions, "The history, newest first", {200: models.ExecutionPage}, (400,), query=_FILTERS
            )
        },
    ),
    Route(
        "/executions/{execution_id}",
        {"GET": Operation(get_execution, "One execution", {200: models.ExecutionResponse}, (404,))},
    ),
    Route(
        "/executions/{execution_id}/retry",
        {"POST": Operation(retry_execution, "Run a failed execution again", _RAN, (404, 409, 500))},
    ),
    Route(
        "/executions/{execution_id}/cancel",
        {"POST": Operation(cancel_execution, "End an execution", {200: models.ExecutionResponse}, (404, 409))},
    ),
    Route(
        "/triggers/{transaction_id}",
        {"DELETE": Operation(cancel_trigger, "End what a trigger started", {200: models.CanceledResponse})},
    ),
    Route(
        "/studio/session",
        {
            "GET": Operation(
                get_session, "Who asks, and what is on", {200: models.SessionResponse}, (404,), public=True
            ),
            "POST": Operation(
                log_in,
                "Log in to the Studio",
                {200: models.SessionResponse},
                (400, 401, 403, 404, 413, 429),
                models.LoginPayload,
                public=True,
            ),
            "DELETE": Operation(
                log_out, "Log out of the Studio", {200: models.SessionResponse}, (403, 404), public=True
            ),
        },
    ),
)


async def not_found(served: Served, request: Request, io: IO) -> Response:
    """Answer for a path that no route has, unless only an encoded slash in an id made it seem so."""
    for route in ROUTES:
        params = route.match(request.raw_path or "")
        if params is not None:
            return await SURFACE.answer(served, route, replace(request, path_params=params), io)
    raise PathNotFoundError(request.path_params["path"])


ELSEWHERE = Route("/{path...}", {}, otherwise=Operation(not_found, public=True))
SURFACE = Surface(ROUTES, _guard, _error, admit=admit)
REST = Surface((ELSEWHERE,), _guard, _error)
"""Whatever else is asked for under the prefix: the last surface."""
