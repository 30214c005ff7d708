"""Novu's error body where a trigger is refusal_response, which has a shape of its own."""

from __future__ import annotations

from novu_core.http.messages import Request, Response
from novu_core.http.shapes.errors import refusal_of, refusal_response
from novu_core.http.surface import Served

TRIGGERS = "/v1/events/trigger"
"""Below it a 400 is read as a payload that does not fit, which has a ``type`` and a list of ``errors``."""


def error_response(served: Served, request: Request, error: BaseException) -> Response:
    """Return the answer to whatever a route raised."""
    refusal = refusal_of(error)
    more = dict(refusal.more)
    if refusal.status == 400 and TRIGGERS in request.target:
        more = {"type": "PAYLOAD_VALIDATION_ERROR", "errors": [], **more}
    return refusal_response(request, refusal, more)
