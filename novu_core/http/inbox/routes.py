"""Every route of the inbox API, and which of them answers a request."""

from __future__ import annotations

from dataclasses import replace

from novu_core.aio import IO
from novu_core.http.inbox import messages, preferences, session
from novu_core.http.messages import Request, Response
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.sizes import affordable
from novu_core.http.shapes.table import Table, segments_of
from novu_core.http.surface import METHODS, Route, Served

BASE = "v1/inbox"
_GROUPS = (session, messages, preferences)
ROUTES: tuple[Route, ...] = tuple(route for group in _GROUPS for route in group.ROUTES)
"""Every route."""
_TABLE = Table(ROUTES)


async def answer(served: Served, request: Request, io: IO) -> Response:
    """Answer for any path below ``/v1/inbox``; OPTIONS needs no token, as no browser sends one with a preflight."""
    if request.method == "OPTIONS":
        return Response.json(200, {}, {"allow": ", ".join(METHODS)})
    wanted = "GET" if request.method == "HEAD" else request.method
    for route, params in _TABLE.matching(segments_of(BASE, request)):
        for method, operation in route.operations.items():
            if method == wanted:
                return affordable(await operation.run(served, replace(request, path_params=params), io))
    raise Refusal(404, f"Cannot {request.method} {request.target.partition('?')[0]}")
