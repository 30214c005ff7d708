"""Who may use Novu's server API: whoever sends ``Authorization: ApiKey <secret>``, refused in Novu's words."""

from __future__ import annotations

from novu_core.errors import AuthenticationError
from novu_core.http.api_keys import credentials, is_key
from novu_core.http.browsers import check_same_site, is_local
from novu_core.http.messages import Request
from novu_core.settings import Settings


def authenticate(request: Request, settings: Settings) -> None:
    """Raise AuthenticationError or CrossSiteError unless the request may pass.

    Where a secret is set it is always asked for: every client of Novu sends one. Without a secret and without strict
    authentication any key passes, since clients cannot leave theirs out; while that is so only because the app is being
    debugged, from this machine alone.
    """
    if settings.secret_key:
        _check_key(request, settings)
    elif settings.strict:
        raise AuthenticationError("API Key not found: NOVU_SECRET_KEY is not set where this server runs")
    else:
        check_same_site(request)
        if settings.open_by_debug and not is_local(request):
            raise AuthenticationError("API Key not found: set NOVU_SECRET_KEY to open this server to other machines")


def _check_key(request: Request, settings: Settings) -> None:
    if not request.headers.get("authorization", "").strip():
        raise AuthenticationError("Missing authorization header")
    scheme, given = credentials(request)
    if scheme.lower() != "apikey":
        raise AuthenticationError(f'Invalid authentication scheme: "{scheme}"')
    if not is_key(given, settings.secret_key):
        raise AuthenticationError("API Key not found")
