"""The surface of the inbox: the bell's file, and everything below ``/v1/inbox``, whose own table finds the route."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.http.inbox.errors import error_response
from novu_core.http.inbox.script import ROUTE as SCRIPT
from novu_core.http.messages import Request, Response
from novu_core.http.surface import Operation, Route, Served, Surface

HEADERS = (
    "authorization",
    "content-type",
    "novu-api-version",
    "novu-client-version",
    "novu-application-identifier",
)
"""What Novu's browser clients send."""


async def inbox(served: Served, request: Request, io: IO) -> Response:
    """Answer for a path below ``/v1/inbox``."""
    from novu_core.http.inbox.routes import answer  # needs the engine, which definitions alone do not load

    return await answer(served, request, io)


def _guard(served: Served, request: Request) -> None:
    """Leave it to the operations: each but the session is run for a token's owner."""


_ANY = Operation(inbox, public=True)
SURFACE = Surface(
    (SCRIPT, Route("/v1/inbox", {}, otherwise=_ANY), Route("/v1/inbox/{path...}", {}, otherwise=_ANY)),
    _guard,
    error_response,
    request_headers=HEADERS,
)
