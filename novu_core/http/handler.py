"""The one request handler: every framework mounts it, so that all of them answer with the same bytes."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.client import Client
from novu_core.http.messages import Request, Response
from novu_core.http.surface import Route, Served, Surface
from novu_core.lines import logger_of

logger = logger_of(__name__)


class Handler:
    """Answers requests for one client. ``server``: the adapter's name on the wire (``flask``, ``fastapi``, ...)."""

    def __init__(self, client: Client, server: str) -> None:
        self._served = Served(client, server)
        settings = client.settings
        if settings.strict and not settings.secret_key:
            logger.warning(
                "NOVU_SECRET_KEY is not set, and authentication is strict: all requests except the health check are "
                "refused."
            )

    async def handle(self, surface: Surface, route: Route, request: Request, io: IO) -> Response:
        """Answer a request; a process's first one starts its worker.

        Never raises: an unforeseen error is a 500 with an ``error_id`` that the log knows.
        """
        try:
            self._served.client.wake()
        except Exception as error:
            return surface.refuse(self._served, request, error)
        return await surface.answer(self._served, route, request, io)


class _Nobody(Served):
    """What stands for a client that could not be built."""

    def __init__(self, server: str) -> None:
        self.server = server

    @property
    def expose(self) -> bool:
        """Nothing says that answers may carry errors."""
        return False


def unserved(surface: Surface, server: str, target: str, error: Exception) -> Response:
    """Return the answer for a client that could not be built: a 500 in the surface's shape; the log says why.

    ``target``: what was asked for, as in a Request.
    """
    return surface.refuse(_Nobody(server), Request("GET", target=target), error)
