"""The doors of live clients, for requests that no face has handed to the hub: why they are not, in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.shapes.errors import refusal_of, refusal_response
from novu_core.http.surface import Operation, Route, Served, Surface

if TYPE_CHECKING:
    from novu_core.live.handshake import Refusal

SOCKETIO, PLAIN = "/socket.io", "/v1/inbox/socket"


async def socketio(served: Served, request: Request, io: IO) -> Response:
    """Answer at the door of socket.io's clients."""
    from novu_core.live.doors import SocketIO  # imported when a client comes, not when an app starts
    from novu_core.live.handshake import unserved

    return _response(unserved(SocketIO, request.query, request.headers))


async def plain(served: Served, request: Request, io: IO) -> Response:
    """Answer at the plain door."""
    from novu_core.live.doors import Plain
    from novu_core.live.handshake import unserved

    return _response(unserved(Plain, request.query, request.headers))


def _response(found: Refusal) -> Response:
    return Response.json(found.status, found.body, found.headers)


def _guard(served: Served, request: Request) -> None:
    """Leave it to the handshake."""


def _error(served: Served, request: Request, error: BaseException) -> Response:
    refusal = refusal_of(error)
    return refusal_response(request, refusal, refusal.more)


SURFACE = Surface(
    (
        Route(SOCKETIO, {"GET": Operation(socketio, public=True)}),
        Route(PLAIN, {"GET": Operation(plain, public=True)}),
    ),
    _guard,
    _error,
)
