"""The route to which providers post what became of messages; each post is guarded as its service signs it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from novu_core.aio import IO
from novu_core.http.bodies import check_parameter, check_size
from novu_core.http.errors import error_response
from novu_core.http.messages import Request, Response
from novu_core.http.surface import Operation, Route, Served, Surface

if TYPE_CHECKING:  # needed only when somebody posts
    from novu_core.delivery.events.base import EventSource, Post


@dataclass(frozen=True)
class _Verified:
    """Who sent a post, and the post."""

    source: EventSource
    post: Post


async def take_report(served: Served, request: Request, io: IO) -> Response:
    """Mark the messages that a report is about, and suppress addresses."""
    verified = cast(_Verified, request.source)
    taken = await io.slow(served.client.reports.take, verified.source, verified.post)
    return Response.json(200, {"events": taken.events, "marked": taken.marked})


async def _admit(served: Served, request: Request, operation: Operation, io: IO) -> Request:
    """Return the request with who sent it. Raises what :meth:`Reports.source` does, and RequestTooLargeError."""
    from novu_core.delivery.events.base import Post

    name = request.path_params["provider"]
    check_parameter("provider", name)
    check_size(request, served.client.settings.max_body_bytes)
    post = Post(request.headers, request.body, served.client.clock.now())
    source = await io.slow(served.client.reports.source, name, post)
    return replace(request, source=_Verified(source, post))


def _guard(served: Served, request: Request) -> None:
    """Leave it to :func:`_admit`, which may ask the service for its certificate."""


def _error(served: Served, request: Request, error: BaseException) -> Response:
    return error_response(error, expose=served.expose)


SURFACE = Surface(
    (Route("/delivery/events/{provider}", {"POST": Operation(take_report)}),),
    _guard,
    _error,
    cross_origin=False,
    admit=_admit,
)
