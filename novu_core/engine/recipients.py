"""Reads ``to``: a subscriber id, a subscriber, a topic, or a list of those; or everybody, of a broadcast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pydantic
from pydantic.alias_generators import to_camel

from novu_core.codec import fault_of_text
from novu_core.engine.inputs import checked_id, reason_of
from novu_core.errors import FieldError, RecipientInvalidError
from novu_core.records.subscriber import Subscriber
from novu_core.schedules.zones import fault_of_zone
from novu_core.types import JsonObject

_HINT = 'give a subscriber id, {"subscriberId": ...}, {"type": "Topic", "topicKey": ...}, or a list of these'

_IDS = ("subscriberId", "subscriber_id")
_NOTHING: Mapping[str, None] = MappingProxyType({})


@dataclass(frozen=True)
class Everyone:
    """A broadcast's ``to``: everybody in the store but ``exclude``, ids of subscribers."""

    exclude: Any = ()


@dataclass
class Recipients:
    """Explicit subscribers (id -> fields sent along) and topics. ``everyone``: it is a broadcast.

    ``excluded``: by topic, and ``""`` for everyone, who is left out.
    """

    subscribers: dict[str, JsonObject] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    everyone: bool = False
    excluded: dict[str, list[str]] = field(default_factory=dict)

    @property
    def fanouts(self) -> list[str]:
        """The topics' keys, ``""`` for everyone: those whose members are read later."""
        return [*self.topics, *([""] if self.everyone else [])]


def parse_recipients(to: Any) -> Recipients:
    """Return who ``to`` names, each subscriber once. Raises RecipientInvalidError."""
    if isinstance(to, Everyone):
        return Recipients(everyone=True, excluded={"": _ids(to.exclude, "/exclude")})
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
        _merge(found, checked_id(item.subscriber_id, f"{path}/subscriberId"), item, path)
    elif isinstance(item, Mapping) and ("topicKey" in item or item.get("type") == "Topic"):
        key = item.get("topicKey")
        if not isinstance(key, str) or not key.strip():
            raise _invalid(f"{path}/topicKey", "must be a topic's key, a string that is not blank")
        _add_topic(found, checked_id(key, f"{path}/topicKey"), _ids(item.get("exclude"), f"{path}/exclude"))
    elif isinstance(item, Mapping):
        cleared = {name: None for name, value in item.items() if value is None and name not in _IDS}
        try:
            subscriber = Subscriber.model_validate({name: item[name] for name in item if name not in cleared})
        except pydantic.ValidationError as error:
            faults = [
                FieldError(path + "".join(f"/{part}" for part in fault["loc"]), fault["msg"])
                for fault in error.errors()
            ]
            raise RecipientInvalidError(f"The recipient is invalid; {_HINT}.", faults) from None
        _merge(found, checked_id(subscriber.subscriber_id, f"{path}/subscriberId"), subscriber, path, cleared)
    else:
        raise _invalid(path, f"is {type(item).__name__}; {_HINT}")


def _add_topic(found: Recipients, key: str, excluded: list[str]) -> None:
    if key in found.topics:  # left out is who is left out each time
        found.excluded[key] = [name for name in found.excluded[key] if name in excluded]
        return
    found.topics.append(key)
    found.excluded[key] = excluded


def _ids(given: Any, path: str) -> list[str]:
    """Return ids of subscribers, each once; one may stand alone, and None is none."""
    if isinstance(given, str):
        return [checked_id(given, path)]
    if given is None:
        return []
    if not isinstance(given, Iterable) or isinstance(given, Mapping | bytes):
        raise _invalid(path, "must be a list of subscriber ids")
    return list(dict.fromkeys(checked_id(item, f"{path}/{at}") for at, item in enumerate(given)))


def _merge(
    found: Recipients, subscriber_id: str, item: Subscriber, path: str, cleared: Mapping[str, None] = _NOTHING
) -> None:
    """Add a subscriber's fields. ``cleared``: those that were given as None, under either of their names."""
    try:
        given: JsonObject = {**{_alias(name): None for name in cleared}, **item.given()}
    except (ValueError, RecursionError) as error:  # pydantic's own error is a ValueError
        raise _invalid(path, reason_of(error)) from None
    for name, value in given.items():
        unstorable = fault_of_text(value) if isinstance(value, str) else None
        if unstorable is not None:
            raise _invalid(f"{path}/{name}", unstorable)
    fault = fault_of_zone(given["timezone"]) if given.get("timezone") else None
    if fault is not None:
        raise _invalid(f"{path}/timezone", fault)
    found.subscribers[subscriber_id] = {**found.subscribers.get(subscriber_id, {}), **given}


def _alias(name: str) -> str:
    return to_camel(name) if name in Subscriber.model_fields else name


def _invalid(path: str, message: str) -> RecipientInvalidError:
    return RecipientInvalidError("The recipient is invalid.", [FieldError(path, message)])
