"""One subscriber's in-app messages: listed, counted and marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from novu_core.aio import IO
from novu_core.http.inbox.authentication import Owner, opened
from novu_core.http.messages import Request, Response
from novu_core.http.shapes.answers import inbox_page, nothing, result
from novu_core.http.shapes.bodies import read
from novu_core.http.shapes.changes import Action, Snooze, acted, snoozed, unsnoozed
from novu_core.http.shapes.errors import Refusal, invalid
from novu_core.http.shapes.filters import Meant, by_query, meant
from novu_core.http.shapes.query import Query, json_of
from novu_core.http.shapes.resources import resource
from novu_core.http.shapes.selections import Selection, delete_selected, mark_selected
from novu_core.http.surface import Route
from novu_core.managers.inbox import MARKS, Counted
from novu_core.records import MessageRecord
from novu_core.storage.inbox_filters import InboxFilters

_MOST_FILTERS = 30


async def search(owner: Owner, request: Request, io: IO) -> Response:
    """List messages, newest first."""
    query = Query(request)
    limit, offset, after, found = query.limit(), query.offset(), query.text("after"), _together(by_query(request))
    asked: Any = {"archived": None, **found.filters}
    asked |= {"limit": limit, "cursor": after, "offset": 0 if after else offset, "data": found.data}
    page = await io.call(lambda: owner.inbox.list(**asked))
    reader = owner.reader
    return inbox_page([reader.shown(item) for item in page], more=page.next_cursor is not None, asked=found.asked)


async def count(owner: Owner, request: Request, io: IO) -> Response:
    """Count what each of several filters leaves, up to 100."""
    found = [_together(meant(given)) for given in _filters(Query(request).text("filters"))]
    asked: list[Counted] = [{"archived": None, **each.filters, "data": each.data} for each in found]
    counts = await io.call(owner.inbox.counts, asked)
    return result([{"count": number, "filter": each.asked} for number, each in zip(counts, found, strict=True)])


async def mark(word: str, owner: Owner, request: Request, io: IO) -> Response:
    """Change the marks of one message, and return it."""
    message_id = _message_id(request)

    def change() -> MessageRecord:
        owner.inbox.mark(message_id, **MARKS[word])
        return owner.inbox.get(message_id)

    return await _shown(owner, io, change)


async def snooze(owner: Owner, request: Request, io: IO) -> Response:
    """Put one message away until a time."""
    message_id, until = _message_id(request), read(owner, request, Snooze).snooze_until
    return await _shown(owner, io, lambda: snoozed(owner.inbox, message_id, until))


async def unsnooze(owner: Owner, request: Request, io: IO) -> Response:
    """End a snooze."""
    message_id = _message_id(request)
    return await _shown(owner, io, lambda: unsnoozed(owner.inbox, message_id))


async def act(done: bool, owner: Owner, request: Request, io: IO) -> Response:
    """Mark an action as done, or as not done."""
    message_id, action = _message_id(request), read(owner, request, Action).action_type
    return await _shown(owner, io, lambda: acted(owner.inbox, message_id, action, done=done))


async def delete(owner: Owner, request: Request, io: IO) -> Response:
    """Delete one message."""
    await io.call(owner.inbox.delete, _message_id(request))
    return nothing()


async def mark_all(word: str, only: InboxFilters, owner: Owner, request: Request, io: IO) -> Response:
    """Change the marks of all messages, or of those that the body names. ``only``: of those with these marks."""
    await io.call(mark_selected, owner.inbox, read(owner, request, Selection), word, only)
    return nothing()


async def delete_all(owner: Owner, request: Request, io: IO) -> Response:
    """Delete all messages, or those that the body names."""
    await io.call(delete_selected, owner.inbox, read(owner, request, Selection))
    return nothing()


async def _shown(owner: Owner, io: IO, change: Callable[[], MessageRecord]) -> Response:
    return result(owner.reader.shown(await io.call(change)))


def _message_id(request: Request) -> str:
    return resource(request, "notification_id", "Notification")


def _together(found: Meant) -> Meant:
    if (found.asked.get("read"), found.asked.get("archived")) == (False, True):
        raise Refusal(400, "Filtering for unread and archived notifications is not supported.")
    return found


def _filters(text: str | None) -> list[Mapping[str, Any]]:
    try:
        filters = json_of(text or "[{}]")
    except ValueError:
        raise Refusal(400, "filters must be JSON: a list of objects") from None
    if not isinstance(filters, list) or not all(isinstance(each, dict) for each in filters):
        raise invalid("filters", "filters must be a list of objects")
    if len(filters) > _MOST_FILTERS:
        raise invalid("filters", f"filters must contain no more than {_MOST_FILTERS} elements")
    return filters


_ALL = "/v1/inbox/notifications"
_ONE = _ALL + "/{notification_id}"
ROUTES = (
    Route(_ALL, {"GET": opened(search)}),
    Route(_ALL + "/count", {"GET": opened(count)}),
    *(
        Route(f"{_ONE}/{word}", {"PATCH": opened(partial(mark, word))})
        for word in ("read", "unread", "archive", "unarchive")
    ),
    Route(_ONE + "/snooze", {"PATCH": opened(snooze)}),
    Route(_ONE + "/unsnooze", {"PATCH": opened(unsnooze)}),
    Route(_ONE + "/complete", {"PATCH": opened(partial(act, True))}),
    Route(_ONE + "/revert", {"PATCH": opened(partial(act, False))}),
    Route(_ONE + "/delete", {"DELETE": opened(delete)}),
    *(Route(f"{_ALL}/{word}", {"POST": opened(partial(mark_all, word, {}))}) for word in ("seen", "read", "archive")),
    Route(_ALL + "/read-archive", {"POST": opened(partial(mark_all, "archive", {"read": True}))}),
    Route(_ALL + "/delete", {"POST": opened(delete_all)}),
)
