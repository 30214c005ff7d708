"""The log's line that says where the Studio is: while debugging, at a process's first request, which knows the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from novu_core.client import Client
from novu_core.lines import logger_of, one_line

TOLD = "The Studio: %s"


def studio_at(client: Callable[[], Client], base: str) -> str | None:
    """Return the Studio's address below ``base``, the app's own.

    None where it is off or nothing is debugged, and where the settings are refused, which is told elsewhere.
    """
    try:
        settings = client().settings
    except Exception:
        return None
    on = settings.debug and settings.studio_on
    return one_line(f"{base.rstrip('/')}{settings.url_prefix}/studio") if on else None


def announce(app: Any, client: Client) -> None:
    """Let an ASGI app of Starlette's tell it, in uvicorn's log; its next requests pass by what told it."""
    stack = app.middleware_stack or app.build_middleware_stack()

    async def first(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            app.middleware_stack = stack
            found = studio_at(lambda: client, base_of(scope))
            if found:
                logger_of("uvicorn.novu").info(TOLD, found)
        await stack(scope, receive, send)

    app.middleware_stack = first


def base_of(scope: Any) -> str:
    """Return the address of an ASGI app, as whoever asks names it."""
    named = (value.decode("latin-1") for name, value in scope["headers"] if name == b"host")
    host = next(named, None) or ":".join(str(part) for part in scope.get("server") or ("localhost",) if part)
    return f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}"
