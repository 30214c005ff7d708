"""The surface of Novu's server API: everything below ``/v1`` and ``/v2``, whose own table finds the route."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.novu.authentication import authenticate
from novu_core.http.novu.errors import error_response
from novu_core.http.surface import Operation, Route, Served, Surface


async def version_1(served: Served, request: Request, io: IO) -> Response:
    """Answer for a path below ``/v1``."""
    return await _answer("v1", served, request, io)


async def version_2(served: Served, request: Request, io: IO) -> Response:
    """Answer for a path below ``/v2``."""
    return await _answer("v2", served, request, io)


async def _answer(version: str, served: Served, request: Request, io: IO) -> Response:
    from novu_core.http.novu.routes import answer  # needs the engine, which definitions alone do not load

    return await answer(version, served, request, io)


def _below(path: str, operation: Operation) -> tuple[Route, ...]:
    return Route(path, {}, otherwise=operation), Route(path + "/{path...}", {}, otherwise=operation)


SURFACE = Surface(
    (*_below("/v1", Operation(version_1, public=True)), *_below("/v2", Operation(version_2, public=True))),
    lambda served, request: authenticate(request, served.client.settings),
    error_response,
)
"""Its operations are public as OPTIONS is; the table asks the guard for every other method."""
