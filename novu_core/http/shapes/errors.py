"""Novu's error body, and which status its clients take for what: never one that they would repeat for an hour."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from pydantic.alias_generators import to_camel

from novu_core.clock import SystemClock
from novu_core.errors import (
    AuthenticationError,
    FieldError,
    KeptByNovuError,
    NovuError,
    RequestInvalidError,
    ValidationError,
)
from novu_core.http.messages import Request, Response
from novu_core.http.shapes.answers import time_text
from novu_core.http.surface import MOST_FAULTS
from novu_core.lines import logger_of
from novu_core.types import JsonObject

logger = logger_of(__name__)

_PLAIN = frozenset({401, 403, 404, 405, 413})
"""What clients take as it is; others they repeat for an hour, as a conflict, or read as a body of another shape."""


class Refusal(Exception):
    """An answer that is an error. ``more``: fields of the body beside Novu's own; ``headers`` go along."""

    def __init__(
        self, status: int, message: str, more: JsonObject | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.more = more or {}
        self.headers = headers or {}


def invalid(field: str, message: str, value: Any = None, *, words: str = "Validation Error") -> Refusal:
    """Return the 422 for one field."""
    return faulty([(field, message, value)], words)


def faulty(faults: list[tuple[str, str, Any]], words: str = "Validation Error") -> Refusal:
    """Return the 422 for fields: ``(dotted path, what is wrong, its value)``."""
    errors: JsonObject = {}
    for field, message, value in faults[:MOST_FAULTS]:
        errors.setdefault(field, {"messages": [], **shown(value)})["messages"].append(message)
    return Refusal(422, words, {"errors": errors})


def shown(value: Any) -> JsonObject:
    """Return a value as an error may show it: the clients read simple ones, and a long one helps nobody."""
    simple = isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 200)
    return {"value": value} if simple else {}


def refusal_response(request: Request, refusal: Refusal, more: JsonObject) -> Response:
    """Return the answer. ``more``: fields of the body beside Novu's own."""
    body = {
        **more,
        "statusCode": refusal.status,
        "timestamp": time_text(SystemClock().now()),
        "path": request.target,
        "message": refusal.message,
    }
    return Response.json(refusal.status, body, refusal.headers)


def field_of(path: str) -> str:
    """Return a JSON pointer as the dotted path that Novu writes."""
    return path.strip("/").replace("/", ".")


def refusal_of(error: BaseException) -> Refusal:
    """Return whatever a route raised as a refusal; what is our own fault is logged with its ``errorId``."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, KeptByNovuError):
        return Refusal(405, error.message, {"ctx": {"reason": "not_available"}}, {"allow": ""})
    if isinstance(error, RequestInvalidError):
        return Refusal(400, "; ".join(_told(fault) for fault in error.errors) or error.message)
    if isinstance(error, ValidationError):
        return faulty([(_sent_name(path), message, None) for path, message in error.errors], str(error))
    if isinstance(error, NovuError) and error.status_code < 500:
        headers = {"www-authenticate": "ApiKey"} if isinstance(error, AuthenticationError) else {}
        status = error.status_code if error.status_code in _PLAIN else 400
        return Refusal(status, error.message.partition("\n")[0], headers=headers)  # the rest is the database's advice
    error_id = str(uuid4())
    logger.error("Request failed (errorId %s)", error_id, exc_info=error)
    status = error.status_code if isinstance(error, NovuError) else 500
    return Refusal(status, "Internal server error; see the server log for this errorId.", {"errorId": error_id})


def _sent_name(path: str) -> str:
    """Return the field that a client sent for one of Python's arguments, which are in snake case."""
    first, *others = path.strip("/").removeprefix("subscriber/").split("/")
    return ".".join([_SENT.get(first) or to_camel(first) or "body", *others])


_SENT = {"cursor": "after", "integration": "integrationIdentifier", "number": "page"}
"""Arguments that have another name on the wire."""


def _told(fault: FieldError) -> str:
    return f"{field_of(fault.path) or 'The request'}: {fault.message}" if fault.path else fault.message
