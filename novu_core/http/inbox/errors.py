"""Novu's error body, as its browser clients read it: they show ``message``."""

from __future__ import annotations

from novu_core.errors import AuthenticationError, InboxTokenInvalidError
from novu_core.http.messages import Request, Response
from novu_core.http.shapes.errors import Refusal, refusal_of, refusal_response
from novu_core.http.surface import Served


def error_response(served: Served, request: Request, error: BaseException) -> Response:
    """Return the answer to whatever a route raised."""
    refusal = _unauthorized(error) if isinstance(error, AuthenticationError) else refusal_of(error)
    more = dict(refusal.more)
    if "errors" in more:
        messages = [message for fault in more["errors"].values() for message in fault["messages"]]
        more["errors"] = {"general": {"messages": messages}}
    return refusal_response(request, refusal, more)


def _unauthorized(error: AuthenticationError) -> Refusal:
    message = "Unauthorized" if isinstance(error, InboxTokenInvalidError) else error.message
    return Refusal(401, message, headers={"www-authenticate": "Bearer"})
