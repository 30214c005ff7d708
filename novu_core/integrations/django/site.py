"""The client in use as the views see it: its handler, and who may read which answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from novu_core.client import Client
from novu_core.http.handler import Handler
from novu_core.http.surface import Route, Surface
from novu_core.integrations.django.client import client_in_use

if TYPE_CHECKING:
    from flask_cors.core import _ComputedCorsOptions


class Site:
    """Built when the first request asks for it: settings may change until then. Raises ConfigurationError."""

    def __init__(self, client: Client) -> None:
        client.prepare()
        self.client = client
        self.handler = Handler(client, "django")
        self._options: dict[str, _ComputedCorsOptions | None] = {}

    def share(self, surface: Surface, route: Route, request: HttpRequest, response: HttpResponse) -> None:
        """Add the headers that let pages of other origins read the answer, as flask-cors says under Flask."""
        if route.path not in self._options:
            self._options[route.path] = self._options_of(surface, route)
        options = self._options[route.path]
        if options is None:
            return
        from flask_cors.core import get_cors_headers

        headers: Any = request.headers  # reads as werkzeug's do
        for name, value in get_cors_headers(options, headers, request.method or "").items():
            if name != "Vary":
                response.headers[name] = str(value)
        patch_vary_headers(response, ["Origin"])  # also where no origin was allowed, of which the library says nothing

    def _options_of(self, surface: Surface, route: Route) -> _ComputedCorsOptions | None:
        cross_origin = self.client.settings.cross_origin
        if not surface.cross_origin or not cross_origin.origins:
            return None
        from flask_cors.core import DEFAULT_OPTIONS, serialize_options  # only where it is used: it imports Flask

        options = cross_origin.for_flask(route.methods, surface.request_headers)
        return serialize_options({**DEFAULT_OPTIONS, **options})


class _InUse:
    site: Site | None = None


def known_site() -> Site | None:
    """Return the site, unless it has to be made: at first, or for a client that a test has put in place."""
    found = _InUse.site
    return found if found is not None and found.client is client_in_use() else None


def make_site() -> Site:
    """Make the site of the client in use; this opens its store, so that the event loop is no place for it."""
    _InUse.site = Site(client_in_use())
    return _InUse.site
