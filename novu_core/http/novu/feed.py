"""A subscriber's in-app messages by the older routes; the marks are the same."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.novu.answers import numbered
from novu_core.http.novu.inputs import MarkAll, MarkFlagged, MarkSome
from novu_core.http.novu.messages import message_of
from novu_core.http.novu.subscribers import subscriber_id
from novu_core.http.shapes.answers import result, time_text
from novu_core.http.shapes.bodies import read
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.people import person_of
from novu_core.http.shapes.query import Query, json_of
from novu_core.http.surface import Operation, Route, Served
from novu_core.managers.inbox import MARKS, Marks
from novu_core.records import MessageRecord, StoredSubscriber
from novu_core.storage.inbox_filters import InboxFilters
from novu_core.types import JsonObject


async def feed(served: Served, request: Request, io: IO) -> Response:
    """List messages by the number of the page."""
    query, name = Query(request), subscriber_id(request)
    number, limit = query.page(), query.limit()
    filters: InboxFilters = {"read": query.flag("read"), "seen": query.flag("seen")}
    payload = _payload(query.text("payload"))
    subscriber = await io.call(served.client.subscribers.get, name)
    inbox = served.client.inbox(name)
    page = await io.call(lambda: inbox.list(limit=limit, offset=number * limit, payload=payload, **filters))
    total = await io.call(lambda: inbox.count(payload=payload, **filters))
    items = [_item(item, subscriber) for item in page]
    return numbered(items, number, limit, more=page.next_cursor is not None, total=total)


async def unseen(served: Served, request: Request, io: IO) -> Response:
    """Count messages that were not seen, or that were; at most ``limit``."""
    query, name = Query(request), subscriber_id(request)
    seen, most = query.flag("seen") or False, query.limit(100, 1000)
    await io.call(served.client.subscribers.get, name)
    return result({"count": min(most, await io.call(lambda: served.client.inbox(name).count(seen=seen)))})


async def mark_all(served: Served, request: Request, io: IO) -> Response:
    """Mark every message; the answer is how many there are."""
    name, body = subscriber_id(request), read(served, request, MarkAll)
    await io.call(served.client.subscribers.get, name)
    return result(await io.call(lambda: served.client.inbox(name).mark_all(**MARKS[body.mark_as])), 201)


async def mark_some(served: Served, request: Request, io: IO) -> Response:
    """Mark some messages and return them; ids that are not this subscriber's are ignored."""
    body = read(served, request, MarkSome)
    return await _marked(served, request, io, body.message_id, MARKS[body.mark_as])


async def mark_flagged(served: Served, request: Request, io: IO) -> Response:
    """Do as :func:`mark_some` for marks by their names."""
    body = read(served, request, MarkFlagged)
    marks: Any = body.mark.model_dump(exclude_none=True)
    return await _marked(served, request, io, body.message_id, marks)


async def _marked(served: Served, request: Request, io: IO, messages: str | list[str], marks: Marks) -> Response:
    name = subscriber_id(request)
    subscriber = await io.call(served.client.subscribers.get, name)
    ids = messages if isinstance(messages, list) else [messages]
    inbox = served.client.inbox(name)
    marked = await io.call(lambda: inbox.mark_some(ids, **marks))
    return result([message_of(item, {name: subscriber.id}) for item in marked], 201)


def _item(message: MessageRecord, subscriber: StoredSubscriber) -> JsonObject:
    person = person_of(subscriber, subscriber.id)
    item = message_of(message, {subscriber.subscriber_id: subscriber.id})
    return {
        **item,
        "_jobId": f"{message.execution_id}:{message.step_id}",
        "archived": message.archived,
        "updatedAt": time_text(message.created_at),
        "subscriber": {key: value for key, value in person.items() if key not in ("email", "phone")},
    }


def _payload(text: str | None) -> JsonObject | None:
    """Return the payload that the runs must have had, from base64."""
    if text is None:
        return None
    try:
        found: Any = json_of(base64.b64decode(text, validate=False))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, dict):
        raise Refusal(400, "payload must be a JSON object in base64")
    return found


_ONE = "/v1/subscribers/{subscriber_id}"
ROUTES = (
    Route(_ONE + "/notifications/feed", {"GET": Operation(feed)}),
    Route(_ONE + "/notifications/unseen", {"GET": Operation(unseen)}),
    Route(_ONE + "/messages/mark-all", {"POST": Operation(mark_all)}),
    Route(_ONE + "/messages/mark-as", {"POST": Operation(mark_some)}),
    Route(_ONE + "/messages/markAs", {"POST": Operation(mark_flagged)}),
)
