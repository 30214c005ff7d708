"""A subscriber's in-app messages, for whoever has the key of the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from novu_core.aio import IO
from novu_core.http.messages import Request, Response
from novu_core.http.novu.subscribers import subscriber_id
from novu_core.http.shapes.answers import inbox_page, nothing, result
from novu_core.http.shapes.bodies import read
from novu_core.http.shapes.changes import Snooze, acted, snoozed, unsnoozed
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.filters import by_query, meant
from novu_core.http.shapes.notifications import Reader
from novu_core.http.shapes.query import Query, json_of
from novu_core.http.shapes.resources import resource
from novu_core.http.shapes.selections import Selection, delete_selected, mark_selected
from novu_core.http.surface import Operation, Route, Served
from novu_core.managers.inbox import MARKS, Counted
from novu_core.records.pages import checked_cursor
from novu_core.storage.inbox_filters import InboxFilters

_MOST_FILTERS = 30


async def search(served: Served, request: Request, io: IO) -> Response:
    """List messages, newest first; archived ones too, unless ``archived`` says otherwise."""
    query, reader = Query(request), await _reader(served, request, io)
    limit, offset, after, found = query.limit(), query.offset(), query.text("after"), by_query(request)
    checked_cursor(after)
    asked: Any = {"archived": None, **found.filters}
    asked |= {"limit": limit, "cursor": after, "offset": 0 if after else offset, "data": found.data}
    page = await io.call(lambda: reader.inbox.list(**asked))
    return inbox_page([reader.shown(item) for item in page], more=page.next_cursor is not None)


async def count(served: Served, request: Request, io: IO) -> Response:
    """Count what each of several filters matches, up to 100, of what is not archived unless the filter says so."""
    reader, filters = await _reader(served, request, io), _filters(Query(request).text("filters"))
    found = [meant(asked) for asked in filters]
    wanted: list[Counted] = [{**each.filters, "data": each.data} for each in found]
    counts = await io.call(reader.inbox.counts, wanted)
    return result([{"count": number, "filter": dict(asked)} for number, asked in zip(counts, filters, strict=True)])


async def mark(word: str, served: Served, request: Request, io: IO) -> Response:
    """Change the marks of one message, and return it."""
    reader, message_id = await _reader(served, request, io), _message_id(request)
    await io.call(lambda: reader.inbox.mark(message_id, **MARKS[word]))
    return result(reader.shown(await io.call(reader.inbox.get, message_id)))


async def snooze(served: Served, request: Request, io: IO) -> Response:
    """Put one message away until a time."""
    reader, message_id = await _reader(served, request, io), _message_id(request)
    until = read(served, request, Snooze).snooze_until
    return result(reader.shown(await io.call(snoozed, reader.inbox, message_id, until)))


async def unsnooze(served: Served, request: Request, io: IO) -> Response:
    """End a snooze."""
    reader, message_id = await _reader(served, request, io), _message_id(request)
    return result(reader.shown(await io.call(unsnoozed, reader.inbox, message_id)))


async def act(done: bool, served: Served, request: Request, io: IO) -> Response:
    """Mark an action as done, or as not done."""
    reader, message_id = await _reader(served, request, io), _message_id(request)
    action = resource(request, "type", "Action")
    return result(reader.shown(await io.call(lambda: acted(reader.inbox, message_id, action, done=done))))


async def delete(served: Served, request: Request, io: IO) -> Response:
    """Delete one message."""
    reader, message_id = await _reader(served, request, io), _message_id(request)
    await io.call(reader.inbox.delete, message_id)
    return nothing()


async def mark_all(word: str, only: InboxFilters, served: Served, request: Request, io: IO) -> Response:
    """Change the marks of all messages, or of those that the body names. ``only``: of those with these marks."""
    reader, selection = await _reader(served, request, io), read(served, request, Selection)
    await io.call(mark_selected, reader.inbox, selection, word, only)
    return nothing()


async def delete_all(served: Served, request: Request, io: IO) -> Response:
    """Delete all messages, or those that the body names."""
    reader, selection = await _reader(served, request, io), read(served, request, Selection)
    await io.call(delete_selected, reader.inbox, selection)
    return nothing()


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
    _named(f"{_ONE}/snooze", snooze),
    _named(f"{_ONE}/unsnooze", unsnooze),
    _named(_ONE + "/actions/{type}/complete", act, True),
    _named(_ONE + "/actions/{type}/revert", act, False),
    _named(_ALL + "/read", mark_all, "read", {}),
    _named(_ALL + "/seen", mark_all, "seen", {}),
    _named(_ALL + "/archive", mark_all, "archive", {}),
    _named(_ALL + "/read-archive", mark_all, "archive", {"read": True}),
    _named(_ALL + "/delete", delete_all),
)
