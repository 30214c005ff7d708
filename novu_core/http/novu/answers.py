"""The envelope: results under ``data``, pages bare, and times as Novu writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

from novu_core.codec import dumps
from novu_core.http.messages import Response
from novu_core.http.surface import MOST_PAGE_BYTES
from novu_core.records import CountedPage
from novu_core.types import JsonObject

T = TypeVar("T")

ONLY = "embedded"
"""The one organization and the one environment that this server has."""
OWNED = {"_organizationId": ONLY, "_environmentId": ONLY}


def result(data: Any, status: int = 200) -> Response:
    """Return a result in its envelope. ``data``: an object, a list, a boolean or a number."""
    return Response.json(status, {"data": data})


def nothing() -> Response:
    """Return the 204, which has no body."""
    return Response(204, b"")


def numbered(data: Sequence[Any], page: int, limit: int, *, more: bool, total: int | None = None) -> Response:
    """Return a page with a number, from 0; ``total`` where the list counts."""
    counted = {} if total is None else {"totalCount": total}
    return Response.json(200, {"page": page, "pageSize": limit, **counted, "hasMore": more, "data": data})


def listed(page: CountedPage[T], show: Callable[[T], JsonObject]) -> Response:
    """Return a page with cursors, each record as ``show`` shows it."""
    around = {"next": page.next_cursor, "previous": page.previous_cursor}
    counted = {"totalCount": page.total, "totalCountCapped": page.total_capped}
    return Response.json(200, {"data": [show(item) for item in page], **around, **counted})


def inbox_page(data: Sequence[Any], *, more: bool) -> Response:
    """Return a page of an inbox."""
    return Response.json(200, {"data": data, "hasMore": more, "filter": {}})


def time_text(when: datetime) -> str:
    """Return a time as ``2026-01-05T12:00:00.000Z``."""
    utc = when.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def affordable(payloads: Sequence[Any]) -> list[Any]:
    """Return payloads, and None from where all of them would be too much for one page."""
    kept, size = [], 0
    for payload in payloads:
        size += 0 if payload is None else len(dumps(payload))
        kept.append(payload if size <= MOST_PAGE_BYTES else None)
    return kept


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not None: clients refuse null where a field may only be absent."""
    return {name: value for name, value in fields.items() if value is not None}
