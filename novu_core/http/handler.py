"""The one request handler: every framework mounts it, so that all of them answer with the same bytes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from novu_core.aio import IO
from novu_core.bridge.bridge import Bridge
from novu_core.client import Client
from novu_core.errors import MethodNotAllowedError
from novu_core.http import openapi
from novu_core.http.authentication import authenticate
from novu_core.http.bodies import check_parameter
from novu_core.http.errors import error_response
from novu_core.http.messages import Request, Response
from novu_core.http.operations import Operations
from novu_core.http.routes import BRIDGE, Route
from novu_core.remote import Remote
from novu_core.settings import Settings
from novu_core.types import JsonObject
from novu_core.version import VERSION

logger = logging.getLogger("novu_core")


class Handler:
    """Answers requests for one client. ``server``: the adapter's name on the wire (``flask``, ``fastapi``, ...)."""

    def __init__(self, client: Client, server: str) -> None:
        self._client = client
        settings = client.settings
        self._expose = settings.exposes_errors
        self._operations = Operations(client)
        self.max_body_bytes = settings.max_body_bytes
        self._bridge = Bridge(
            client.registry,
            keys=settings.secret_key,
            strict=settings.strict,
            expose=self._expose,
            server=server,
            version=VERSION,
            clock=client.clock,
            max_body_bytes=settings.max_body_bytes,
            forward=_forward(settings),
        )
        if settings.strict and not settings.secret_key:
            logger.warning(
                "NOVU_SECRET_KEY is not set and authentication is strict: all requests but health are refused."
            )

    async def handle(self, route: Route, request: Request, io: IO) -> Response:
        """Answer a request; a process's first one starts its worker.

        Never raises: an unforeseen error is a 500 with an ``error_id`` that the log knows.
        """
        self._client.wake()
        if route is BRIDGE:
            return await self._to_bridge(request, io)
        try:
            response = await self._dispatch(route, request, io)
        except Exception as error:
            response = error_response(error, expose=self._expose)
        allowed = self._cross_origin(route, request)
        if allowed:
            response = Response(response.status, response.body, {**response.headers, **allowed})
        return response

    async def _to_bridge(self, request: Request, io: IO) -> Response:
        status, headers, body = await self._bridge.handle(
            request.method, request.query, request.headers.get, request.body, io
        )
        return Response(status, body, headers)

    async def _dispatch(self, route: Route, request: Request, io: IO) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return Response.json(200, {}, {"allow": ", ".join(_methods(route))})
        operation = dict(route.operations).get(method)  # type: ignore[call-overload]  # any method may come in
        if operation is None:
            error = MethodNotAllowedError(f"Method {method} is not allowed here; use {', '.join(_methods(route))}.")
            error.allowed = _methods(route)
            raise error
        if operation == "health":
            health = await io.call(self._bridge.health)
            return Response.json(200, health)
        if operation == "openapi":
            return Response.json(200, openapi.document())
        authenticate(request, self._client.settings)
        for name, value in (*request.path_params.items(), *request.query):
            check_parameter(name, value)
        found: Response = await getattr(self._operations, operation)(request, io)
        return found

    def _cross_origin(self, route: Route, request: Request) -> Mapping[str, str]:
        origin = request.headers.get("origin")
        origins = self._client.settings.cors_origins
        if not origin or not origins or not ("*" in origins or origin in origins):
            return {}
        return {
            "access-control-allow-origin": origin,
            "access-control-allow-methods": ", ".join(_methods(route)),
            "access-control-allow-headers": "authorization, content-type",
            "access-control-max-age": "600",
            "vary": "Origin",
        }


def _forward(settings: Settings) -> Callable[[JsonObject], tuple[int, Any]] | None:
    return Remote(settings.api_url, settings.secret_key[0]).forward if settings.secret_key else None


def _methods(route: Route) -> list[str]:
    heads = ["HEAD"] if "GET" in route.operations else []
    return [*route.operations, *heads, "OPTIONS"]
