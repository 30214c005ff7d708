"""Operations on the Studio's session: who asks, log in, log out."""

from __future__ import annotations

from dataclasses import replace

from novu_core.aio import IO
from novu_core.errors import AuthenticationError, FieldError, ForbiddenError, PathNotFoundError, RequestInvalidError
from novu_core.http.bodies import read_object
from novu_core.http.browsers import check_same_site
from novu_core.http.messages import Request, Response, Role
from novu_core.http.rest.authentication import authenticate, sessions, studio_role
from novu_core.http.session import ended
from novu_core.http.surface import Served
from novu_core.types import JsonObject
from novu_core.version import VERSION

_MOST_BYTES = 4096


async def get_session(served: Served, request: Request, io: IO) -> Response:
    """Say who asks, and what is on."""
    _check_on(served)
    return Response.json(200, _told(served, *await _role(served, request, io)))


async def log_in(served: Served, request: Request, io: IO) -> Response:
    """Open a session with the password or the secret."""
    _check_on(served)
    check_same_site(request)
    if served.client.settings.studio_access is not None:
        raise ForbiddenError("The app decides who may use the Studio (NOVU_STUDIO_ACCESS); log in to the app.")
    known = served.keep(sessions)
    if not known.possible:
        raise AuthenticationError("The Studio has no login yet: set NOVU_SECRET_KEY or NOVU_STUDIO_PASSWORD.")
    given = read_object(request, _MOST_BYTES).get("password")
    if not isinstance(given, str):
        raise RequestInvalidError("The request is invalid.", [FieldError("/password", "must be a string")])
    role = known.log_in(request, given)
    return Response.json(200, _told(served, role, "password"), {"set-cookie": known.cookie(request, role)})


async def log_out(served: Served, request: Request, io: IO) -> Response:
    """End the session."""
    _check_on(served)
    check_same_site(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    for name in ("authorization", "cookie"):
        headers.pop(name, None)
    told = _told(served, *await _role(served, replace(request, headers=headers), io))
    return Response.json(200, told, {"set-cookie": ended(request)})


def _check_on(served: Served) -> None:
    if not served.client.settings.studio_on:
        raise PathNotFoundError("studio/session")


async def _role(served: Served, request: Request, io: IO) -> tuple[Role | None, str]:
    """What whoever asks may do, and how they were let in, or would be."""
    way = "password" if served.client.settings.studio_access is None else "app"
    try:
        authenticate(replace(request, method="GET"), served.client.settings)
    except AuthenticationError:
        return await studio_role(served, request, io), way
    return "all", "open"


def _told(served: Served, role: Role | None, way: str) -> JsonObject:
    settings = served.client.settings
    if role is None:
        return {"role": None, "login": way}
    return {
        "role": role,
        "login": way,
        "debug": settings.debug,
        "dispatch": settings.dispatch,
        "exposes_errors": served.expose,
        "timezone": settings.timezone,
        "version": VERSION,
    }
