"""Error bodies of our own routes: the same bytes from every framework (docs/http-api.md)."""

from __future__ import annotations

import traceback
from uuid import uuid4

from novu_core.errors import (
    AuthenticationError,
    MethodNotAllowedError,
    NovuError,
    PreconditionFailedError,
    TooManyAttemptsError,
    ValidationError,
)
from novu_core.http.messages import Response
from novu_core.http.surface import MOST_FAULTS
from novu_core.lines import logger_of
from novu_core.types import JsonObject

logger = logger_of(__name__)


def error_response(error: BaseException, *, expose: bool) -> Response:
    """Return the answer to an error; what is our fault or the user's code's is logged with its ``error_id``."""
    error_id = str(uuid4())
    known = isinstance(error, NovuError)
    status = error.status_code if isinstance(error, NovuError) else 500
    detail = str(error.message) if isinstance(error, NovuError) and (status < 500 or expose) else None
    if status >= 500:
        logger.error("Request failed (error_id %s)", error_id, exc_info=error)
    body: JsonObject = {
        "detail": detail or (str(error) if expose else "Internal server error; see the server log for this error_id."),
        "status_code": status,
        "error_type": type(error).__name__ if known or expose else "InternalServerError",
        "error_id": error_id,
    }
    if isinstance(error, ValidationError):
        body["errors"] = [{"path": path, "message": message} for path, message in error.errors[:MOST_FAULTS]]
    if isinstance(error, PreconditionFailedError):
        body["present"] = error.present
    if expose and status >= 500:
        body["trace"] = "".join(traceback.format_exception(error))
    headers = {}
    if isinstance(error, AuthenticationError):
        headers["www-authenticate"] = "ApiKey"
    if isinstance(error, MethodNotAllowedError):
        headers["allow"] = ", ".join(error.allowed)
    if isinstance(error, TooManyAttemptsError):
        headers["retry-after"] = str(error.retry_after)
    return Response.json(status, body, headers)
