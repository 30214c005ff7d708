"""The bridge's surface: one route for every method, signed by Novu (PROTOCOL section 1)."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.bridge.bridge import Bridge
from novu_core.bridge.protocol import error_body, response_headers
from novu_core.cloud.remote import Remote
from novu_core.http.browsers import check_same_site
from novu_core.http.messages import Request, Response
from novu_core.http.surface import Operation, Route, Served, Surface
from novu_core.javascript.canonical import encode
from novu_core.lines import logger_of
from novu_core.version import VERSION

logger = logger_of(__name__)


async def bridge(served: Served, request: Request, io: IO) -> Response:
    """Answer Novu, refusals included: their bodies and their headers are the peer's."""
    watch = served.client.events.watch.bridge
    status, headers, body = await served.keep(_bridge).handle(
        request.method, request.query, request.headers.get, request.body, io, watch
    )
    return Response(status, body, headers)


def _bridge(served: Served) -> Bridge:
    settings = served.client.settings
    return Bridge(
        served.client.registry,
        keys=settings.secret_key,
        strict=settings.strict,
        expose=served.expose,
        server=served.server,
        version=VERSION,
        clock=served.client.clock,
        max_body_bytes=settings.max_body_bytes,
        forward=Remote(settings.api_url, settings.secret_key[0]).forward if settings.secret_key else None,
        templates=served.client.templates,
    )


def _guard(served: Served, request: Request) -> None:
    """Leave signatures to the bridge, which knows what needs one; without, no page of another origin may trigger."""
    if not served.client.settings.strict and request.first("action") == "trigger":
        check_same_site(request)


def _refused(served: Served, request: Request, error: BaseException) -> Response:
    """Answer for the guard, and where there is no bridge; it answers every other error itself."""
    status, body = error_body(error, served.expose)
    if status >= 500:
        logger.error("The bridge could not be reached", exc_info=error)
        if not served.expose:
            body = {"message": "Internal server error; see the server log.", "code": body["code"]}
    return Response(status, encode(body), response_headers(served.server, VERSION))


_ANY = Operation(bridge)
BRIDGE = Route("", {"GET": _ANY, "POST": _ANY}, otherwise=_ANY)
SURFACE = Surface((BRIDGE,), _guard, _refused, cross_origin=False)
