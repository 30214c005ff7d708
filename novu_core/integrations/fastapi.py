"""The FastAPI router: converts Starlette's requests and responses for the one request handler, and nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

try:
    from fastapi import APIRouter, FastAPI, routing
    from fastapi.routing import APIRoute
    from starlette.convertors import Convertor, register_url_convertor
    from starlette.middleware.cors import CORSMiddleware
    from starlette.requests import Request as StarletteRequest
    from starlette.responses import Response as StarletteResponse
    from starlette.routing import Match
    from starlette.types import Message, Receive, Scope, Send
    from starlette.websockets import WebSocket
except ImportError as error:  # pragma: no cover  # this file is what the extra is for
    raise ImportError("novu_core.integrations.fastapi needs FastAPI: pip install 'flask-novu[fastapi]'") from error

from novu_core.aio import Looped
from novu_core.client import Client
from novu_core.errors import ConfigurationError
from novu_core.http.browsers import IN_PROCESS
from novu_core.http.handler import Handler, unserved
from novu_core.http.messages import Request, Response, target_of
from novu_core.http.routes import ROUTES
from novu_core.http.sockets import PLAIN, SOCKETIO
from novu_core.http.surface import METHODS, REST, Route, Surface
from novu_core.integrations.announcing import announce
from novu_core.settings import Settings, as_keys, environment

_IO = Looped()
_IN_PROCESS = (("testclient", 50000), ("127.0.0.1", 123))
"""The addresses that Starlette's and httpx's test clients pretend to have; no connection comes from such a port."""


class _Rest(Convertor[str]):
    regex = REST

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("novu_rest", _Rest())


class _Route(APIRoute):
    """A route whose endpoint reads the request itself; FastAPI's handling, a quarter of the time, is left out.

    But where ``dependencies=`` were added, which may guard the routes: those run as on any other route.
    """

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        pattern = self.path_regex.pattern.removesuffix("$")  # which lets a line break follow
        self.path_regex = re.compile(pattern + r"/?\Z")

    def get_route_handler(self) -> Callable[[StarletteRequest], Coroutine[Any, Any, StarletteResponse]]:
        """Return the endpoint as it is, where nothing depends on FastAPI."""
        included = getattr(routing, "_effective_route_context_var", None)  # what include_router() adds, lately
        if included is None and hasattr(routing, "_IncludedRouter"):
            return super().get_route_handler()  # pragma: no cover  # a FastAPI that hides it
        context = included.get() if included is not None else None
        route = self if context is None else context
        return super().get_route_handler() if route.dependant.dependencies else self.endpoint

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match every method, also one that no list names: the handler refuses it, in JSON."""
        match, child = super().matches(scope)
        if match is Match.PARTIAL:
            return Match.FULL, {**child, "method": METHODS[0], "novu_method": scope["method"]}
        return match, child


class NovuRouter(APIRouter):
    """A router with every route of the table, and the client behind it as ``router.client``.

    ``workflows`` as :class:`novu_core.Client` takes them; ``settings``: a Settings or a mapping of ``NOVU_*`` names; or
    any of its fields as keywords (argument > ``NOVU_*`` of the environment > default). Authentication is strict unless
    the app is in debug mode. The client is built on first use, so settings changed until then count; only the
    prefix is read here.
    """

    def __init__(
        self,
        workflows: Any = None,
        *,
        client: Client | None = None,
        settings: Settings | Mapping[str, Any] | None = None,
        prefix: str | None = None,
        **given: Any,
    ) -> None:
        if given and settings is not None:
            raise ConfigurationError(f"Pass either settings= or keywords such as {next(iter(given))}=, not both.")
        as_keys(given)
        self._settings = settings
        self._given = given
        self._app: Any = None
        self.client = client or Client(self._resolved, workflows, console=None)
        self._handler: Handler | None = None
        self._shared: dict[str, CORSMiddleware] = {}
        found = Settings.build(url_prefix=prefix).url_prefix if prefix else self._loaded().url_prefix
        self.client.mounted = found
        super().__init__(prefix=found, lifespan=self.close_at_the_end)
        self._offer()

    def _offer(self) -> None:
        self._mount(self, "")

    def _mount(self, router: APIRouter, prefix: str) -> None:
        for surface, route in ROUTES:
            router.add_api_route(
                prefix + route.pattern("{{{}}}", "{{{}:novu_rest}}"),
                self._view(surface, route),
                methods=list(METHODS),
                name=route.name,
                include_in_schema=False,
                route_class_override=_Route,
            )
        for path in (PLAIN, SOCKETIO):
            for mounted in (prefix + path, prefix + path + "/"):
                router.add_api_websocket_route(mounted, self._socket(path))

    def _socket(self, path: str) -> Callable[[WebSocket], Awaitable[None]]:
        async def live(websocket: WebSocket) -> None:
            from novu_core.live.asgi import serve  # imported when a client comes, not when an app starts
            from novu_core.live.doors import DOORS

            self._serves(websocket.app)
            await serve(self.client, DOORS[path], websocket.scope, websocket.receive, websocket.send)

        return live

    def _serves(self, app: Any) -> None:
        if self._app is None:
            self._app = app
            title = getattr(app, "title", "FastAPI")
            self.client.name = self.client.name or (None if title == "FastAPI" else title)

    def _loaded(self, *, debug: bool = False) -> Settings:
        if isinstance(self._settings, Settings):
            return self._settings
        return Settings.load(as_keys(self._given), as_keys(self._settings or {}), environment(), debug=debug)

    def _resolved(self) -> Settings:
        return self._loaded(debug=bool(getattr(self._app, "debug", False)))

    def _handler_for(self, request: StarletteRequest) -> Handler:
        if self._handler is None:
            self._serves(request.app)
            self._handler = Handler(self.client, "fastapi")
        return self._handler

    def _view(self, surface: Surface, route: Route) -> Callable[[StarletteRequest], Awaitable[StarletteResponse]]:
        async def view(request: StarletteRequest) -> StarletteResponse:
            try:
                handler = self._handler_for(request)
                cors = self._cors(surface, route)
            except Exception as error:
                return _response(unserved(surface, "fastapi", _target(request), error))
            if cors is not None and _is_preflight(request):
                return _varying(cors.preflight_response(request.headers))
            response = _response(await handler.handle(surface, route, await self._request(request), _IO))
            if cors is not None:
                await _share(response, cors, request)
                return _varying(response)
            return response

        view.novu = self.client  # type: ignore[attr-defined]  # `python -m novu_core` finds it in an app that is not started
        return view

    async def _request(self, request: StarletteRequest) -> Request:
        limit, body = self.client.settings.max_body_bytes, bytearray()
        unread = False
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    break
        except Exception:  # each server has its own
            unread = True
        address = request.client
        return Request(
            method=request.scope.get("novu_method", request.method),
            query=request.query_params.multi_items(),
            headers=request.headers,
            body=bytes(body[: limit + 1]),
            path=request.scope["path"],
            path_params=dict(request.path_params),
            raw_path=_raw_path(request).partition(self.prefix)[2] or None,
            target=_target(request),
            client=IN_PROCESS if address in _IN_PROCESS else address.host if address else None,
            scheme=request.url.scheme,
            unread=unread,
            source=request,
        )

    def _cors(self, surface: Surface, route: Route) -> CORSMiddleware | None:
        cross_origin = self.client.settings.cross_origin
        if not surface.cross_origin or not cross_origin.origins:
            return None
        if route.path not in self._shared:
            options = cross_origin.for_starlette(route.methods, surface.request_headers)
            self._shared[route.path] = CORSMiddleware(_nothing, **options)
        return self._shared[route.path]

    @asynccontextmanager
    async def close_at_the_end(self, app: Any) -> AsyncGenerator[None]:
        """Show the client as ``app.state.novu``, start its worker, and close it when the app ends."""
        self._serves(app)
        app.state.novu = self.client
        await _IO.call(self.client.wake)
        announce(app, self.client)
        yield
        await _IO.call(self.client.close)


def _response(answer: Response) -> StarletteResponse:
    return StarletteResponse(answer.body, answer.status, dict(answer.headers))


def _raw_path(request: StarletteRequest) -> str:
    sent: bytes = request.scope.get("raw_path", b"")
    return sent.decode("latin-1")


def _target(request: StarletteRequest) -> str:
    return target_of(_raw_path(request), request.scope["path"], request.scope["query_string"].decode("latin-1"))


def _is_preflight(request: StarletteRequest) -> bool:
    headers = request.headers
    return request.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


async def _share(response: StarletteResponse, cors: CORSMiddleware, request: StarletteRequest) -> None:
    """Let the middleware add its headers to a response: around one route, where no app can be wrapped."""
    if "origin" not in request.headers:  # an older middleware needs one
        return

    async def keep(message: Message) -> None:
        response.raw_headers = message["headers"]

    start = {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
    await cors.send(start, send=keep, request_headers=request.headers)


def _varying(response: StarletteResponse) -> StarletteResponse:
    """Say that the answer depends on the origin, also where the middleware sees nothing to say."""
    told = response.headers.get("vary", "")
    if "origin" not in (name.strip().lower() for name in told.split(",")):
        response.headers.add_vary_header("Origin")
    return response


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """The app that :func:`_share` does not call."""


class _Apart(NovuRouter):
    """One whose routes an app's own router has: within that, another would cost each request a second match."""

    def _offer(self) -> None:
        """Keep no routes."""


def serve(app: FastAPI, route: str = "/api/novu", workflows: Any = None, **settings: Any) -> Client:
    """Mount workflows on ``app`` under ``route`` and return the client; the same call exists for Flask."""
    if "url_prefix" in settings:
        raise TypeError("serve() takes the prefix as its argument `route`, not as url_prefix.")
    if hasattr(app.state, "novu"):
        raise RuntimeError("This FastAPI app already serves workflows. Call serve(app) only once.")
    router = _Apart(workflows, prefix=route, **settings)
    router._serves(app)
    router._mount(app.router, router.prefix)
    app.router.lifespan_context = _both(app.router.lifespan_context, router.close_at_the_end)
    app.state.novu = router.client
    return router.client


def _both(outer: Callable[[Any], Any], inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncGenerator[Any]:
        async with outer(app) as state, inner(app):
            yield state

    return lifespan
