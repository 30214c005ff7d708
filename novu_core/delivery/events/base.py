"""A report that a provider posts, verified and read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from novu_core.clock import UTC, iso_time
from novu_core.codec import storable
from novu_core.errors import AuthenticationError, FieldError, RequestInvalidError

Kind = Literal["hard_bounce", "soft_bounce", "complaint"]
_LONGEST = 500
"""Characters that are kept of what a service says."""


@dataclass(frozen=True)
class Post:
    """A request with a report. ``headers``: asked for in lower case. ``now``: aware."""

    headers: Mapping[str, str]
    body: bytes
    now: datetime


@dataclass(frozen=True)
class Event:
    """What became of one message to one address.

    ``hard_bounce``: the address takes no mail; ``soft_bounce``: this message did not arrive; ``complaint``: its reader
    calls it unwanted. ``event_id`` is the same for a repetition. ``addresses``: what the report calls the recipient,
    the best first. The message is the one of ``idempotency_key``, or has one of ``message_ids``, the provider's or its
    Message-ID.
    """

    kind: Kind
    event_id: str
    at: datetime
    reason: str
    addresses: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Report:
    """What a post says. ``events``: without those that change nothing, a delivery for example.

    ``token``: what only the first post with it may use, where a signature does not cover the body.
    """

    events: Sequence[Event] = field(default_factory=tuple)
    token: str | None = None


class EventSource(Protocol):
    """Who posts reports; the attribute ``events`` of a provider.

    ``name``: the last part of the route ``/delivery/events/<name>``.
    """

    @property
    def name(self) -> str:
        """The last part of the route."""
        ...

    def verify(self, post: Post) -> None:
        """Raise AuthenticationError unless the service sent this, and RequestInvalidError for what cannot be read.

        May ask the service, and take seconds.
        """
        ...

    def read(self, post: Post) -> Report:
        """Return what a verified post says. Raises RequestInvalidError."""
        ...


def forged(told: str) -> AuthenticationError:
    """Return the error of a post that its service did not send."""
    return AuthenticationError(f"The report was refused: {told}.")


def garbage(told: str) -> RequestInvalidError:
    """Return the error of a post that cannot be read."""
    return RequestInvalidError("The report could not be read.", [FieldError("", told)])


def parsed(text: str | bytes) -> Any:
    """Return what JSON says. Raises RequestInvalidError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise garbage("the body is not JSON") from None


def parsed_object(text: str | bytes) -> dict[str, Any]:
    """Return a JSON object. Raises RequestInvalidError."""
    found = parsed(text)
    if not isinstance(found, dict):
        raise garbage("the body is not a JSON object")
    return found


def object_of(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object within an object, empty where it is none."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def objects_of(data: object) -> list[dict[str, Any]]:
    """Return the objects of a list; what else is in it is left out."""
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def text_of(value: object) -> str:
    """Return a text or number of a report as one line that a store holds; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(storable(value).split())[:_LONGEST]


def texts_of(*values: object) -> tuple[str, ...]:
    """Return those of the values that are texts, each once, in order."""
    return tuple(dict.fromkeys(filter(None, map(text_of, values))))


def message_ids_of(*values: object) -> tuple[str, ...]:
    """Return ids of messages; services write a Message-ID with ``<>`` or without, and we keep it as it was sent."""
    found = texts_of(*values)
    bare = (text.removeprefix("<").removesuffix(">") for text in found)
    return tuple(dict.fromkeys(spelled for text in bare for spelled in (text, f"<{text}>") if text))


def digest_of(*parts: str) -> str:
    """Return the id of an event to which its service gives none: the same for the same parts."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def time_of(value: object, otherwise: datetime) -> datetime:
    """Return a time in ISO 8601, or in seconds since 1970, else ``otherwise``; one to come counts as that, too."""
    try:
        found = iso_time(value) if isinstance(value, str) else datetime.fromtimestamp(float(value), UTC)  # type: ignore[arg-type]  # what is none raises
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return otherwise
    return min(found, otherwise)
