"""Everything that was sent or stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.novu.answers import OWNED, affordable, numbered
from novu_core.http.novu.providers import provider_id
from novu_core.http.shapes.answers import given, nothing, result, time_text
from novu_core.http.shapes.contents import body_of, text_of
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.query import Query
from novu_core.http.shapes.resources import resource
from novu_core.http.surface import Operation, Route, Served
from novu_core.records import MessageRecord
from novu_core.types import Channel, JsonObject

_MOST = 1000
CHANNELS = tuple(channel.value for channel in Channel)


async def search(served: Served, request: Request, io: IO) -> Response:
    """List messages, newest first."""
    query = Query(request)
    number, limit = query.page(), query.limit(most=1_000_000)
    if limit > _MOST:
        raise Refusal(400, f"Limit can not be larger then {_MOST}")
    channel, name = query.text("channel"), query.text("subscriberId")
    asked: dict[str, Any] = given(subscriber_id=name, transaction_id=query.texts("transactionId") or None)
    if channel is not None:
        asked["channel"] = query.choice("channel", CHANNELS, channel)
    if name is not None:
        await io.call(served.client.subscribers.get, name)
    page = await io.call(lambda: served.client.messages.page(number, limit=limit, **asked))
    people = await io.call(served.client.subscribers.internal_ids, [item.subscriber_id for item in page])
    payloads = await io.call(served.client.executions.payloads, [item.execution_id for item in page])
    sent = affordable([payloads.get(item.execution_id) for item in page])
    items = [{**message_of(item, people), **given(payload=each)} for item, each in zip(page, sent, strict=True)]
    return numbered(items, number, limit, more=page.has_more, total=page.total)


async def delete(served: Served, request: Request, io: IO) -> Response:
    """Forget one message."""
    await io.call(served.client.messages.delete, resource(request, "message_id", "Message"))
    return result({"acknowledged": True, "status": "deleted"})


async def delete_transaction(served: Served, request: Request, io: IO) -> Response:
    """Forget the messages of a trigger, of one channel or of all."""
    query, transaction_id = Query(request), resource(request, "transaction_id", "Transaction")
    channel = query.text("channel")
    asked = {} if channel is None else {"channel": query.choice("channel", CHANNELS, channel)}
    if not await io.call(lambda: served.client.messages.delete_all(transaction_id, **asked)):
        raise Refusal(404, "Invalid transactionId or channel")
    return nothing()


def message_of(message: MessageRecord, people: Mapping[str, str]) -> JsonObject:
    """Return a message. ``people``: the internal ids of subscribers that are stored."""
    seen = message.seen_at or message.read_at
    return {
        "_id": message.message_id,
        **OWNED,
        "_notificationId": message.execution_id,
        "_subscriberId": people.get(message.subscriber_id, message.subscriber_id),
        "_templateId": message.workflow_id,
        "templateIdentifier": message.workflow_id,
        "transactionId": message.transaction_id,
        "channel": message.channel if message.channel in CHANNELS else Channel.IN_APP.value,
        "providerId": provider_id(message.channel, message.provider),
        "content": body_of(message.content),
        **given(subject=text_of(message.content, "subject")),
        **_address(message),
        "createdAt": time_text(message.created_at),
        "seen": message.seen,
        "read": message.read,
        **given(lastSeenDate=seen and time_text(seen), lastReadDate=message.read_at and time_text(message.read_at)),
        "cta": {},
        "status": "sent",
    }


def _address(message: MessageRecord) -> JsonObject:
    field = {"email": "email", "sms": "phone"}.get(message.channel)
    return {field: message.to} if field is not None and message.to else {}


ROUTES = (
    Route("/v1/messages", {"GET": Operation(search)}),
    Route("/v1/messages/{message_id}", {"DELETE": Operation(delete)}),
    Route("/v1/messages/transaction/{transaction_id}", {"DELETE": Operation(delete_transaction)}),
)
