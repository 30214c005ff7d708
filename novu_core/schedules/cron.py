"""Cron expressions in local time: reading them, and finding the next local moment that they name."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from novu_core.errors import ScheduleInvalidError

_ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_PART = re.compile(r"(?:(\*)|([0-9]{1,4})(?:-([0-9]{1,4}))?)(?:/([0-9]{1,4}))?", re.ASCII)
_FORM = "five fields (minute hour day month weekday), or six with seconds first, for example `0 9 * * 1-5`"

# A fifth Monday in February comes again after 40 years at the latest (around 2100); nothing possible waits longer.
_YEARS_AHEAD = 41


class Cron(NamedTuple):
    """A parsed expression. ``days`` or ``weekdays`` is None where the field is a wildcard; Sunday is 0."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int] | None
    last_day: bool
    months: tuple[int, ...]
    weekdays: frozenset[int] | None
    last_weekdays: frozenset[int]
    occurrence: int | None

    @property
    def every_hour(self) -> bool:
        """Whether no hour of the day is left out."""
        return len(self.hours) == 24

    def after(self, local: datetime) -> datetime | None:
        """Return the first naive local time strictly after the naive ``local``, or None if there is no such date."""
        start = local.replace(microsecond=0) + timedelta(seconds=1)
        for year, month in self._months_from(start):
            here = (year, month) == (start.year, start.month)
            for day in self._days_of(year, month):
                if here and day < start.day:
                    continue
                today = here and day == start.day
                time = self._time_from(start.hour, start.minute, start.second) if today else self._time_from(0, 0, 0)
                if time is not None:
                    return datetime(year, month, day, *time)
        return None

    def _months_from(self, start: datetime) -> Iterator[tuple[int, int]]:
        for year in range(start.year, min(start.year + _YEARS_AHEAD, 10_000)):
            for month in self.months:
                if year > start.year or month >= start.month:
                    yield year, month

    def _days_of(self, year: int, month: int) -> list[int]:
        first, length = monthrange(year, month)
        every_day = range(1, length + 1)
        if self.days is None and self.weekdays is None:
            return list(every_day)
        return [
            day for day in every_day if self._on_date(day, length) or self._on_weekday((first + day) % 7, day, length)
        ]

    def _on_date(self, day: int, length: int) -> bool:
        return self.days is not None and (day in self.days or (self.last_day and day == length))

    def _on_weekday(self, weekday: int, day: int, length: int) -> bool:
        if self.weekdays is None:
            return False
        if weekday in self.last_weekdays and day + 7 > length:
            return True
        return weekday in self.weekdays and self.occurrence in (None, (day + 6) // 7)

    def _time_from(self, hour: int, minute: int, second: int) -> tuple[int, int, int] | None:
        for h in self.hours:
            if h > hour:
                return h, self.minutes[0], self.seconds[0]
            if h < hour:
                continue
            for m in self.minutes:
                if m > minute:
                    return h, m, self.seconds[0]
                if m == minute and self.seconds[-1] >= second:
                    return h, m, next(s for s in self.seconds if s >= second)
        return None


@lru_cache(maxsize=1024)
def parse_cron(expression: str) -> Cron:
    """Read a cron expression of five fields, or of six with seconds first.

    The language is npm cron-parser's: names, lists, ranges, steps, ``?``, ``L`` (last day), ``5L`` (last Friday),
    ``1#2`` (second Monday), Sunday as 0 or 7, ``@daily`` and the like. Day and weekday both given: either may match.
    One addition: a month field ``0`` is January, which Novu's own ``CronExpression.EVERY_YEAR`` relies on.

    Raises ScheduleInvalidError naming the expression and the field at fault, also if no date fits (31 February).
    """
    text = expression.strip().lower()
    fields = _ALIASES.get(text, text).split()
    if not fields:
        raise ScheduleInvalidError(f"cron is empty; give {_FORM}.")
    if len(fields) not in (5, 6):
        raise ScheduleInvalidError(f"cron `{expression}` has {len(fields)} field(s); give {_FORM}.")
    try:
        cron = _parse_fields(["0", *fields] if len(fields) == 5 else fields)
    except ValueError as error:
        raise ScheduleInvalidError(f"cron `{expression}` is not valid: {error}.") from None
    if cron.after(datetime(2000, 1, 1)) is None:
        raise ScheduleInvalidError(f"cron `{expression}` never comes: no such day exists in the given month(s).")
    return cron


def _parse_fields(fields: list[str]) -> Cron:
    second, minute, hour, day, month, weekday = fields
    month = "1" if month == "0" else _numbers(month, _MONTHS)
    weekday = _numbers(weekday, _WEEKDAYS)
    dates, last_day = _split(day, r"l")
    weekday, occurrence = _occurrence(weekday)
    on_weekdays, last_weekdays = _split(weekday, r"[0-7]l")
    return Cron(
        seconds=_values("second", second.split(","), 0, 59),
        minutes=_values("minute", minute.split(","), 0, 59),
        hours=_values("hour", hour.split(","), 0, 23),
        days=None if day in ("*", "?") else frozenset(_values("day", dates, 1, 31)),
        last_day=bool(last_day),
        months=_values("month", month.split(","), 1, 12),
        weekdays=None if weekday in ("*", "?") else frozenset(day % 7 for day in _values("weekday", on_weekdays, 0, 7)),
        last_weekdays=frozenset(int(part[0]) % 7 for part in last_weekdays),
        occurrence=occurrence,
    )


def _numbers(field: str, names: list[str]) -> str:
    return re.sub(r"[a-z]{3,}", lambda word: str(names.index(word[0])) if word[0] in names else word[0], field)


def _split(field: str, pattern: str) -> tuple[list[str], list[str]]:
    """Part a field's list items into those that do not match ``pattern`` and those that do."""
    items = field.split(",")
    special = [item for item in items if re.fullmatch(pattern, item)]
    return [item for item in items if item not in special], special


def _occurrence(weekday: str) -> tuple[str, int | None]:
    if "#" not in weekday:
        return weekday, None
    if not re.fullmatch(r"[0-7]#[1-5]", weekday):
        raise ValueError(f"weekday `{weekday}` must be one weekday, `#` and 1 to 5, such as `1#2` (the second Monday)")
    return weekday[0], int(weekday[2])


def _values(name: str, items: list[str], low: int, high: int) -> tuple[int, ...]:
    found: set[int] = set()
    for part in items:
        match = _PART.fullmatch("*" + part[1:] if part[:1] == "?" and name in ("day", "weekday") else part)
        if match is None:
            raise ValueError(
                f"{name} `{part}` can not be read; use numbers from {low} to {high}, `*`, `1-5`, `*/2` or `1,3`"
            )
        star, first, last, step = match.groups()
        start = low if star else int(first)
        # `5/10` counts from 5 to the end of the field.
        stop = int(last) if last else high if star or step else start
        if not low <= start <= high or not low <= stop <= high:
            raise ValueError(f"{name} `{part}` is outside {low}-{high}")
        if start > stop:
            raise ValueError(
                f"{name} `{part}` runs backwards; write it as two ranges, such as `{start}-{high},{low}-{stop}`"
            )
        if step and int(step) == 0:
            raise ValueError(f"{name} `{part}` has the step 0; use 1 or more")
        found.update(range(start, stop + 1, int(step or 1)))
    return tuple(sorted(found))
