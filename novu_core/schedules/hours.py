"""A subscriber's schedule: the hours in which messages may be delivered (SEMANTICS, Order of gates), in Novu's form.

``{"isEnabled": true, "weeklySchedule": {"monday": {"isEnabled": true, "hours": [{"start": "09:00 AM", "end":
"05:00 PM"}]}}}``: Python names (``is_enabled``, ``weekly_schedule``) and times such as ``17:00`` are read as well.
A day that is missing is closed, one without hours is open all day. Hours whose end is not after their start last
until that time of the next day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from novu_core.clock import UTC
from novu_core.errors import FieldError

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?: ?([AaPp][Mm]))?")
_DAY = 24 * 60


def is_open(schedule: Mapping[str, Any] | None, moment: datetime) -> bool:
    """Whether ``schedule`` lets messages through at ``moment``, a time in the subscriber's own zone."""
    weekly = _read(schedule or {}, "weeklySchedule")
    if not _read(schedule or {}, "isEnabled") or not weekly:
        return True
    minute = moment.hour * 60 + moment.minute
    today, yesterday = (DAYS[(moment - timedelta(days=days)).weekday()] for days in (0, 1))
    return any(start <= minute < end for start, end in _ranges(weekly.get(today))) or any(
        minute < end - _DAY for _, end in _ranges(weekly.get(yesterday))
    )


def next_open(schedule: Mapping[str, Any] | None, moment: datetime) -> datetime | None:
    """Return ``moment`` where ``schedule`` is open then, else when it opens next, in UTC; None if it never does.

    ``moment`` is a time in the subscriber's own zone.
    """
    if is_open(schedule, moment):
        return moment.astimezone(UTC)
    weekly = _read(schedule or {}, "weeklySchedule")
    midnight = moment.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    for day in (midnight + timedelta(days=days) for days in range(8)):
        for start, _ in sorted(_ranges(weekly.get(DAYS[day.weekday()]))):
            opens = (day + timedelta(minutes=start)).replace(tzinfo=moment.tzinfo).astimezone(UTC)
            if opens > moment:
                return opens
    return None


def faults_of(schedule: Any, path: str = "/schedule") -> list[FieldError]:
    """Return the faults of a schedule that is about to be stored, each under its JSON path below ``path``."""
    if not isinstance(schedule, Mapping):
        return [FieldError(path, 'must be an object such as {"isEnabled": true, "weeklySchedule": {"monday": ...}}')]
    faults = _unknown(schedule, ("isEnabled", "weeklySchedule"), path) + _flag(schedule, path)
    weekly = _read(schedule, "weeklySchedule")
    if weekly is None:
        return faults
    if not isinstance(weekly, Mapping):
        return [*faults, FieldError(f"{path}/weeklySchedule", "must be an object with days such as monday")]
    for day, rule in weekly.items():
        where = f"{path}/weeklySchedule/{day}"
        if day not in DAYS:
            faults.append(FieldError(where, f"is not a day; use one of {', '.join(DAYS)}"))
        elif not isinstance(rule, Mapping):
            faults.append(FieldError(where, 'must be an object such as {"isEnabled": true, "hours": [...]}'))
        else:
            faults += _unknown(rule, ("isEnabled", "hours"), where) + _flag(rule, where)
            faults += _hour_faults(rule.get("hours") or [], f"{where}/hours")
    return faults


def _hour_faults(hours: Any, path: str) -> list[FieldError]:
    if not isinstance(hours, list):
        return [FieldError(path, 'must be a list such as [{"start": "09:00", "end": "17:00"}]')]
    faults = []
    for index, hour in enumerate(hours):
        for name in ("start", "end"):
            value = hour.get(name) if isinstance(hour, Mapping) else None
            if not isinstance(value, str) or _minutes(value) is None:
                faults.append(FieldError(f"{path}/{index}/{name}", "must be a time such as 09:00 AM or 17:00"))
    return faults


def _flag(rule: Mapping[str, Any], path: str) -> list[FieldError]:
    valid = isinstance(_read(rule, "isEnabled"), bool)
    return [] if valid else [FieldError(f"{path}/isEnabled", "must be true or false")]


def _unknown(rule: Mapping[str, Any], names: tuple[str, ...], path: str) -> list[FieldError]:
    allowed = {*names, *map(_snake, names)}
    unknown = [name for name in rule if name not in allowed]
    return [FieldError(f"{path}/{name}", f"unknown; use one of {', '.join(names)}") for name in unknown]


def _ranges(day: Mapping[str, Any] | None) -> Iterator[tuple[int, int]]:
    """The open ranges of a day in minutes since its midnight; an end beyond 24 hours is the next day's."""
    if not day or not _read(day, "isEnabled"):
        return
    for hour in day.get("hours") or [{"start": "00:00", "end": "24:00"}]:
        start, end = _minutes(hour["start"]), _minutes(hour["end"])
        assert start is not None
        assert end is not None
        yield start, end if end > start else end + _DAY


def _minutes(text: str) -> int | None:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2]), (match[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    at = hour * 60 + minute
    return at if minute < 60 and at <= _DAY else None


def _read(rule: Mapping[str, Any], name: str) -> Any:
    return rule.get(name, rule.get(_snake(name)))


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)
