"""Which messages of an inbox are meant: what their folders answer, and what only each message can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from novu_core.clock import micros
from novu_core.errors import FieldError, ValidationError
from novu_core.storage.folders import EVERYTHING, MARKS, SEVERITIES, Folder
from novu_core.storage.rows import MessageRow

MOST_TAGS = 200
"""How many tags one filter may name; Novu's limit."""


class InboxFilters(TypedDict, total=False):
    """Which messages are meant; what is None, or absent, is not asked. Times are inclusive.

    ``tags``: some of these, or lists of which each must have one among them. ``severity``: one word or several.
    """

    read: bool | None
    seen: bool | None
    archived: bool | None
    snoozed: bool | None
    tags: Sequence[str] | Sequence[Sequence[str]] | None
    severity: str | Sequence[str] | None
    workflow_ids: Sequence[str] | None
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Meant:
    """Filters that were checked. ``test``: what only a message can tell, None where nothing is left to tell."""

    marks: Mapping[str, bool]
    tags: Sequence[frozenset[str]]
    severities: frozenset[str]
    since: int = -EVERYTHING
    until: int = EVERYTHING
    test: Callable[[MessageRow], bool] | None = field(default=None)

    @property
    def by_folder(self) -> bool:
        """Whether folders alone answer."""
        return self.test is None and self.since == -EVERYTHING and self.until == EVERYTHING

    def has(self, folder: Folder) -> bool:
        """Whether a folder's messages have these marks, tags and severities."""
        return (
            all(getattr(folder, name) is value for name, value in self.marks.items())
            and all(group & folder.tags for group in self.tags)
            and (not self.severities or folder.severity in self.severities)
        )

    def holds_for(self, row: MessageRow) -> bool:
        """Whether one message is meant."""
        at = micros(row.sorted_at or row.created_at)
        return (
            self.has(Folder("", row.marks, row.severity or "none", frozenset(row.tags or []), 1))
            and self.since <= at <= self.until
            and (self.test is None or self.test(row))
        )


def meant(asked: InboxFilters, data: Mapping[str, Any] | None = None) -> Meant:
    """Check filters. Raises ValidationError."""
    faults: list[FieldError] = []
    marks: dict[str, bool] = {}
    for name in MARKS:
        value: Any = asked.get(name)
        if value is not None:
            marks[name] = bool(value)
            if not isinstance(value, bool):
                faults.append(FieldError(f"/{name}", "must be True, False or None"))
    tags = _tags(asked.get("tags"), faults)
    severities = _severities(asked.get("severity"), faults)
    since, until = (_time(name, asked.get(name), faults) for name in ("since", "until"))
    workflows: Any = asked.get("workflow_ids")
    if faults:
        raise ValidationError("The filters are invalid.", faults)
    tests: list[Callable[[MessageRow], bool]] = []
    if workflows is not None:
        among = frozenset(workflows)
        tests.append(lambda row: row.workflow_id in among)
    if data is not None:
        tests.append(lambda row: holds(row.content.get("data"), data))
    return Meant(
        marks,
        tags,
        severities,
        -EVERYTHING if since is None else since,
        EVERYTHING if until is None else until,
        (lambda row: all(test(row) for test in tests)) if tests else None,
    )


def holds(own: Any, asked: Mapping[str, Any]) -> bool:
    """Whether every asked key has the asked value; an object within an object is compared in the same way."""
    if not isinstance(own, Mapping):
        return False
    return all(
        holds(own.get(key), value) if isinstance(value, Mapping) else key in own and _same(own[key], value)
        for key, value in asked.items()
    )


def _same(own: object, asked: object) -> bool:
    """Whether two values are the same in JSON, where true is not 1."""
    return isinstance(own, bool) is isinstance(asked, bool) and own == asked


def _tags(asked: Any, faults: list[FieldError]) -> list[frozenset[str]]:
    if asked is None:
        return []
    groups: list[Any] = [asked] if isinstance(asked, str) or not isinstance(asked, Sequence) else list(asked)
    if all(isinstance(each, str) for each in groups):
        groups = [groups]
    found: list[frozenset[str]] = []
    for group in groups:
        if isinstance(group, str) or not isinstance(group, Sequence) or not all(isinstance(tag, str) for tag in group):
            faults.append(FieldError("/tags", "must be strings, or lists of strings"))
            return []
        found.append(frozenset(group))
    if sum(map(len, found)) > MOST_TAGS:
        faults.append(FieldError("/tags", f"must be at most {MOST_TAGS} tags"))
    return [group for group in found if group]


def _severities(asked: Any, faults: list[FieldError]) -> frozenset[str]:
    if asked is None:
        return frozenset()
    words: list[Any] = [asked] if isinstance(asked, str) or not isinstance(asked, Sequence) else list(asked)
    if not all(isinstance(word, str) and word in SEVERITIES for word in words):
        faults.append(FieldError("/severity", f"must be one or more of {', '.join(sorted(SEVERITIES))}"))
        return frozenset()
    return frozenset(str(word) for word in words)


def _time(name: str, asked: Any, faults: list[FieldError]) -> int | None:
    if asked is None:
        return None
    if not isinstance(asked, datetime) or asked.tzinfo is None:
        faults.append(FieldError(f"/{name}", "must be an aware datetime"))
        return None
    return micros(asked)
