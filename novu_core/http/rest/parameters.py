"""Reads the query and the body of a request; every fault is a RequestInvalidError that names the parameter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from novu_core.clock import iso_time
from novu_core.errors import FieldError, RequestInvalidError
from novu_core.http.bodies import read_object
from novu_core.http.messages import Request
from novu_core.http.surface import Served
from novu_core.records.pages import checked_limit
from novu_core.types import JsonObject

TEXT: JsonObject = {"type": "string"}
TIME: JsonObject = {"type": "string", "format": "date-time"}
PAGE: dict[str, JsonObject] = {
    "cursor": TEXT,
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
}
"""The parameters of every page."""


def given(request: Request, *names: str) -> dict[str, Any]:
    """Return those of the parameters that the query has."""
    found = {name: request.first(name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def page_of(request: Request) -> dict[str, Any]:
    """Return which page is asked for: ``limit`` and ``cursor``."""
    limit = request.first("limit") or "20"
    if not (limit.isascii() and limit.isdigit()):
        raise refused("limit", f"is {limit!r}; use a number from 1 to 100")
    return {"limit": checked_limit(int(limit[:9])), "cursor": request.first("cursor") or None}


def times_of(source: Callable[[str], Any], *names: str) -> dict[str, datetime]:
    """Return those of the times that are given, in ISO 8601; UTC without an offset."""
    found = {}
    for name in names:
        text = source(name)
        if text is not None:
            try:
                at = iso_time(text)
            except (TypeError, ValueError):
                raise refused(name, f"is {text!r}; use ISO 8601, such as 2026-01-05T09:00:00Z") from None
            found[name] = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
    return found


def fields_of(served: Served, request: Request, *names: str) -> JsonObject:
    """Return the body's object, without those that are null. Raises RequestInvalidError for other names, too."""
    body = read_object(request, served.client.settings.max_body_bytes) if request.body.strip() else {}
    unknown = [
        FieldError(f"/{name}", f"unknown key; use one of {', '.join(names)}") for name in body.keys() - set(names)
    ]
    if unknown:
        raise RequestInvalidError("The request is invalid.", sorted(unknown))
    return {name: value for name, value in body.items() if value is not None}


def refused(name: str, told: str) -> RequestInvalidError:
    """Return the error of one parameter."""
    return RequestInvalidError("The request is invalid.", [FieldError(f"/{name}", told)])
