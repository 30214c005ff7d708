"""The bell's file, for everybody."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.surface import Operation, Route, Served
from novu_core.inbox import SCRIPT, script


async def inbox_script(served: Served, request: Request, io: IO) -> Response:
    """Answer with the file, or that what the browser has is still the same."""
    found = script()
    kept = {"etag": found.tag, "cache-control": "public, max-age=600", "x-content-type-options": "nosniff"}
    if found.tag in (request.headers.get("if-none-match") or ""):
        return Response(304, b"", kept)
    return Response(200, found.body, {"content-type": "text/javascript; charset=utf-8", **kept})


ROUTE = Route(SCRIPT, {"GET": Operation(inbox_script, public=True, kept=True)})
