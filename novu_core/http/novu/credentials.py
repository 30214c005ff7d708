"""The credentials by which push and chat providers reach a subscriber."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.novu.inputs import CredentialsBody
from novu_core.http.novu.people import PROVIDERS, subscriber_of
from novu_core.http.novu.subscribers import subscriber_id
from novu_core.http.shapes.answers import nothing, result
from novu_core.http.shapes.bodies import read
from novu_core.http.shapes.errors import invalid
from novu_core.http.shapes.resources import resource
from novu_core.http.surface import Operation, Route, Served


async def replace(served: Served, request: Request, io: IO) -> Response:
    """Set the credentials of a provider."""
    return await _change(served, request, io, served.client.subscribers.set_credentials)


async def append(served: Served, request: Request, io: IO) -> Response:
    """Add device tokens to those of a provider."""
    return await _change(served, request, io, served.client.subscribers.append_credentials)


async def remove(served: Served, request: Request, io: IO) -> Response:
    """Take the credentials of a provider away."""
    name, provider = subscriber_id(request), resource(request, "provider_id", "Provider")
    await io.call(served.client.subscribers.remove_credentials, name, provider)
    return nothing()


async def _change(served: Served, request: Request, io: IO, change: Callable[..., Any]) -> Response:
    name, body = subscriber_id(request), read(served, request, CredentialsBody)
    if body.provider_id not in PROVIDERS:
        told = f"providerId must be one of {', '.join(sorted(PROVIDERS))}"
        raise invalid("providerId", told, body.provider_id)
    secrets = body.credentials.model_dump(by_alias=True, exclude_none=True)
    return result(
        subscriber_of(await io.call(change, name, body.provider_id, secrets, body.integration_identifier or None))
    )


ROUTES = (
    Route("/v1/subscribers/{subscriber_id}/credentials", {"PUT": Operation(replace), "PATCH": Operation(append)}),
    Route("/v1/subscribers/{subscriber_id}/credentials/{provider_id}", {"DELETE": Operation(remove)}),
)
