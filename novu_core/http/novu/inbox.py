"""A subscriber's in-app messages, for whoever has the key of the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.novu.inputs import Selection
from novu_core.http.novu.subscribers import subscriber_id
from novu_core.http.shapes.answers import inbox_page, nothing, result
from novu_core.http.shapes.bodies import read
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.filters import Meant, by_query, meant
from novu_core.http.shapes.notifications import Reader
from novu_core.http.shapes.query import Query, json_of
from novu_core.http.shapes.resources import resource
from novu_core.http.surface import Operation, Route, Served
from novu_core.managers.inbox import MARKS, Inbox
from novu_core.records.pages import checked_cursor
from novu_core.storage.inbox_filters import InboxFilters

_MOST_FILTERS = 30


async def search(served: Served, request: Request, io: IO) -> Response:
    """List messages, newest first; archived ones too, unless ``archived`` says otherwise."""
    query, reader = Query(request), await _reader(served, request, io)
    limit, offset, after, found = query.limit(), query.offset(), query.text("after"), by_query(served, query)
    checked_cursor(after)
    if found.nobody:
        return inbox_page([], more=False)
    asked: Any = {"archived": None, **found.filters}
    asked |= {"limit": limit, "cursor": after, "offset": 0 if after else offset, "data": found.data}
    page = await io.call(lambda: reader.inbox.list(**asked))
    return inbox_page([reader.shown(item) for item in page], more=page.next_cursor is not None)


async def count(served: Served, request: Request, io: IO) -> Response:
    """Count what each of several filters matches, of what is not archived unless the filter says so."""
    reader, filters = await _reader(served, request, io), _filters(Query(request).text("filters"))
    found = [meant(served, asked) for asked in filters]
    counts = await io.call(lambda: [_count(reader.inbox, each) for each in found])
    return result([{"count": number, "filter": dict(asked)} for number, asked in zip(counts, filters, strict=True)])


async def mark(word: str, served: Served, request: Request, io: IO) -> Response:
    """Change the marks of one message, and return it."""
    reader, message_id = await _reader(served, request, io), _message_id(request)
    await io.call(lambda: reader.inbox.mark(message_id, **MARKS[word]))
    return result(reader.shown(await io.call(reader.inbox.get, message_id)))


async def delete(served: Served, request: Request, io: IO) -> Response:
    """Delete one message."""
    reader, message_id = await _reader(served, request, io), _message_id(request)
    await io.call(reader.inbox.delete, message_id)
    return nothing()


async def mark_all(word: str, read_only: bool, served: Served, request: Request, io: IO) -> Response:
    """Change the marks of all messages, or of those that the body names. ``read_only``: of the read ones alone."""
    return await _all(served, request, io, partial(_mark_all, word, read_only), partial(_mark_some, word, read_only))


async def delete_all(served: Served, request: Request, io: IO) -> Response:
    """Delete all messages, or those that the body names."""
    return await _all(served, request, io, _delete_all, Inbox.delete_some)


async def _all(
    served: Served,
    request: Request,
    io: IO,
    change: Callable[[Inbox, Meant], object],
    change_some: Callable[[Inbox, list[str]], object],
) -> Response:
    """Change what the body names. ``change_some``: for messages that it names one by one, strange ids ignored."""
    reader, selection = await _reader(served, request, io), read(served, request, Selection)
    found = meant(served, {"tags": selection.tags or None, "data": selection.data})
    if selection.notification_ids is not None:
        await io.call(change_some, reader.inbox, selection.notification_ids)
        return nothing()
    await io.call(change, reader.inbox, found)
    return nothing()


def _mark_all(word: str, read_only: bool, inbox: Inbox, found: Meant) -> None:
    filters: InboxFilters = {**found.filters}
    if read_only:
        filters["read"] = True
    inbox.mark_all(**MARKS[word], where=filters, data=found.data)


def _mark_some(word: str, read_only: bool, inbox: Inbox, message_ids: list[str]) -> None:
    inbox.mark_some(message_ids, **MARKS[word], where={"read": True} if read_only else None)


def _delete_all(inbox: Inbox, found: Meant) -> None:
    inbox.delete_all(data=found.data, **found.filters)


def _count(inbox: Inbox, found: Meant) -> int:
    return 0 if found.nobody else inbox.count(data=found.data, **found.filters)


def _filters(text: str | None) -> list[Mapping[str, Any]]:
    try:
        filters = json_of(text or "[{}]")
    except ValueError:
        raise Refusal(400, "filters must be JSON: a list of objects") from None
    if not isinstance(filters, list) or not all(isinstance(each, dict) for each in filters):
        raise Refusal(400, "filters must be a list of objects")
    if len(filters) > _MOST_FILTERS:
        raise Refusal(400, f"filters must contain no more than {_MOST_FILTERS} elements")
    return filters


async def _reader(served: Served, request: Request, io: IO) -> Reader:
    """Return the inbox of the path's subscriber. Raises SubscriberNotFoundError."""
    subscriber = await io.call(served.client.subscribers.get, subscriber_id(request))
    return Reader(served.client.inbox(subscriber.subscriber_id), subscriber, served.client.workflows)


def _message_id(request: Request) -> str:
    return resource(request, "notification_id", "Notification")


def _named(path: str, run: Callable[..., Any], *args: Any) -> Route:
    method = "POST" if "{notification_id}" not in path else "PATCH"
    return Route(path, {method: Operation(partial(run, *args))})  # type: ignore[dict-item]  # both are methods


_ALL = "/v2/subscribers/{subscriber_id}/notifications"
_ONE = _ALL + "/{notification_id}"
ROUTES = (
    Route(_ALL, {"GET": Operation(search)}),
    Route(_ALL + "/count", {"GET": Operation(count)}),
    Route(_ONE, {"DELETE": Operation(delete)}),
    *(_named(f"{_ONE}/{word}", mark, word) for word in ("read", "unread", "archive", "unarchive")),
    _named(_ALL + "/read", mark_all, "read", False),
    _named(_ALL + "/seen", mark_all, "seen", False),
    _named(_ALL + "/archive", mark_all, "archive", False),
    _named(_ALL + "/read-archive", mark_all, "archive", True),
    _named(_ALL + "/delete", delete_all),
)
