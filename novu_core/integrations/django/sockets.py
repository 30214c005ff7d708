"""Live inboxes: sockets from servers of WSGI that hand them over, and from ASGI, where Django itself takes none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from novu_core.http.sockets import SURFACE
from novu_core.http.surface import Route
from novu_core.integrations.django.client import client_in_use
from novu_core.integrations.django.views import guarded_by_the_surface, sync_view

if TYPE_CHECKING:
    from novu_core.live.handover import Handed

Application = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
_DOORS = {route.name: route.path for route in SURFACE.routes}


class _HandedOver(HttpResponse):
    def __init__(self, handed: Handed) -> None:
        super().__init__(status=101)
        self._handed = handed

    def close(self) -> None:
        """Close what the server answered into, too."""
        super().close()
        self._handed.close()


def socket_view(route: Route) -> Callable[..., HttpResponse]:
    """Return the view of a door for WSGI."""
    refusing = sync_view(SURFACE, route)

    def view(request: HttpRequest) -> HttpResponse:
        from novu_core.live.doors import DOORS  # imported when a client comes, not when a project starts
        from novu_core.live.handover import Handed, take

        if request.headers.get("Upgrade", "").lower() != "websocket":
            return refusing(request)
        found = take(client_in_use(), DOORS[route.path], request.META)
        if not isinstance(found, Handed):
            return HttpResponse(found.text, "application/json", found.status, headers=dict(found.headers))
        return _HandedOver(found)

    return guarded_by_the_surface(view)


def with_sockets(application: Application) -> Application:
    """Return a project's ASGI application that takes WebSockets, too: those of live inboxes, and no others.

    ``asgi.py``: ``application = with_sockets(get_asgi_application())``.
    """

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            await application(scope, receive, send)
            return
        door = _door_at(scope["path"].removeprefix(scope.get("root_path", "")))
        if door is None:
            await receive()
            await send({"type": "websocket.close"})
            return
        from novu_core.live.asgi import serve
        from novu_core.live.doors import DOORS

        await serve(client_in_use(), DOORS[door], scope, receive, send)

    return app


def _door_at(path: str) -> str | None:
    try:
        match = resolve(path.rstrip("/"))
    except Resolver404:
        return None
    return _DOORS.get(match.url_name or "") if match.app_names == ["novu"] else None
