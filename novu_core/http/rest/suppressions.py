"""Operations on suppressed addresses."""

from __future__ import annotations

from typing import Any

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.rest.answers import counted
from novu_core.http.rest.parameters import fields_of, page_of, refused
from novu_core.http.surface import Served
from novu_core.records import SuppressionRecord


async def list_suppressions(served: Served, request: Request, io: IO) -> Response:
    """List suppressed addresses, the latest first."""
    wanted: dict[str, Any] = page_of(request)
    found = await io.call(lambda: served.client.suppressions.list(**wanted))
    return Response.json(200, counted(found, SuppressionRecord.to_json))


async def add_suppression(served: Served, request: Request, io: IO) -> Response:
    """Suppress an address."""
    fields = fields_of(served, request, "address", "reason")
    if "address" not in fields:
        raise refused("address", "is missing")
    found = await io.call(lambda: served.client.suppressions.add(**fields))
    return Response.json(200, found.to_json())


async def get_suppression(served: Served, request: Request, io: IO) -> Response:
    """Return why nothing is sent to an address."""
    found = await io.call(served.client.suppressions.get, request.path_params["address"])
    return Response.json(200, found.to_json())


async def remove_suppression(served: Served, request: Request, io: IO) -> Response:
    """Open an address again."""
    address = request.path_params["address"]
    await io.call(served.client.suppressions.remove, address)
    return Response.json(200, {"removed": address})
