"""Every route of Novu's server API, and which of them answers a request."""

from __future__ import annotations

from dataclasses import replace

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.novu import (
    activity,
    credentials,
    events,
    feed,
    inbox,
    integrations,
    memberships,
    messages,
    older_preferences,
    preferences,
    subscribers,
    topics,
    workflows,
)
from novu_core.http.novu.authentication import authenticate
from novu_core.http.novu.unavailable import not_available, way_out
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.sizes import affordable
from novu_core.http.shapes.table import Table, segments_of
from novu_core.http.surface import Route, Served

_GROUPS = (
    events,
    subscribers,
    credentials,
    preferences,
    older_preferences,
    topics,
    memberships,
    messages,
    activity,
    inbox,
    feed,
    workflows,
    integrations,
)
ROUTES = tuple(route for group in _GROUPS for route in group.ROUTES)
"""Every route, of both versions."""
_TABLE = Table(ROUTES)


async def answer(version: str, served: Served, request: Request, io: IO) -> Response:
    """Answer for any path below ``/v1`` or ``/v2``; OPTIONS passes no guard."""
    segments = segments_of(version, request)
    found = list(_TABLE.matching(segments))
    methods = _methods([route for route, _ in found])
    way = way_out(segments)
    known = bool(found) or way is not None
    if request.method == "OPTIONS" and known:
        return Response.json(200, {}, {"allow": ", ".join(methods)})
    authenticate(request, served.client.settings)
    if not known:
        raise Refusal(404, f"Cannot {request.method} {request.target.partition('?')[0]}")
    wanted = "GET" if request.method == "HEAD" else request.method
    for route, params in found:
        for method, operation in route.operations.items():
            if method == wanted:
                return affordable(await operation.run(served, replace(request, path_params=params), io))
    raise not_available(request.method, segments, methods, way)


def _methods(routes: list[Route]) -> list[str]:
    """The methods that a path answers, for ``Allow``."""
    methods = [method for route in routes for method in route.operations]
    heads = ["HEAD"] if "GET" in methods else []
    return [*dict.fromkeys(methods), *heads, "OPTIONS"]
