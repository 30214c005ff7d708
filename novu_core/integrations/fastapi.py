"""The FastAPI router: converts Starlette's requests and responses for the one request handler, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

try:
    from fastapi import APIRouter, FastAPI
    from starlette.requests import Request as StarletteRequest
    from starlette.responses import Response as StarletteResponse
except ImportError as error:  # pragma: no cover  # this file is what the extra is for
    raise ImportError("novu_core.integrations.fastapi needs FastAPI: pip install 'flask-novu[fastapi]'") from error

from novu_core.aio import Looped
from novu_core.client import Client
from novu_core.http.handler import Handler
from novu_core.http.messages import Request
from novu_core.http.routes import METHODS, ROUTES, Route
from novu_core.settings import Settings, as_keys, environment

_IO = Looped()


class NovuRouter(APIRouter):
    """A router with every route of the table, and the client behind it as ``router.client``.

    ``workflows`` as :class:`novu_core.Client` takes them; ``settings``: a Settings, or any of its fields as keywords
    (argument > ``NOVU_*`` of the environment > default). Authentication is strict unless the app is in debug mode,
    which is asked when the app starts (without a lifespan: at the first request); the client takes shape then.
    """

    def __init__(
        self,
        workflows: Any = None,
        *,
        client: Client | None = None,
        settings: Settings | None = None,
        prefix: str | None = None,
        **given: Any,
    ) -> None:
        self._workflows = workflows
        self._settings = settings
        self._given = given
        self._client = client
        self._handler: Handler | None = None
        found = prefix or (settings or Settings.load(as_keys(given), environment())).url_prefix
        super().__init__(prefix=found.rstrip("/"), lifespan=self.close_at_the_end)
        for route in ROUTES:
            for path in (route.path, route.path + "/"):
                self.add_route(self.prefix + path, self._view(route), methods=list(METHODS), name=route.name)

    @property
    def client(self) -> Client:
        """The client; made at the first use, for a debugging app if ``debug`` was asked for then."""
        return self._client or self._make(debug=False)

    def _make(self, debug: bool) -> Client:
        settings = self._settings or Settings.load(as_keys(self._given), environment(), debug=debug)
        self._client = Client(settings, self._workflows, console=settings.debug or settings.testing)
        return self._client

    def _handler_for(self, request: StarletteRequest) -> Handler:
        if self._handler is None:
            client = self._client or self._make(debug=bool(getattr(request.app, "debug", False)))
            self._handler = Handler(client, "fastapi")
        return self._handler

    def _view(self, route: Route) -> Callable[[StarletteRequest], Awaitable[StarletteResponse]]:
        async def view(request: StarletteRequest) -> StarletteResponse:
            handler = self._handler_for(request)
            answer = await handler.handle(route, await _request(request, handler.max_body_bytes), _IO)
            return StarletteResponse(answer.body, answer.status, dict(answer.headers))

        return view

    @asynccontextmanager
    async def close_at_the_end(self, app: Any) -> AsyncIterator[None]:
        """Show the client as ``app.state.novu``, start its worker, and close it when the app ends."""
        app.state.novu = self._client or self._make(debug=bool(getattr(app, "debug", False)))
        await _IO.call(app.state.novu.wake)
        yield
        if self._client is not None:
            await _IO.call(self._client.close)


async def _request(request: StarletteRequest, limit: int) -> Request:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            break
    return Request(
        method=request.method,
        query=request.query_params.multi_items(),
        headers=request.headers,
        body=bytes(body[: limit + 1]),
        path_params=dict(request.path_params),
    )


def serve(app: FastAPI, route: str = "/api/novu", workflows: Any = None, **settings: Any) -> Client:
    """Mount workflows on ``app`` under ``route`` and return the client; the same call exists for Flask."""
    chosen: Settings | None = settings.pop("settings", None)
    resolved = chosen or Settings.load(as_keys(settings), environment(), debug=app.debug)
    router = NovuRouter(workflows, settings=resolved, prefix=route)
    app.router.routes.extend(router.routes)
    app.router.lifespan_context = _both(app.router.lifespan_context, router.close_at_the_end)
    app.state.novu = router.client
    return router.client


def _both(outer: Callable[[Any], Any], inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Any]:
        async with outer(app) as state, inner(app):
            yield state

    return lifespan
