"""The surface of the pages behind links: what fails is a page, too, which says what to do and nothing else."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from novu_core.aio import IO
from novu_core.errors import MethodNotAllowedError, NovuError
from novu_core.http.messages import Request, Response
from novu_core.http.surface import Operation, Route, Served, Surface
from novu_core.lines import logger_of
from novu_core.records.links import PREFERENCES, UNSUBSCRIBE

logger = logger_of(__name__)
_NEWEST = "Open the newest e-mail that you have from us and follow the link in it. If that fails too, write to us."


async def unsubscribe(served: Served, request: Request, io: IO) -> Response:
    """Answer for a link to unsubscribe."""
    from novu_core.http.unsubscribe import unsubscribing  # needs the engine, which definitions alone do not load

    return await io.call(unsubscribing.answer, served.client, request)


async def preferences(served: Served, request: Request, io: IO) -> Response:
    """Answer for a link to the preference centre."""
    from novu_core.http.unsubscribe import centre

    return await io.call(centre.answer, served.client, request)


def _guard(served: Served, request: Request) -> None:
    """Leave it to the pages: each is for the bearers of a link."""


def _error(served: Served, request: Request, error: BaseException) -> Response:
    from novu_core.http.unsubscribe.guard import LinkRefused
    from novu_core.http.unsubscribe.render import plain

    if isinstance(error, LinkRefused):
        return plain(404, "This link does not work any more.", _NEWEST)
    if isinstance(error, NovuError) and error.status_code < 500:
        answer = plain(error.status_code, "That could not be read.", "Go back, reload the page and try again.")
        allowed = {"allow": ", ".join(error.allowed)} if isinstance(error, MethodNotAllowedError) else {}
        return replace(answer, headers={**answer.headers, **allowed})
    error_id = str(uuid4())
    logger.error("Request failed (error_id %s)", error_id, exc_info=error)
    return plain(500, "That did not work, and it is our fault.", f"Try again later. (error_id {error_id})")


def _route(path: str, operation: Operation) -> Route:
    return Route(path + "/{token}", {"GET": operation, "POST": operation})


SURFACE = Surface(
    (
        _route(UNSUBSCRIBE, Operation(unsubscribe, public=True)),
        _route(PREFERENCES, Operation(preferences, public=True)),
    ),
    _guard,
    _error,
    cross_origin=False,
)
