"""Which of a subscriber's in-app messages a request means, and how the answer repeats it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from novu_core.clock import micros, moment
from novu_core.http.messages import Request
from novu_core.http.shapes.errors import Refusal, invalid
from novu_core.http.shapes.query import Query, json_of
from novu_core.http.shapes.tags import groups_of, tags_of
from novu_core.storage.inbox_filters import InboxFilters
from novu_core.types import JsonObject, Severity

_MARKS = ("read", "archived", "snoozed", "seen")
_TIMES = {"createdGte": "since", "createdLte": "until"}
SEVERITIES = tuple(severity.value for severity in Severity)
_LONGEST = 256
_SHOWN = timedelta(milliseconds=1) - timedelta(microseconds=1)
"""What a time hides that is shown in milliseconds: who asks for messages until then means those of all of it."""


@dataclass(frozen=True)
class Meant:
    """What a request asks for. ``asked``: the same as the answer repeats it, and nothing that was not asked."""

    filters: InboxFilters = field(default_factory=lambda: InboxFilters())
    data: JsonObject | None = None
    asked: JsonObject = field(default_factory=dict)


def by_query(request: Request) -> Meant:
    """Read the filters of a list. Raises Refusal."""
    query = Query(request)
    asked: JsonObject = {name: query.flag(name) for name in _MARKS}
    asked["tags"] = tags_of(request)
    asked["severity"] = query.texts("severity")
    if len(asked["severity"]) == 1 and ("severity", asked["severity"][0]) in request.query:
        [asked["severity"]] = asked["severity"]
    asked["data"] = query.text("data")
    for name in _TIMES:
        when = query.moment(name)
        asked[name] = None if when is None else micros(when) // 1000
    return meant({name: value for name, value in asked.items() if value not in (None, [])})


def meant(given: Mapping[str, Any]) -> Meant:
    """Read filters that are JSON already; what is null is not asked. Raises Refusal."""
    filters: InboxFilters = {}
    asked: JsonObject = {}
    if given.get("tags") is not None:
        asked["tags"] = given["tags"]
        if groups := groups_of(given["tags"]):
            filters["tags"] = groups
    for name in _MARKS:
        if given.get(name) is not None:
            asked[name] = filters[name] = _flag(name, given[name])  # type: ignore[literal-required]  # those of _MARKS
    data = data_of(given.get("data"))
    if data is not None:
        asked["data"] = data
    if given.get("severity") is not None:
        asked["severity"] = given["severity"]
        filters["severity"] = severities_of(given["severity"])
    for name, filtered in _TIMES.items():
        if given.get(name) is not None:
            asked[name], when = given[name], _moment(name, given[name])
            filters[filtered] = when + _SHOWN if filtered == "until" else when  # type: ignore[literal-required]  # _TIMES
    return Meant(filters, data or None, asked)


def data_of(value: Any) -> JsonObject | None:
    """Return the data that messages must have, from JSON text or as it is. Raises Refusal, 400."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = json_of(value or "{}")
        except ValueError:
            raise Refusal(400, "data must be a JSON object") from None
    if not isinstance(value, dict):
        raise Refusal(400, "data must be a JSON object")
    for item in value.values():
        for inner in item.values() if isinstance(item, dict) else [item]:
            if isinstance(inner, dict):
                raise Refusal(400, "Maximum nesting level exceeded (2 levels max)")
            if isinstance(inner, list) or (isinstance(inner, str) and len(inner) > _LONGEST):
                raise Refusal(400, f"data must contain simple values, and strings of at most {_LONGEST} characters")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise invalid(name, f"{name} must be true or false", value)
    return value


def severities_of(value: Any) -> Sequence[str]:
    """Return severities, from one word or several. Raises Refusal, 422, for a word that is none."""
    words = value if isinstance(value, list) else [value]
    for word in words:
        if word not in SEVERITIES:
            raise invalid("severity", f"severity must be some of {', '.join(SEVERITIES)}", word)
    return words


def _moment(name: str, value: Any) -> datetime:
    try:
        if type(value) is int and value >= 0:
            return moment(value * 1000)
    except OverflowError:
        pass
    raise invalid(name, f"{name} must be milliseconds since 1970", value)
