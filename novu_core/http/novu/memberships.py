"""Who is in which topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from novu_core.aio import IO
from novu_core.errors import ValidationError
from novu_core.http.messages import Request, Response
from novu_core.http.novu.answers import OWNED, listed
from novu_core.http.novu.inputs import MemberIds, Members
from novu_core.http.novu.subscribers import cursors, subscriber_id
from novu_core.http.novu.topics import topic_key
from novu_core.http.shapes.answers import given, nothing, result, time_text
from novu_core.http.shapes.bodies import read
from novu_core.http.shapes.errors import Refusal, invalid
from novu_core.http.shapes.query import Query
from novu_core.http.surface import Operation, Route, Served
from novu_core.records import MembershipChange, MembershipRecord
from novu_core.records.ids import fault_of_id
from novu_core.types import JsonObject

_MOST = 100


async def subscribe(served: Served, request: Request, io: IO) -> Response:
    """Let subscribers join; the topic is made where there is none."""
    key, body = topic_key(request), read(served, request, Members)
    ids = _ids(key, body)
    topics = served.client.topics
    change = await io.call(lambda: _changed(ids, lambda good: topics.subscribe(key, good, known_only=True)))
    return _answer(ids, change, 201, "SUBSCRIBER_NOT_FOUND")


async def unsubscribe(served: Served, request: Request, io: IO) -> Response:
    """Let subscribers leave."""
    key, ids = topic_key(request), _ids(topic_key(request), read(served, request, Members))
    topics = served.client.topics
    await io.call(topics.get, key)
    change = await io.call(lambda: _changed(ids, lambda good: topics.unsubscribe(key, good)))
    return _answer(ids, change, 200, "SUBSCRIPTION_NOT_FOUND")


async def members(served: Served, request: Request, io: IO) -> Response:
    """List who is in a topic."""
    query, key = Query(request), topic_key(request)
    asked = {**given(subscriber_id=query.text("subscriberId")), **cursors(query)}
    page = await io.call(lambda: served.client.topics.members(key, **asked))
    return listed(page, membership_of)


async def topics_of(served: Served, request: Request, io: IO) -> Response:
    """List the topics that a subscriber is in."""
    query, name = Query(request), subscriber_id(request)
    asked = {**given(key=query.text("key")), **cursors(query)}
    page = await io.call(lambda: served.client.topics.of_subscriber(name, **asked))
    return listed(page, membership_of)


async def member(served: Served, request: Request, io: IO) -> Response:
    """Return one membership, in the older form."""
    key, name = topic_key(request), subscriber_id(request)
    page = await io.call(lambda: served.client.topics.members(key, subscriber_id=name))
    for found in page:
        ids = {"_subscriberId": found.subscriber_internal_id, "_topicId": found.topic_id}
        return result({**OWNED, **ids, "topicKey": key, "externalSubscriberId": name})
    raise Refusal(404, f"Subscriber {name} is not in topic {key}")


async def add(served: Served, request: Request, io: IO) -> Response:
    """Let subscribers join, in the older form."""
    key, ids = topic_key(request), read(served, request, MemberIds).subscribers
    topics = served.client.topics
    change = await io.call(lambda: _changed(ids, lambda good: topics.subscribe(key, good, known_only=True)))
    joined = {item.subscriber_id for item in change.memberships} if change else set()
    unknown = [name for name in dict.fromkeys(ids) if name not in joined]
    done: JsonObject = {"succeeded": [name for name in dict.fromkeys(ids) if name in joined]}
    return result({**done, "failed": {"notFound": unknown}} if unknown else done)


async def take_out(served: Served, request: Request, io: IO) -> Response:
    """Let subscribers leave, in the older form."""
    key, ids = topic_key(request), read(served, request, MemberIds).subscribers
    topics = served.client.topics
    await io.call(topics.get, key)
    await io.call(lambda: _changed(ids, lambda good: topics.unsubscribe(key, good)))
    return nothing()


def membership_of(member: MembershipRecord) -> JsonObject:
    """Return a membership."""
    key, name, joined = member.topic_key, member.subscriber_id, time_text(member.created_at)
    return {
        "_id": member.id,
        "identifier": f"tk_{key}:si_{name}",
        "topic": {"_id": member.topic_id, "key": key},
        "subscriber": {"_id": member.subscriber_internal_id, "subscriberId": name},
        "createdAt": joined,
        "updatedAt": joined,
    }


def _ids(key: str, body: Members) -> list[str]:
    """Return who is meant, each once, by either form of the body; an identifier holds the subscriber's id."""
    named = list(body.subscriber_ids or [])
    for entry in body.subscriptions or []:
        named.append(entry if isinstance(entry, str) else entry.subscriber_id or _named(key, entry.identifier or ""))
    ids = list(dict.fromkeys(named))
    if not 1 <= len(ids) <= _MOST:
        field = "subscriptions" if body.subscriptions is not None else "subscriberIds"
        raise invalid(field, f"{field} must contain 1 to {_MOST} elements")
    return ids


def _named(key: str, identifier: str) -> str:
    """Return the subscriber of a membership's identifier."""
    return identifier.removeprefix(f"tk_{key}:si_")


def _changed(ids: Sequence[str], change: Callable[[list[str]], MembershipChange]) -> MembershipChange | None:
    """Change the memberships of those who can have one; None where nobody can. Raises Refusal, 400, for a bad key."""
    good = [name for name in ids if fault_of_id(name) is None]
    try:
        return change(good) if good else None
    except ValidationError as error:
        raise Refusal(400, str(error)) from None


def _answer(ids: Sequence[str], change: MembershipChange | None, status: int, code: str) -> Response:
    done = [membership_of(item) for item in change.memberships] if change else []
    told = {item.subscriber_id: (item.code, item.message) for item in change.failed} if change else {}
    changed = {item["subscriber"]["subscriberId"] for item in done}
    errors: list[Any] = []
    for name in ids:
        if name not in changed:
            failed, message = told.get(name, (code, f"{name!r} is not the id of a subscriber."))
            errors.append({"subscriberId": name, "code": failed, "message": message})
    meta = {"totalCount": len(ids), "successful": len(done), "failed": len(errors)}
    body: JsonObject = {"data": done, "meta": meta}
    if errors:
        body["errors"] = errors
    if not done:
        raise Refusal(400, f"None of {len(ids)} could be done", body)
    return Response.json(status, body)


ROUTES = (
    Route(
        "/v2/topics/{key}/subscriptions",
        {"GET": Operation(members), "POST": Operation(subscribe), "DELETE": Operation(unsubscribe)},
    ),
    Route("/v2/subscribers/{subscriber_id}/subscriptions", {"GET": Operation(topics_of)}),
    Route("/v1/topics/{key}/subscribers/{subscriber_id}", {"GET": Operation(member)}),
    Route("/v1/topics/{key}/subscribers", {"POST": Operation(add)}),
    Route("/v1/topics/{key}/subscribers/removal", {"POST": Operation(take_out)}),
)
