"""The session: a page says whose inbox it shows, and gets the token that opens it."""

from __future__ import annotations

from typing import Any

from novu_core.aio import IO
from novu_core.client import Client
from novu_core.errors import SubscriberAlreadyExistsError, SubscriberNotFoundError
from novu_core.http.inbox.authentication import check_session
from novu_core.http.inbox.schedules import Schedule
from novu_core.http.messages import Request, Response
from novu_core.http.shapes.answers import given, result
from novu_core.http.shapes.bodies import Shape, read
from novu_core.http.shapes.errors import Refusal, invalid
from novu_core.http.shapes.people import SubscriberFields
from novu_core.http.surface import Operation, Route, Served
from novu_core.managers.marks import LONGEST_SNOOZE
from novu_core.records import StoredSubscriber
from novu_core.schedules.zones import fault_of_zone
from novu_core.settings import Settings
from novu_core.types import JsonObject

_HOURS = int(LONGEST_SNOOZE.total_seconds() // 3600)
_DEMO = "pk_keyless_"
"""An identifier that begins so turns the clients into a demonstration of Novu's cloud."""


class Person(SubscriberFields):
    """Who the page says is looking at it."""

    subscriber_id: str | None = None


class Session(Shape):
    """What a page asks for. Older clients send the subscriber's id alone, in one of two places."""

    application_identifier: str | None = None
    subscriber_hash: str | None = None
    subscriber: Person | str | None = None
    subscriber_id: str | None = None
    default_schedule: Schedule | None = None

    def name(self) -> str:
        """Return the subscriber's id. Raises Refusal, 422, where there is none."""
        person = self.subscriber
        found = person.subscriber_id if isinstance(person, Person) else person
        found = found or self.subscriber_id or ""
        if not found.strip():
            raise invalid("subscriberId", "subscriberId must not be empty", words="Subscriber ID is required")
        return found

    def fields(self) -> JsonObject:
        """Return what is told of the subscriber, without the zone of a browser that knows more zones than we do."""
        told = self.subscriber.sent() if isinstance(self.subscriber, Person) else {}
        if fault_of_zone(told.get("timezone") or "UTC") is not None:
            del told["timezone"]
        return {name: value for name, value in told.items() if name != "subscriberId" and value is not None}


async def open_session(served: Served, request: Request, io: IO) -> Response:
    """Return the token of a subscriber, who is stored if nobody knows them yet."""
    client, body = served.client, read(served, request, Session)
    settings, name = client.settings, body.name()
    identifier = _application(settings, body.application_identifier)
    proven = check_session(request, settings, name, body.subscriber_hash or "")
    await io.call(_stored, client, name, body.fields(), proven)
    schedule = await io.call(_schedule, client, name, body.default_schedule)
    unread = await io.call(client.inbox(name).unread)
    return result(
        {
            "token": client.inbox_tokens.issue(name),
            "totalUnreadCount": unread.total,
            "unreadCount": {"total": unread.total, "severity": unread.severity},
            "removeNovuBranding": not settings.branding,
            "maxSnoozeDurationHours": _HOURS,
            "isDevelopmentMode": settings.debug,
            "applicationIdentifier": identifier,
            "contextKeys": [],
            **given(schedule=schedule),
        },
        201,
    )


def _application(settings: Settings, asked: str | None) -> str:
    if not asked:
        raise invalid("applicationIdentifier", "applicationIdentifier must not be empty")
    if asked != (settings.application_identifier or asked) or asked.startswith(_DEMO):
        raise Refusal(400, "Please provide a valid application identifier")
    return asked


def _stored(client: Client, name: str, fields: JsonObject, proven: bool) -> StoredSubscriber:
    """Store a new subscriber; change a known one only where a hash proves that the app's server made the page."""
    try:
        known = client.subscribers.get(name)
    except SubscriberNotFoundError:
        try:
            return client.subscribers.upsert(name, fail_if_exists=True, **fields)
        except SubscriberAlreadyExistsError as error:  # another page was faster
            known = error.subscriber
    stored = known.to_json()
    if not proven or all(stored.get(field) == value for field, value in fields.items()):
        return known
    return client.subscribers.upsert(name, **fields)


def _schedule(client: Client, name: str, default: Schedule | None) -> Any:
    schedule = client.preferences.get(name).get("schedule")
    if schedule is None and default is not None:
        schedule = client.preferences.set(name, {"schedule": default.sent()}).get("schedule")
    return schedule or None


ROUTES = (Route("/v1/inbox/session", {"POST": Operation(open_session, public=True)}),)
