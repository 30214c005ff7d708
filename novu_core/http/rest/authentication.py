"""Who may use the routes beside the bridge: whoever sends ``Authorization: ApiKey <secret>``."""

from __future__ import annotations

import hmac

from novu_core.errors import AuthenticationError
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
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "apikey":
        raise AuthenticationError("Send the header `Authorization: ApiKey <NOVU_SECRET_KEY>`.")
    matches = [
        hmac.compare_digest(given, key.encode())
        for key in settings.secret_key
        for given in _as_sent(credentials.strip())
    ]
    if not any(matches):
        raise AuthenticationError("The API key is wrong. Send the value of NOVU_SECRET_KEY.")


def _as_sent(credentials: str) -> list[bytes]:
    """Return the bytes that a client may have meant: servers read a header as Latin-1, and some clients send UTF-8."""
    return [credentials.encode(), credentials.encode("latin-1", "backslashreplace")]
