"""The blueprint: converts Flask's requests and responses for the one request handler, and nothing else."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, request

from flask_novu.globals import client_of
from novu_core.aio import Blocking, drive
from novu_core.client import Client
from novu_core.http.messages import Request
from novu_core.http.routes import ROUTES
from novu_core.http.surface import METHODS, Route, Surface

if TYPE_CHECKING:
    from novu_core.http.handler import Handler

logger = logging.getLogger(__name__)
_IO = Blocking()


def make_blueprint() -> Blueprint:
    """Return a blueprint with every route of the table; one app, one blueprint."""
    blueprint = Blueprint("novu", __name__)
    handlers: dict[int, tuple[Client, Handler]] = {}
    for surface, route in ROUTES:
        blueprint.add_url_rule(
            route.pattern("<{}>", "<path:{}>"),
            endpoint=route.name,
            view_func=_view(surface, route, handlers),
            methods=METHODS,
            strict_slashes=False,
            provide_automatic_options=False,
        )
    blueprint.before_app_request(_wake)
    return blueprint


def _wake() -> None:
    """Let a process's first request, whatever it asks for, start its worker; trouble there is not the request's."""
    if request.blueprint == "novu":  # the handler does, for every framework
        return
    try:
        client_of(current_app).wake()
    except Exception:
        logger.exception("The worker of %s could not be started", current_app.name)


def _view(surface: Surface, route: Route, handlers: dict[int, tuple[Client, Handler]]) -> Callable[..., Response]:
    def view(**path_params: Any) -> Response:
        client = client_of(current_app)
        known = handlers.get(id(client))
        if known is None:
            from novu_core.http.handler import Handler  # the bridge and the models load when somebody asks

            handlers.clear()  # the client was swapped, as testing.NovuEnvironment does
            known = handlers[id(client)] = (client, Handler(client, "flask"))
        answer = drive(known[1].handle(surface, route, _request(client, path_params), _IO))
        return Response(answer.body, answer.status, dict(answer.headers))

    return view


def _request(client: Client, path_params: dict[str, Any]) -> Request:
    request.max_content_length = sys.maxsize  # the handler has a limit of its own, and answers in JSON
    return Request(
        method=request.method,
        query=list(request.args.items(multi=True)),
        headers=request.headers,  # type: ignore[arg-type]  # werkzeug's headers read as a mapping of any case
        body=request.stream.read(client.settings.max_body_bytes + 1) or request.get_data(),  # a hook has read it
        path_params=path_params,
        client=request.remote_addr,
        scheme=request.scheme,
    )
