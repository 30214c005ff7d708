"""Who may use the routes beside the bridge: whoever sends ``Authorization: ApiKey <secret>``, or uses the Studio."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

from novu_core.aio import IO
from novu_core.definition.handlers import takes_argument
from novu_core.errors import AuthenticationError, ConfigurationError, ForbiddenError
from novu_core.http.api_keys import credentials, is_key
from novu_core.http.browsers import check_same_site, is_local
from novu_core.http.messages import Request, Role
from novu_core.http.session import Sessions
from novu_core.http.surface import Operation, Served
from novu_core.settings import Settings


async def admit(served: Served, request: Request, operation: Operation, io: IO) -> Request:
    """Return the request with the role of whoever asks.

    Raises AuthenticationError and CrossSiteError as :func:`authenticate`, and ForbiddenError where the role is ``edit``
    and the operation is not for it.
    """
    role: Role | None = "all"
    studio = False
    try:
        authenticate(request, served.client.settings)
    except AuthenticationError:
        role, studio = await studio_role(served, request, io), True
        if role is None:
            raise
        check_same_site(request)
    if role == "edit" and not operation.edits:
        raise ForbiddenError("This login may only preview workflows and change control values.")
    return replace(request, role=role, studio=studio)


def authenticate(request: Request, settings: Settings) -> None:
    """Raise AuthenticationError or CrossSiteError, naming the fix, unless the request may pass without a login.

    Without strict authentication everybody may, but for pages of other origins; while that is so only because the app
    is being debugged, everybody on this machine. A bridge signature binds no method and no path, so it opens none of
    these routes.
    """
    if settings.strict:
        _check_key(request, settings)
        return
    check_same_site(request)
    if settings.open_by_debug and not is_local(request):
        if not request.headers.get("authorization"):
            raise AuthenticationError(
                "While debugging, these routes are open only to this machine: not from another address, under another "
                "host name, or through a proxy or tunnel. Send `Authorization: ApiKey <NOVU_SECRET_KEY>`."
            )
        _check_key(request, settings)


async def studio_role(served: Served, request: Request, io: IO) -> Role | None:
    """Return what whoever uses the Studio may do there: as the app's function says, else as they logged in.

    None for nobody, and where there is no Studio. Raises ConfigurationError for another answer of the function.
    """
    if not served.client.settings.studio_on:
        return None
    if served.client.settings.studio_access is None:
        return served.keep(sessions).role_of(request)
    role: Any = await io.slow(served.keep(_access), request.source)
    if inspect.isawaitable(role):
        role = await io.wait(role)
    if role not in ("all", "edit", None):
        raise ConfigurationError(f'NOVU_STUDIO_ACCESS returned {role!r}; it must return "all", "edit" or None')
    answer: Role | None = role
    return answer


def sessions(served: Served) -> Sessions:
    """Make what knows the Studio's logins; :meth:`Served.keep` it."""
    return Sessions(served.client.settings, served.client.clock)


def _access(served: Served) -> Callable[[object], Any]:
    given: Any = served.client.settings.studio_access
    if isinstance(given, str):
        module, _, name = given.partition(":")
        try:
            given = getattr(import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise ConfigurationError(
                f"NOVU_STUDIO_ACCESS names {given!r}, which cannot be imported: {error}"
            ) from error
    return given if takes_argument(given, "NOVU_STUDIO_ACCESS") else lambda source: given()


def _check_key(request: Request, settings: Settings) -> None:
    if not settings.secret_key:
        raise AuthenticationError(
            "No secret is set, so every request is refused. Set NOVU_SECRET_KEY, or while developing run in debug "
            "mode: `flask run --debug`, `FastAPI(debug=True)` or `DEBUG = True`."
        )
    scheme, given = credentials(request)
    if scheme.lower() != "apikey":
        raise AuthenticationError("Send the header `Authorization: ApiKey <NOVU_SECRET_KEY>`.")
    if not is_key(given, settings.secret_key):
        raise AuthenticationError("The API key is wrong. Send the value of NOVU_SECRET_KEY.")
