"""Cron expressions in the dialect of npm's cron-parser, respelled for croniter, which finds their times."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from croniter import HOUR_FIELD, croniter

from novu_core.errors import ScheduleInvalidError

_RANGES = {"second": (0, 59), "minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
_MONTHS = ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMES = {"month": _MONTHS, "weekday": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]}
_ALIASES = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
_ITEM = re.compile(r"(?:(\*)|([0-9]{1,4})(?:-([0-9]{1,4}))?)(?:/([0-9]{1,4}))?")
_FORM = "five fields (minute hour day month weekday), or six with seconds first, for example `0 9 * * 1-5`"


class Cron(NamedTuple):
    """A checked expression: the texts that croniter reads, and whether they leave no hour of the day out."""

    texts: tuple[str, ...]
    every_hour: bool

    def after(self, local: datetime) -> datetime | None:
        """Return the first naive local time strictly after the naive ``local``, or None if there is no such date."""
        ticks = []
        for text in self.texts:
            with suppress(ValueError, OverflowError):  # no such date within 50 years, or the end of the calendar
                ticks.append(croniter(text, local.replace(microsecond=0), second_at_beginning=True).get_next(datetime))
        return min(ticks, default=None)


@lru_cache(maxsize=1024)
def parse_cron(expression: str) -> Cron:
    """Read a cron expression of five fields, or of six with seconds first, and at most 1000 characters.

    The language is npm cron-parser's: names, lists, ranges, steps, ``?``, ``L`` (last day), ``5L`` (last Friday),
    ``1#2`` (second Monday), Sunday as 0 or 7, ``@daily`` and the like. Day and weekday both given: either may match.
    One addition: a month field ``0`` is January, which Novu's own ``CronExpression.EVERY_YEAR`` relies on.

    Raises ScheduleInvalidError naming the expression and the field at fault, also if no date fits (31 February).
    """
    text = expression.strip().lower()
    if len(text) > 1000:  # every value of every field, each written out, takes about half of that
        raise ScheduleInvalidError(f"cron `{text[:80]}...` is longer than 1000 characters; use {_FORM}.")
    fields = text.split()
    if len(fields) not in (5, 6) and text not in _ALIASES:
        fault = f"`{expression}` has {len(fields)} field(s)" if fields else "is empty"
        raise ScheduleInvalidError(f"cron {fault}; use {_FORM}.")
    try:
        texts = [text] if text in _ALIASES else _texts(["0", *fields][-6:])
        hours = croniter(texts[0], second_at_beginning=True).expanded[HOUR_FIELD]
    except ValueError as error:
        raise ScheduleInvalidError(f"cron `{expression}` is not valid: {error}.") from None
    possible = tuple(text for text in texts if Cron((text,), False).after(datetime(2000, 1, 1)))
    if not possible:
        raise ScheduleInvalidError(f"cron `{expression}` never matches: no such day exists in the given month(s).")
    return Cron(possible, every_hour="*" in hours)


def _texts(fields: list[str]) -> list[str]:
    second, minute, hour, day, month, weekday = map(_field, _RANGES, fields)
    special = [item for item in weekday.split(",") if re.search("[l#]", item)]  # croniter reads them only alone
    plain = [item for item in weekday.split(",") if item not in special]
    sides = [(day, "*")] if day != "*" or weekday == "*" else []
    sides += [("*", ",".join(items)) for items in (plain, special) if items and weekday != "*"]
    return [f"{second} {minute} {hour} {on} {month} {weekday}" for on, weekday in sides]


def _field(name: str, field: str) -> str:
    names = _NAMES.get(name, [])
    field = re.sub("[a-z]{3,}", lambda word: str(names.index(word[0])) if word[0] in names else word[0], field)
    if "#" not in field or name != "weekday":
        return "1" if (name, field) == ("month", "0") else ",".join(_item(name, item) for item in field.split(","))
    if not re.fullmatch("[0-7]#[1-5]", field):
        raise ValueError(f"weekday `{field}` must be one weekday, `#` and 1 to 5, such as `1#2`, the second Monday")
    return field


def _item(name: str, item: str) -> str:
    if (name, item) == ("day", "l") or (name == "weekday" and re.fullmatch("[0-7]l", item)):
        return "l" + item[:-1]
    low, high = _RANGES[name]
    match = _ITEM.fullmatch(item.replace("?", "*") if name in ("day", "weekday") else item)
    if match is None:
        raise ValueError(f"{name} `{item}` cannot be read; use {low} to {high}, `*`, `1-5`, `*/2` or `1,3`")
    star, first, last, step = match.groups()
    start, stop = int(first or low), int(last or (high if star or step else first))
    if not low <= start <= high or not low <= stop <= high:
        raise ValueError(f"{name} `{item}` is outside {low}-{high}")
    if start > stop:
        raise ValueError(f"{name} `{item}` runs backwards; use two ranges, such as `{start}-{high},{low}-{stop}`")
    if step and int(step) == 0:
        raise ValueError(f"{name} `{item}` has the step 0; use 1 or more")
    return "*" if star and not step else f"{start}" if start == stop else f"{start}-{stop}/{step or 1}"
