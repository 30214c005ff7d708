"""Pages as Novu's server writes them, and whose everything is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def numbered(data: Sequence[Any], page: int, limit: int, *, more: bool, total: int | None = None) -> Response:
    """Return a page with a number, from 0; ``total`` where the list counts."""
    counted = {} if total is None else {"totalCount": total}
    return Response.json(200, {"page": page, "pageSize": limit, **counted, "hasMore": more, "data": data})


def listed(page: CountedPage[T], show: Callable[[T], JsonObject]) -> Response:
    """Return a page with cursors, each record as ``show`` shows it."""
    around = {"next": page.next_cursor, "previous": page.previous_cursor}
    counted = {"totalCount": page.total, "totalCountCapped": page.total_capped}
    return Response.json(200, {"data": [show(item) for item in page], **around, **counted})


def affordable(payloads: Sequence[Any]) -> list[Any]:
    """Return payloads, and None from where all of them would be too much for one page."""
    kept, size = [], 0
    for payload in payloads:
        size += 0 if payload is None else len(dumps(payload))
        kept.append(payload if size <= MOST_PAGE_BYTES else None)
    return kept
