"""Subscribers: to make, change, look for and forget."""

from __future__ import annotations

from typing import Any

from novu_core.aio import IO
from novu_core.errors import RequestInvalidError, SubscriberAlreadyExistsError
from novu_core.http.messages import Request, Response
from novu_core.http.novu.answers import listed, numbered
from novu_core.http.novu.inputs import SubscriberBody, Subscribers
from novu_core.http.novu.people import subscriber_of
from novu_core.http.shapes.answers import result
from novu_core.http.shapes.bodies import read, read_item
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.people import SubscriberFields
from novu_core.http.shapes.query import Query
from novu_core.http.shapes.resources import resource
from novu_core.http.surface import Operation, Route, Served
from novu_core.types import JsonObject


async def create(served: Served, request: Request, io: IO) -> Response:
    """Make a subscriber, or change the one that is there."""
    fields = read(served, request, SubscriberBody).sent()
    strict = Query(request).flag("failIfExists") or False
    try:
        stored = await io.call(lambda: served.client.subscribers.upsert(fields, fail_if_exists=strict))
    except SubscriberAlreadyExistsError as error:  # the one body that is an error and the thing itself
        raise Refusal(409, error.message, subscriber_of(error.subscriber)) from None
    return result(subscriber_of(stored), 201)


async def create_many(served: Served, request: Request, io: IO) -> Response:
    """Make or change many; a bad one is told and does not stop the rest."""
    good: list[JsonObject] = []
    failed: dict[int, JsonObject] = {}
    entries = read(served, request, Subscribers, "subscribers").subscribers
    for index, entry in enumerate(entries):
        try:
            good.append(read_item(SubscriberBody, entry).sent())
        except Refusal as refusal:
            failed[index] = _failure(entry, "; ".join(_messages(refusal)))
        except RequestInvalidError as error:
            failed[index] = _failure(entry, str(error))
    done = await io.call(served.client.subscribers.upsert_many, good)
    refused = [{"subscriberId": item.subscriber_id, "message": item.message} for item in done.failed]
    return result(
        {
            "updated": [{"subscriberId": name} for name in done.updated],
            "created": [{"subscriberId": name} for name in done.created],
            "failed": _in_order(entries, failed, refused),
        },
        201,
    )


async def search(served: Served, request: Request, io: IO) -> Response:
    """Look for subscribers; every filter must hold exactly."""
    query = Query(request)
    filters = {
        "subscriber_id": query.text("subscriberId"),
        "email": query.text("email"),
        "phone": query.text("phone"),
        "name": query.text("name"),
    }
    asked: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
    options = cursors(query)
    page = await io.call(lambda: served.client.subscribers.list(**asked, **options))
    return listed(page, subscriber_of)


async def numbered_list(served: Served, request: Request, io: IO) -> Response:
    """List subscribers by the number of the page."""
    query = Query(request)
    number, limit = query.page(), query.limit()
    page = await io.call(lambda: served.client.subscribers.page(number, limit=limit))
    return numbered([subscriber_of(item) for item in page], number, limit, more=page.has_more, total=page.total)


async def retrieve(served: Served, request: Request, io: IO) -> Response:
    """Return one subscriber."""
    return result(subscriber_of(await io.call(served.client.subscribers.get, subscriber_id(request))))


async def patch(served: Served, request: Request, io: IO) -> Response:
    """Change fields of a subscriber that is there."""
    name, fields = subscriber_id(request), read(served, request, SubscriberFields).sent()
    return result(subscriber_of(await io.call(served.client.subscribers.patch, name, fields)))


async def delete(served: Served, request: Request, io: IO) -> Response:
    """Forget a subscriber."""
    await io.call(served.client.subscribers.delete, subscriber_id(request))
    return result({"acknowledged": True, "status": "deleted"})


def subscriber_id(request: Request) -> str:
    """Return the subscriber of the path. Raises Refusal, 404."""
    return resource(request, "subscriber_id", "Subscriber")


def cursors(query: Query) -> dict[str, Any]:
    """Return what a list with cursors is asked for."""
    query.text("orderBy")  # `_id` is the order of creation, and there is no other
    return {
        "limit": query.limit(),
        "cursor": query.text("after"),
        "before": query.text("before"),
        "include_cursor": query.flag("includeCursor") or False,
        "order": query.choice("orderDirection", ("DESC", "ASC", "desc", "asc"), "DESC").lower(),
    }


def _failure(entry: Any, message: str) -> JsonObject:
    named = entry.get("subscriberId") if isinstance(entry, dict) else None
    return {**({"subscriberId": named} if isinstance(named, str) else {}), "message": message}


def _messages(refusal: Refusal) -> list[str]:
    return [message for fault in refusal.more["errors"].values() for message in fault["messages"]]


def _in_order(entries: list[Any], failed: dict[int, JsonObject], refused: list[JsonObject]) -> list[JsonObject]:
    """Put what the shape refused and what the engine refused into the order in which they were sent."""
    left = list(refused)
    found = []
    for index, entry in enumerate(entries):
        if index in failed:
            found.append(failed[index])
        elif left and isinstance(entry, dict) and entry.get("subscriberId") == left[0]["subscriberId"]:
            found.append(left.pop(0))
    return [*found, *left]


ROUTES = (
    Route("/v2/subscribers", {"GET": Operation(search), "POST": Operation(create)}),
    Route(
        "/v2/subscribers/{subscriber_id}",
        {"GET": Operation(retrieve), "PATCH": Operation(patch), "DELETE": Operation(delete)},
    ),
    Route("/v1/subscribers/bulk", {"POST": Operation(create_many)}),
    Route("/v1/subscribers", {"GET": Operation(numbered_list), "POST": Operation(create)}),
    Route(
        "/v1/subscribers/{subscriber_id}",
        {"GET": Operation(retrieve), "PUT": Operation(patch), "DELETE": Operation(delete)},
    ),
)
