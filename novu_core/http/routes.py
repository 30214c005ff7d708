"""Every surface under the prefix. A framework's file mounts each route for all methods and hands it to the handler."""

from __future__ import annotations

from novu_core.http import bridge, reports, sockets
from novu_core.http.inbox import surface as inbox
from novu_core.http.novu import surface as novu
from novu_core.http.rest import routes as rest
from novu_core.http.studio import surface as studio
from novu_core.http.surface import METHODS, Route, Surface
from novu_core.http.unsubscribe import surface as unsubscribe

__all__ = ["METHODS", "ROUTES", "SURFACES"]

SURFACES: tuple[Surface, ...] = (
    bridge.SURFACE,
    sockets.SURFACE,
    inbox.SURFACE,
    novu.SURFACE,
    reports.SURFACE,
    rest.SURFACE,
    studio.SURFACE,
    unsubscribe.SURFACE,
    rest.REST,
)
"""Sockets and inbox stand before the rest of ``/v1``; the last one answers every other path under the prefix."""

ROUTES: tuple[tuple[Surface, Route], ...] = tuple((surface, route) for surface in SURFACES for route in surface.routes)
