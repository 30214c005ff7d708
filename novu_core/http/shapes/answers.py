"""The envelope: results under ``data``, pages bare, and times as Novu writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from novu_core.http.messages import Response
from novu_core.types import JsonObject


def result(data: Any, status: int = 200) -> Response:
    """Return a result in its envelope. ``data``: an object, a list, a boolean or a number."""
    return Response.json(status, {"data": data})


def nothing() -> Response:
    """Return the 204, which has no body."""
    return Response(204, b"")


def inbox_page(data: Sequence[Any], *, more: bool, asked: JsonObject | None = None) -> Response:
    """Return a page of an inbox. ``asked``: the filters, as clients find them again."""
    return Response.json(200, {"data": data, "hasMore": more, "filter": asked or {}})


def time_text(when: datetime) -> str:
    """Return a time as ``2026-01-05T12:00:00.000Z``."""
    utc = when.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not None: clients refuse null where a field may only be absent."""
    return {name: value for name, value in fields.items() if value is not None}
