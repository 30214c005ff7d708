"""Who may use the routes beside the bridge: whoever sends ``Authorization: ApiKey <secret>``."""

from __future__ import annotations

from novu_core.errors import AuthenticationError
from novu_core.http.api_keys import credentials, is_key
from novu_core.http.browsers import check_same_site, is_local
from novu_core.http.messages import Request
from novu_core.settings import Settings


def authenticate(request: Request, settings: Settings) -> None:
    """Raise AuthenticationError or CrossSiteError, naming the fix, unless the request may pass.

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
                "While debugging, these routes are open to this machine only: not from another address, under another "
                "host name, or through a proxy or tunnel. Send `Authorization: ApiKey <NOVU_SECRET_KEY>`."
            )
        _check_key(request, settings)


def _check_key(request: Request, settings: Settings) -> None:
    if not settings.secret_key:
        raise AuthenticationError(
            "No secret is set, so every request is refused. Set NOVU_SECRET_KEY, or run with --debug while developing."
        )
    scheme, given = credentials(request)
    if scheme.lower() != "apikey":
        raise AuthenticationError("Send the header `Authorization: ApiKey <NOVU_SECRET_KEY>`.")
    if not is_key(given, settings.secret_key):
        raise AuthenticationError("The API key is wrong. Send the value of NOVU_SECRET_KEY.")
