"""Novu's error body, as its browser clients read it: they show ``message``."""

from __future__ import annotations

from novu_core.errors import AuthenticationError, CrossSiteError, InboxTokenInvalidError, MessageNotFoundError
from novu_core.http.messages import Request, Response
from novu_core.http.shapes.errors import Refusal, refusal_of, refusal_response
from novu_core.http.surface import Served

_ELSEWHERE = (
    "A page of another origin needs a valid HMAC hash, or to be named in NOVU_CORS_ORIGINS where this server runs"
)


def error_response(served: Served, request: Request, error: BaseException) -> Response:
    """Return the answer to whatever a route raised."""
    refusal = _refusal(error)
    more = dict(refusal.more)
    if "errors" in more:
        messages = [message for fault in more["errors"].values() for message in fault["messages"]]
        more["errors"] = {"general": {"messages": messages}}
    return refusal_response(request, refusal, more)


def _refusal(error: BaseException) -> Refusal:
    if isinstance(error, MessageNotFoundError):
        return Refusal(404, f"Notification with id: {error.resource_id} is not found.")
    if isinstance(error, CrossSiteError):
        return Refusal(403, _ELSEWHERE)
    if isinstance(error, AuthenticationError):
        message = "Unauthorized" if isinstance(error, InboxTokenInvalidError) else error.message
        return Refusal(401, message, headers={"www-authenticate": "Bearer"})
    return refusal_of(error)
