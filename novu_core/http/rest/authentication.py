"""Who may use the routes beside the bridge: whoever sends ``Authorization: ApiKey <secret>``."""

from __future__ import annotations

import hmac

from novu_core.errors import AuthenticationError
from novu_core.http.messages import Request
from novu_core.settings import Settings


def authenticate(request: Request, settings: Settings) -> None:
    """Raise AuthenticationError, naming the fix, unless the request may pass.

    A bridge signature binds no method and no path, so it opens none of these routes.
    """
    if not settings.strict:
        return
    if not settings.secret_key:
        raise AuthenticationError(
            "No secret is set, so every request is refused. Set NOVU_SECRET_KEY, or run with --debug while developing."
        )
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "apikey":
        raise AuthenticationError("Send the header `Authorization: ApiKey <NOVU_SECRET_KEY>`.")
    given = credentials.strip().encode()
    matches = [hmac.compare_digest(given, key.encode()) for key in settings.secret_key]
    if not any(matches):
        raise AuthenticationError("The API key is wrong. Send the value of NOVU_SECRET_KEY.")
