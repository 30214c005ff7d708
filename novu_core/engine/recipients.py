"""Reads ``to``: a subscriber id, a subscriber, a topic, or a list of those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pydantic

from novu_core.engine.inputs import checked_id
from novu_core.errors import FieldError, RecipientInvalidError
from novu_core.records.subscriber import Subscriber
from novu_core.types import JsonObject

_HINT = 'give a subscriber id, {"subscriberId": ...}, {"type": "Topic", "topicKey": ...}, or a list of those'


@dataclass
class Recipients:
    """Explicit subscribers (id -> fields sent along) and topics."""

    subscribers: dict[str, JsonObject] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)


def parse_recipients(to: Any) -> Recipients:
    """Return who ``to`` names, each subscriber once. Raises RecipientInvalidError."""
    found = Recipients()
    several = isinstance(to, list | tuple | set)
    for index, item in enumerate(to if several else [to]):
        _add(found, item, f"/to/{index}" if several else "/to")
    if not found.subscribers and not found.topics:
        raise _invalid("/to", f"is empty; {_HINT}")
    return found


def parse_subscriber(value: Any, path: str = "/actor") -> JsonObject:
    """Return one subscriber's fields, ``subscriberId`` among them. Raises RecipientInvalidError."""
    found = Recipients()
    _add(found, value, path)
    if found.topics:
        raise _invalid(path, "must be one subscriber, not a topic")
    subscriber_id, data = next(iter(found.subscribers.items()))
    return {**data, "subscriberId": subscriber_id}


def _add(found: Recipients, item: Any, path: str) -> None:
    if isinstance(item, str):
        if not item.strip():
            raise _invalid(path, f"is blank; {_HINT}")
        found.subscribers.setdefault(checked_id(item, path), {})
    elif isinstance(item, Subscriber):
        _merge(found, checked_id(item.subscriber_id, f"{path}/subscriberId"), item)
    elif isinstance(item, Mapping) and ("topicKey" in item or item.get("type") == "Topic"):
        key = item.get("topicKey")
        if not isinstance(key, str) or not key.strip():
            raise _invalid(f"{path}/topicKey", "must be a topic's key, a string that is not blank")
        found.topics.append(checked_id(key, f"{path}/topicKey"))
    elif isinstance(item, Mapping):
        try:
            subscriber = Subscriber.model_validate(dict(item))
        except pydantic.ValidationError as error:
            faults = [
                FieldError(path + "".join(f"/{part}" for part in fault["loc"]), fault["msg"])
                for fault in error.errors()
            ]
            raise RecipientInvalidError(f"The recipient is invalid; {_HINT}.", faults) from None
        _merge(found, checked_id(subscriber.subscriber_id, f"{path}/subscriberId"), subscriber)
    else:
        raise _invalid(path, f"is {type(item).__name__}; {_HINT}")


def _merge(found: Recipients, subscriber_id: str, item: Subscriber) -> None:
    found.subscribers[subscriber_id] = {**found.subscribers.get(subscriber_id, {}), **item.to_json()}


def _invalid(path: str, message: str) -> RecipientInvalidError:
    return RecipientInvalidError("The recipient is invalid.", [FieldError(path, message)])
