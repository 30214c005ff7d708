"""The rest surface: what the managers know, for whoever sends the API key or uses the Studio."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from novu_core.aio import IO
from novu_core.bridge.health import Health
from novu_core.errors import PathNotFoundError
from novu_core.http.bodies import check_parameter
from novu_core.http.errors import error_response
from novu_core.http.messages import Request, Response
from novu_core.http.rest import (
    execution_routes,
    message_routes,
    models,
    studio_routes,
    subscriber_routes,
    suppression_routes,
    system_routes,
    workflow_routes,
)
from novu_core.http.rest.authentication import admit
from novu_core.http.rest.openapi import document
from novu_core.http.rest.parameters import TEXT
from novu_core.http.rest.readiness import readiness
from novu_core.http.surface import Operation, Route, Served, Surface
from novu_core.types import JsonObject
from novu_core.version import VERSION


async def health(served: Served, request: Request, io: IO) -> Response:
    """Answer the health check; with ``?ready`` whether the store answers and a worker lives."""
    if request.first("ready") is not None:
        return await readiness(served, request, io)
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


ROUTES = (
    Route(
        "/health",
        {
            "GET": Operation(
                health,
                "Whether the server is up, and how much it serves",
                {200: models.HealthAnswer, 503: models.ReadinessResponse},
                query={"ready": TEXT},
                public=True,
                kept=True,
            )
        },
    ),
    Route("/openapi.json", {"GET": Operation(openapi, "This document", {200: None}, public=True, kept=True)}),
    *workflow_routes.ROUTES,
    *execution_routes.ROUTES,
    *message_routes.ROUTES,
    *subscriber_routes.ROUTES,
    *suppression_routes.ROUTES,
    *system_routes.ROUTES,
    *studio_routes.ROUTES,
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
