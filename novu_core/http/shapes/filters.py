"""Which of a subscriber's in-app messages a request means: marks, workflows by tag and severity, data, times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from novu_core.codec import fault_of_text
from novu_core.http.shapes.errors import Refusal, invalid
from novu_core.http.shapes.query import Query, json_of
from novu_core.http.surface import Served
from novu_core.storage.inbox_filters import InboxFilters
from novu_core.types import JsonObject, Severity

_MARKS = ("read", "seen", "archived", "snoozed")
_SEVERITIES = tuple(severity.value for severity in Severity)
_DEEPEST = 2


@dataclass(frozen=True)
class Meant:
    """What a request asks for. ``nobody``: no message can be meant, as no snoozed one is kept."""

    filters: InboxFilters = field(default_factory=lambda: InboxFilters())
    data: Mapping[str, Any] | None = None
    nobody: bool = False


def by_query(served: Served, query: Query) -> Meant:
    """Read the filters of a list. Raises Refusal."""
    asked: JsonObject = {name: flag for name in _MARKS if (flag := query.flag(name)) is not None}
    asked |= {name: found for name in ("tags", "severity") if (found := query.texts(name))}
    data = query.text("data")
    if data is not None:
        asked["data"] = data
    narrowed = meant(served, asked)
    narrowed.filters["since"] = query.moment("createdGte")
    narrowed.filters["until"] = query.moment("createdLte")
    return narrowed


def meant(served: Served, asked: Mapping[str, Any]) -> Meant:
    """Read filters that are JSON already. Raises Refusal."""
    filters: InboxFilters = {}
    for name in ("read", "seen", "archived"):
        flag = _flag(name, asked.get(name))
        if flag is not None:
            filters[name] = flag
    workflows = workflow_ids(served, _texts("tags", asked.get("tags")), _texts("severity", asked.get("severity")))
    if workflows is not None:
        filters["workflow_ids"] = workflows
    return Meant(filters, data_of(asked.get("data")), _flag("snoozed", asked.get("snoozed")) is True)


def workflow_ids(served: Served, tags: Iterable[str], severities: Iterable[str]) -> list[str] | None:
    """Return the workflows that have one of the tags and one of the severities; None where neither is asked.

    Raises Refusal for a word that is no severity.
    """
    some, urgent = set(tags), set(severities)
    for word in urgent.difference(_SEVERITIES):
        raise invalid("severity", f"severity must be some of {', '.join(_SEVERITIES)}", word)
    if not some and not urgent:
        return None
    return [
        each.workflow_id
        for each in served.client.workflows.values()
        if (not some or some & set(each.tags)) and (not urgent or each.severity.value in urgent)
    ]


def data_of(value: Any) -> JsonObject | None:
    """Return the data that messages must have, from JSON text or as it is. Raises Refusal, 400."""
    if value is None or value in ("", {}):
        return None
    if isinstance(value, str):
        try:
            value = json_of(value)
        except ValueError:
            raise Refusal(400, "data must be a JSON object") from None
    if not isinstance(value, dict) or not _is_shallow(value, _DEEPEST):
        raise Refusal(400, f"data must be a JSON object of at most {_DEEPEST} levels, with simple values")
    return value or None


def _is_shallow(value: Mapping[str, Any], levels: int) -> bool:
    for item in value.values():
        if isinstance(item, dict):
            if levels == 1 or not _is_shallow(item, levels - 1):
                return False
        elif isinstance(item, list):
            return False
    return True


def _flag(name: str, value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise invalid(name, f"{name} must be true or false", value)


def _texts(name: str, value: Any) -> list[str]:
    values = [] if value is None else value if isinstance(value, list) else [value]
    for item in values:
        if not isinstance(item, str) or fault_of_text(item) is not None:
            raise invalid(name, f"{name} must be a list of texts")
    return values
