"""The tags that messages must have: some of a list, or of each of several lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from novu_core.codec import fault_of_text
from novu_core.http.messages import Request
from novu_core.http.shapes.errors import invalid
from novu_core.types import JsonObject

_MOST_OF_A_GROUP, _MOST_GROUPS, _MOST = 100, 30, 200
_NAME = re.compile(r"tags(?:\[(\d{0,4})])?(\[\d{0,4}])?", re.ASCII)


def tags_of(request: Request) -> list[str] | JsonObject | None:
    """Return what a query asks for: ``tags[]=a&tags[]=b`` is a list, ``tags[0][]=a&tags[1][]=b`` ``{"and": [...]}``.

    Raises Refusal, 422.
    """
    listed: list[str] = []
    groups: dict[int, list[str]] = {}
    for name, value in request.query:
        if not value or not (name == "tags" or name.startswith("tags[")):
            continue
        found = _NAME.fullmatch(name)
        if found is None:
            raise invalid("tags", "tags must be sent as tags[]=a or tags[0][]=a", name)
        if found[2] is None:
            listed.append(value)
        else:
            groups.setdefault(int(found[1] or 0), []).append(value)
    if listed and groups:
        raise invalid("tags", "tags must be a list, or groups of lists, not both")
    if groups:
        return {"and": [{"or": group} for _, group in sorted(groups.items())]}
    return listed or None


def groups_of(value: Any) -> Sequence[Sequence[str]]:
    """Return the groups of which a message must have a tag each, from any form of them. Raises Refusal, 422.

    A list is one group, and so is ``{"or": [...]}``; ``{"and": [...]}`` has several. An empty group asks for nothing.
    """
    several = value.get("and") if isinstance(value, dict) else None
    groups = [_group(each) for each in several] if isinstance(several, list) else [_group(value)]
    if any(len(group) > _MOST_OF_A_GROUP for group in groups):
        raise invalid("tags", f"tags must not have more than {_MOST_OF_A_GROUP} in a group")
    if len(groups) > _MOST_GROUPS or sum(map(len, groups)) > _MOST:
        raise invalid("tags", f"tags must not be more than {_MOST_GROUPS} groups, or {_MOST} together")
    return [group for group in groups if group]


def _group(value: Any) -> list[str]:
    found = value.get("or") if isinstance(value, dict) else value
    if not isinstance(found, list) or not all(isinstance(tag, str) and fault_of_text(tag) is None for tag in found):
        raise invalid("tags", "tags must be a list of texts, or lists of them within `or` and `and`")
    return found
