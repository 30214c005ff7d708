"""The providers of NOVU_DELIVERY and the inbox, as integrations; and the one environment."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.novu.answers import ONLY, OWNED
from novu_core.http.novu.providers import configured
from novu_core.http.shapes.answers import result
from novu_core.http.surface import Operation, Route, Served
from novu_core.types import Channel, JsonObject


async def list_integrations(served: Served, request: Request, io: IO) -> Response:
    """List the inbox and every provider, each channel's first one as its primary."""
    router = served.client.engine.parts.router
    found = [
        _integration(channel, provider, place)
        for channel in Channel
        for place, provider in enumerate(configured(router, channel))
    ]
    return result(found)


async def list_environments(served: Served, request: Request, io: IO) -> Response:
    """List the one environment, without its keys."""
    return result([{"_id": ONLY, "name": ONLY, "_organizationId": ONLY, "identifier": ONLY}])


def _integration(channel: Channel, provider: str, place: int) -> JsonObject:
    identifier = f"{channel.value}-{place}" if place else channel.value
    return {
        "_id": identifier,
        **OWNED,
        "name": identifier,
        "identifier": identifier,
        "providerId": provider,
        "channel": channel.value,
        "active": True,
        "deleted": False,
        "primary": place == 0,
        "credentials": {},
    }


ROUTES = (
    Route("/v1/integrations", {"GET": Operation(list_integrations)}),
    Route("/v1/integrations/active", {"GET": Operation(list_integrations)}),
    Route("/v1/environments", {"GET": Operation(list_environments)}),
)
