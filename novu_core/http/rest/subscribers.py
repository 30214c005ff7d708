"""Operations on subscribers: who there is, and what somebody gets at all."""

from __future__ import annotations

from typing import Any

from novu_core.aio import IO
from novu_core.delivery import address_of
from novu_core.http.messages import Request, Response
from novu_core.http.rest.answers import counted
from novu_core.http.rest.parameters import given, page_of
from novu_core.http.surface import Served
from novu_core.records import StoredSubscriber
from novu_core.types import Channel, JsonObject

FILTERS = ("subscriber_id", "email", "phone", "name")
MOST_TOPICS = 100


async def list_subscribers(served: Served, request: Request, io: IO) -> Response:
    """List subscribers, newest first; every filter must hold exactly."""
    filters: dict[str, Any] = {**given(request, *FILTERS), **page_of(request)}
    found = await io.call(lambda: served.client.subscribers.list(**filters))
    return Response.json(200, counted(found, _shown))


async def get_subscriber(served: Served, request: Request, io: IO) -> Response:
    """Return a subscriber, with what decides about messages to them."""
    return Response.json(200, await io.call(_whole, served, request.path_params["subscriber_id"]))


async def export_subscriber(served: Served, request: Request, io: IO) -> Response:
    """Return all that is stored about somebody."""
    return Response.json(200, await io.slow(served.client.subscribers.export, request.path_params["subscriber_id"]))


async def erase_subscriber(served: Served, request: Request, io: IO) -> Response:
    """Delete all that is stored about somebody."""
    erased = await io.slow(served.client.subscribers.erase, request.path_params["subscriber_id"])
    return Response.json(200, erased.to_json())


def _whole(served: Served, subscriber_id: str) -> JsonObject:
    client = served.client
    stored = client.subscribers.get(subscriber_id)
    data = stored.to_json()
    wishes = client.preferences.effective(subscriber_id)
    topics = client.topics.of_subscriber(subscriber_id, limit=MOST_TOPICS)
    return {
        **_shown(stored),
        "reachable": {channel.value: bool(address_of(data, channel)) for channel in Channel if channel != "in_app"},
        "preferences": {
            "channels": {name: _decision(found) for name, found in wishes.channels.items()},
            "schedule": wishes.schedule,
            "workflows": [
                {
                    "workflow_id": found.workflow_id,
                    "critical": found.critical,
                    "channels": {name: _decision(each) for name, each in found.channels.items()},
                }
                for found in wishes.workflows
            ],
        },
        "topics": [topic.topic_key for topic in topics],
        "unread": client.inbox(subscriber_id).unread().total,
    }


def _decision(found: Any) -> JsonObject:
    return {"enabled": found.enabled, "rule": found.rule.value}


def _shown(stored: StoredSubscriber) -> JsonObject:
    return {
        "subscriber_id": stored.subscriber_id,
        "subscriber": stored.to_json(),
        "created_at": stored.created_at.isoformat(),
        "updated_at": stored.updated_at.isoformat(),
    }
