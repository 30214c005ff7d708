"""The blueprint: converts Flask's requests and responses for the one request handler, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, request
from flask import Request as FlaskRequest
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.routing import PathConverter, Rule

from flask_novu.csrf import exempt
from flask_novu.globals import client_of
from novu_core.aio import Blocking, drive
from novu_core.client import Client
from novu_core.client.waking import Waking
from novu_core.http.messages import Request, target_of
from novu_core.http.messages import Response as Answer
from novu_core.http.routes import ROUTES
from novu_core.http.sockets import PLAIN, SOCKETIO
from novu_core.http.surface import REST, Route, Surface
from novu_core.integrations.announcing import TOLD, studio_at

if TYPE_CHECKING:
    from novu_core.http.handler import Handler

_IO = Blocking()
View = Callable[..., Response]


def make_blueprint() -> Blueprint:
    """Return a blueprint with every route of the table; one app, one blueprint."""
    blueprint = Blueprint("novu", __name__)
    blueprint.record(_mount)
    blueprint.before_app_request(_before(blueprint))
    return blueprint


def _mount(state: BlueprintSetupState) -> None:
    """Add the routes as rules for every method, also those that no list names: the handler refuses them, in JSON."""
    views, prefix = _Views(), state.url_prefix or ""
    state.app.url_map.converters.setdefault(_Rest.__name__, _Rest)
    for surface, route in ROUTES:
        endpoint = f"{state.name_prefix}.{state.name}.{route.name}".lstrip(".")
        state.app.url_map.add(
            Rule(
                prefix + route.pattern("<{}>", f"<{_Rest.__name__}:{{}}>"),
                endpoint=endpoint,
                subdomain=state.subdomain,
                strict_slashes=False,
                merge_slashes=False,
            )
        )
        state.app.view_functions[endpoint] = _late(views, surface, route, prefix)
    for path in (PLAIN, SOCKETIO):
        endpoint = f"{state.name_prefix}.{state.name}.live{path.replace('/', '_').replace('.', '_')}".lstrip(".")
        rule = Rule(prefix + path, endpoint=endpoint, subdomain=state.subdomain, strict_slashes=False, websocket=True)
        state.app.url_map.add(rule)
        state.app.view_functions[endpoint] = _live(path)


class _Rest(PathConverter):
    """The rest of a path: one character at least, slashes and line breaks too."""

    regex = REST
    part_isolating = False


def _before(blueprint: Blueprint) -> Callable[[], None]:
    """Return what each request of the app begins with. One hook for all of it: Flask looks at each hook every time."""
    wake, begun = Waking(), False

    def hook() -> None:
        nonlocal begun
        if not begun:
            exempt(current_app, blueprint)  # by now the app has its CSRFProtect, before or after this extension
            begun = True
            if current_app.debug:
                _tell_studio(request.url_root)
        if request.blueprint != "novu":  # a process's first request starts its worker; here the handler does it
            wake(lambda: client_of(current_app))

    return hook


def _tell_studio(url_root: str) -> None:
    """While debugging, tell where the Studio is: the first request tells the host."""
    found = studio_at(lambda: client_of(current_app), url_root)
    if found:
        current_app.logger.info(TOLD, found)


def _late(views: _Views, surface: Surface, route: Route, prefix: str) -> View:
    def view(**path_params: Any) -> Response:
        try:
            ready = views.of(client_of(current_app), surface, route, prefix)
        except Exception as error:
            from novu_core.http.handler import unserved

            return _response(unserved(surface, "flask", _target(request, _sent(request)), error))
        return ready(**path_params)

    return view


def _live(path: str) -> View:
    def view() -> Response:
        from novu_core.live.doors import DOORS  # imported when a client comes, not when an app starts
        from novu_core.live.handover import Handed, take

        found = take(client_of(current_app), DOORS[path], request.environ)
        if not isinstance(found, Handed):
            return _response(Answer.json(found.status, found.body, found.headers))
        response = Response(status=101)
        response.call_on_close(found.close)
        return response

    return view


class _Views:
    """The views of an app's client, made when the first request asks for one: settings may change until then."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._handler: Handler | None = None
        self._views: dict[str, View] = {}

    def of(self, client: Client, surface: Surface, route: Route, prefix: str) -> View:
        """Return the view of a route; new ones for another client, which ``testing.NovuEnvironment`` swaps in."""
        if self._client is not client:
            from novu_core.http.handler import Handler

            self._handler, self._views, self._client = Handler(client, "flask"), {}, client
        if route.path not in self._views:
            assert self._handler is not None
            self._views[route.path] = _view(client, self._handler, surface, route, prefix)
        return self._views[route.path]


def _view(client: Client, handler: Handler, surface: Surface, route: Route, prefix: str) -> View:
    def view(**path_params: Any) -> Response:
        return _response(drive(handler.handle(surface, route, _request(client, prefix, path_params), _IO)))

    cors = client.settings.cross_origin
    if not surface.cross_origin or not cors.origins:
        return view
    from flask_cors import cross_origin

    shared = cross_origin(**cors.for_flask(route.methods, surface.request_headers))(view)

    def varying(**path_params: Any) -> Response:
        answer = shared(**path_params)
        answer.vary.add("Origin")  # the library does so only where it allows the origin
        return answer

    return varying


def _request(client: Client, prefix: str, path_params: dict[str, Any]) -> Request:
    asked: FlaskRequest = request._get_current_object()  # type: ignore[attr-defined]  # each look at the proxy takes its time
    # The handler has a limit of its own, and answers in JSON.
    asked.max_content_length = max(sys.maxsize, asked.content_length or 0)
    unread = False
    try:
        body = asked.stream.read(client.settings.max_body_bytes + 1) or asked.get_data()  # a hook has read it
    except Exception:  # each server has its own
        body, unread = b"", True
    sent = _sent(asked)
    return Request(
        method=asked.method,
        query=list(asked.args.items(multi=True)),
        headers=asked.headers,  # type: ignore[arg-type]  # werkzeug's headers read as a mapping of any case
        body=body,
        path=asked.root_path + asked.path,
        path_params=path_params,
        raw_path=sent.partition(prefix)[2] or None,
        target=_target(asked, sent),
        client=asked.remote_addr,
        scheme=asked.scheme,
        unread=unread,
        source=asked,
    )


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))


def _target(asked: FlaskRequest, sent: str) -> str:
    return target_of(sent, asked.root_path + asked.path, asked.query_string.decode("latin-1"))


def _sent(asked: FlaskRequest) -> str:
    """Return the path as it was sent, where the server tells: WSGI's own is decoded."""
    sent: str = asked.environ.get("RAW_URI") or asked.environ.get("REQUEST_URI") or ""
    return sent.partition("?")[0]
