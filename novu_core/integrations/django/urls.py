"""The URLconf: ``path("api/novu/", include("novu_core.integrations.django.urls"))``.

Django answers an address without its slash only where a pattern says so: ``path("api/novu", bridge)``.
"""

from __future__ import annotations

from django.urls import ResolverMatch, URLPattern, register_converter
from django.urls.converters import StringConverter
from django.urls.resolvers import RoutePattern

from novu_core.aio import in_event_loop
from novu_core.http import bridge as bridge_surface
from novu_core.http.routes import ROUTES
from novu_core.http.sockets import SURFACE as SOCKETS
from novu_core.http.surface import REST, Route, Surface
from novu_core.integrations.django.sockets import socket_view
from novu_core.integrations.django.views import async_view, sync_view


class _Pattern(URLPattern):
    """A pattern with two views: requests are resolved on the event loop under ASGI, and in a thread under WSGI."""

    def __init__(self, path: str, surface: Surface, route: Route, name: str | None = None) -> None:
        view = socket_view(route) if surface is SOCKETS else sync_view(surface, route)
        super().__init__(RoutePattern(path, name=name, is_endpoint=True), view, name=name)
        self._async = async_view(surface, route)

    def resolve(self, path: str) -> ResolverMatch | None:
        match = super().resolve(path)
        if match is not None and in_event_loop():
            match.func = self._async
        return match


class _Rest(StringConverter):
    regex = REST


register_converter(_Rest, "novu_rest")


def _patterns(surface: Surface, route: Route) -> list[URLPattern]:
    path = route.pattern("<str:{}>", "<novu_rest:{}>").lstrip("/")
    found: list[URLPattern] = [_Pattern(path, surface, route, route.name)]
    return [*found, _Pattern(path + "/", surface, route)] if path else found


app_name = "novu"
urlpatterns = [pattern for surface, route in ROUTES for pattern in _patterns(surface, route)]
bridge = ([_Pattern("", bridge_surface.SURFACE, bridge_surface.BRIDGE)], None, None)
"""Give it to ``path()``: the bridge at an address that ends without a slash."""
