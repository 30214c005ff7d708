"""Topics."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.errors import TopicAlreadyExistsError, ValidationError
from novu_core.http.messages import Request, Response
from novu_core.http.novu.answers import OWNED, listed, numbered
from novu_core.http.novu.inputs import TopicBody, TopicName
from novu_core.http.novu.subscribers import cursors
from novu_core.http.shapes.answers import given, nothing, result, time_text
from novu_core.http.shapes.bodies import read
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.query import Query
from novu_core.http.shapes.resources import resource
from novu_core.http.surface import Operation, Route, Served
from novu_core.records import TopicRecord
from novu_core.types import JsonObject


async def create(served: Served, request: Request, io: IO) -> Response:
    """Make a topic (201), or name the one that is there (200)."""
    body, strict = read(served, request, TopicBody), Query(request).flag("failIfExists") or False
    topic, created = await io.call(_saved, served, body.key, body.name, strict)
    return result(topic_of(topic), 201 if created else 200)


async def create_plainly(served: Served, request: Request, io: IO) -> Response:
    """Make a topic, or name the one that is there, with the older route's answer."""
    body = read(served, request, TopicBody)
    topic, _ = await io.call(_saved, served, body.key, body.name, False)
    return result({"_id": topic.id, "key": topic.key}, 201)


def _saved(served: Served, key: str, name: str | None, strict: bool) -> tuple[TopicRecord, bool]:
    topics = served.client.topics
    try:
        return topics.create(key, name, fail_if_exists=True), True
    except TopicAlreadyExistsError as error:
        if strict:  # a body that is an error and the thing itself
            raise Refusal(409, error.message, topic_of(error.topic)) from None
    except ValidationError as error:
        raise Refusal(400, str(error)) from None
    return topics.create(key, name), False


async def search(served: Served, request: Request, io: IO) -> Response:
    """List topics; every filter must hold exactly."""
    query = Query(request)
    asked = {**given(key=query.text("key"), name=query.text("name")), **cursors(query)}
    page = await io.call(lambda: served.client.topics.list(**asked))
    return listed(page, topic_of)


async def numbered_list(served: Served, request: Request, io: IO) -> Response:
    """List topics by the number of the page."""
    query = Query(request)
    number, limit = query.page(), query.number("pageSize", 10, 1, 100)
    asked = given(key=query.text("key"))
    page = await io.call(lambda: served.client.topics.page(number, limit=limit, **asked))
    return numbered([_plain(item) for item in page], number, limit, more=page.has_more, total=page.total)


async def retrieve(served: Served, request: Request, io: IO) -> Response:
    """Return one topic."""
    return result(topic_of(await io.call(served.client.topics.get, topic_key(request))))


async def retrieve_with_members(served: Served, request: Request, io: IO) -> Response:
    """Return one topic with the ids of all who are in it."""
    key = topic_key(request)
    topic = await io.call(served.client.topics.get, key)
    return result({**_plain(topic), "subscribers": await io.call(served.client.topics.member_ids, key)})


async def rename(served: Served, request: Request, io: IO) -> Response:
    """Give a topic another name."""
    key, body = topic_key(request), read(served, request, TopicName)
    if "name" not in body.model_fields_set:
        return result(topic_of(await io.call(served.client.topics.get, key)))
    return result(topic_of(await io.call(served.client.topics.rename, key, body.name)))


async def delete(served: Served, request: Request, io: IO) -> Response:
    """Forget a topic and who is in it."""
    await io.call(served.client.topics.delete, topic_key(request))
    return result({"acknowledged": True})


async def delete_plainly(served: Served, request: Request, io: IO) -> Response:
    """Forget a topic and who is in it, with the older route's answer."""
    await io.call(served.client.topics.delete, topic_key(request))
    return nothing()


def topic_key(request: Request) -> str:
    """Return the topic of the path. Raises Refusal, 404."""
    return resource(request, "key", "Topic")


def topic_of(topic: TopicRecord) -> JsonObject:
    """Return a topic."""
    times = {"createdAt": time_text(topic.created_at), "updatedAt": time_text(topic.updated_at)}
    return {"_id": topic.id, "key": topic.key, **given(name=topic.name), **times}


def _plain(topic: TopicRecord) -> JsonObject:
    return {**topic_of(topic), **OWNED}


ROUTES = (
    Route("/v2/topics", {"GET": Operation(search), "POST": Operation(create)}),
    Route(
        "/v2/topics/{key}",
        {"GET": Operation(retrieve), "PATCH": Operation(rename), "DELETE": Operation(delete)},
    ),
    Route("/v1/topics", {"GET": Operation(numbered_list), "POST": Operation(create_plainly)}),
    Route(
        "/v1/topics/{key}",
        {"GET": Operation(retrieve_with_members), "PATCH": Operation(rename), "DELETE": Operation(delete_plainly)},
    ),
)
