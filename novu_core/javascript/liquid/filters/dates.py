"""The date filters: ``new Date`` and liquidjs's strftime, in the process's time zone as the peer's are."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.dateparser import EPOCH, MILLISECOND, parse_date
from novu_core.javascript.liquid.errors import RenderError
from novu_core.javascript.liquid.filters.signatures import table
from novu_core.javascript.liquid.values import UNDEFINED, is_nil, is_number, stringify, to_number, to_string, to_value

DEFAULT_FORMAT = "%A, %B %-e, %Y at %-l:%M %P %z"

_DIRECTIVE = re.compile(r"%([-_0^#:]+)?(\d+)?([EO])?(.)", re.ASCII)
_WIDTHS = {**dict.fromkeys("CdeHIklmMSUWy", 2), "j": 3, "L": 3, "Y": 4}
_MINUTE = timedelta(minutes=1)
_PADDED_WITH_SPACES = frozenset("aAbBceklpP")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]


class Moment:
    """A time with the zone it is shown in. ``zone`` is minutes west of UTC (JavaScript's sign), a name, or nothing."""

    def __init__(self, milliseconds: float, zone: Any) -> None:
        self.seconds = math.floor(milliseconds / 1000)
        self.millisecond = int(milliseconds % 1000)
        real = EPOCH + timedelta(milliseconds=int(milliseconds))
        self.wall = real.astimezone()
        local = self.minutes_west = _minutes_west(self.wall)
        self.zone_name = zone if isinstance(zone, str) else ""
        self.fixed = not is_nil(zone)
        if self.fixed:
            self.minutes_west = (
                _minutes_west(real.astimezone(_zone(zone))) if isinstance(zone, str) else to_number(to_value(zone))
            )
            self.wall = (real + timedelta(minutes=local - self.minutes_west)).astimezone()

    def offset(self, colon: bool) -> str:
        """Return the zone as ``+0900``."""
        hours, minutes = divmod(abs(self.minutes_west), 60)
        sign = "-" if self.minutes_west > 0 else "+"
        return f"{sign}{to_string(hours).rjust(2, '0')}{':' if colon else ''}{to_string(minutes).rjust(2, '0')}"

    @property
    def weekday(self) -> int:
        """Days since Sunday."""
        return self.wall.isoweekday() % 7

    @property
    def day_of_year(self) -> int:
        """From 1."""
        return self.wall.timetuple().tm_yday

    def week(self, first_day: int) -> str:
        """Return the week of the year; the days before the first such weekday are week 0."""
        return str((self.day_of_year - 1 - (self.weekday - first_day) % 7 + 7) // 7)


def _minutes_west(moment: datetime) -> float:
    offset = moment.utcoffset()
    return -offset / _MINUTE if offset else 0.0


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RenderError(f"{name!r} is not a time zone; use a name such as 'Europe/Paris'.") from error


def local_zone_name() -> str:
    """Return the IANA name of the process's time zone, ``UTC`` if it is unknown."""
    name = os.environ.get("TZ", "").lstrip(":")
    if not name:
        name = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    return name if _is_zone(name) and name != "Etc/UTC" else "UTC"


@lru_cache(maxsize=16)
def _is_zone(name: str) -> bool:
    return name in available_timezones()  # which looks through hundreds of files


def _ordinal(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _clock(moment: Moment) -> str:
    wall = moment.wall
    return f"{wall.hour % 12 or 12}:{wall.minute:02}:{wall.second:02} {'AM' if wall.hour < 12 else 'PM'}"


def _day(moment: Moment) -> str:
    return f"{moment.wall.month}/{moment.wall.day}/{moment.wall.year}"


_CODES: dict[str, Callable[[Moment], Any]] = {
    "a": lambda m: _DAYS[m.weekday][:3],
    "A": lambda m: _DAYS[m.weekday],
    "b": lambda m: _MONTHS[m.wall.month - 1][:3],
    "h": lambda m: _MONTHS[m.wall.month - 1][:3],
    "B": lambda m: _MONTHS[m.wall.month - 1],
    "c": lambda m: f"{_day(m)}, {_clock(m)}",
    "C": lambda m: m.wall.year // 100,
    "d": lambda m: m.wall.day,
    "e": lambda m: m.wall.day,
    "H": lambda m: m.wall.hour,
    "I": lambda m: m.wall.hour % 12 or 12,
    "j": lambda m: m.day_of_year,
    "k": lambda m: m.wall.hour,
    "l": lambda m: m.wall.hour % 12 or 12,
    "L": lambda m: m.millisecond,
    "m": lambda m: m.wall.month,
    "M": lambda m: m.wall.minute,
    "p": lambda m: "AM" if m.wall.hour < 12 else "PM",
    "P": lambda m: "am" if m.wall.hour < 12 else "pm",
    "q": lambda m: _ordinal(m.wall.day),
    "s": lambda m: m.seconds,
    "S": lambda m: m.wall.second,
    "u": lambda m: m.weekday or 7,
    "U": lambda m: m.week(0),
    "w": lambda m: m.weekday,
    "W": lambda m: m.week(1),
    "x": _day,
    "X": _clock,
    "y": lambda m: m.wall.year % 100,
    "Y": lambda m: m.wall.year,
    "Z": lambda m: (m.zone_name if m.fixed else local_zone_name()) or m.offset(colon=False),
    "t": lambda m: "\t",
    "n": lambda m: "\n",
    "%": lambda m: "%",
}


def strftime(moment: Moment, pattern: str, context: Context) -> str:
    """Format a time. An unknown directive stays as it is written."""

    def directive(match: re.Match[str]) -> str:
        flags, digits, _, code = match.groups("")
        width = int(digits or 0)
        context.budget.step()
        context.budget.charge(width)
        if code == "N":
            text = f"{moment.millisecond:03}"[: width or 9].ljust(width or 9, "0")
        elif code == "z":
            text = moment.offset(":" in flags)
        elif code in _CODES:
            text = str(_CODES[code](moment))
        else:
            return match[0]
        return _padded(text, flags, width or _WIDTHS.get(code, 0), " " if code in _PADDED_WITH_SPACES else "0")

    return _DIRECTIVE.sub(directive, pattern)


def _padded(text: str, flags: str, width: int, fill: str) -> str:
    if "^" in flags:
        text = text.upper()
    elif "#" in flags:
        text = text.upper() if any("a" <= character <= "z" for character in text) else text.lower()
    if "_" in flags:
        fill = " "
    elif "0" in flags:
        fill = "0"
    if "-" in flags:
        width = 0
    if fill == "0" and text.startswith("-"):
        return "-" + text[1:].rjust(width - 1, "0")
    return text.rjust(width, fill)


def to_moment(context: Context, value: Any, zone: Any = UNDEFINED) -> Moment | None:
    """Read a date: ``now``, seconds since 1970, or text. ``None`` for what is not a date."""
    value = to_value(value)
    if is_nil(value):
        return None
    milliseconds: float | None
    if value in ("now", "today"):
        milliseconds = (context.now() - EPOCH) / MILLISECOND
    elif is_number(value) or (isinstance(value, str) and value.isdecimal() and value.isascii()):
        milliseconds = to_number(value) * 1000
    elif isinstance(value, bool):
        milliseconds = float(value)
    else:
        milliseconds = parse_date(to_string(value))
    if milliseconds is None or not abs(milliseconds) <= 8.64e15:
        return None
    try:
        return Moment(math.trunc(milliseconds), zone)
    except (OverflowError, ValueError, OSError):
        return None


def date(context: Context, value: Any, pattern: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    """Format a date; return any other value as it is. ``zone`` is a name or minutes west of UTC."""
    moment = to_moment(context, value, zone)
    if moment is None:
        return value
    pattern = to_value(pattern)
    return strftime(moment, DEFAULT_FORMAT if is_nil(pattern) else stringify(pattern), context)


def date_to_xmlschema(context: Context, value: Any) -> Any:
    """Format a date as ISO 8601."""
    return date(context, value, "%Y-%m-%dT%H:%M:%S%:z")


def date_to_rfc822(context: Context, value: Any) -> Any:
    """Format a date as in a mail's header."""
    return date(context, value, "%a, %d %b %Y %H:%M:%S %z")


def _text(context: Context, value: Any, month: str, kind: Any, style: Any) -> Any:
    moment = to_moment(context, value)
    if moment is None:
        return value
    day = moment.wall.day
    if kind != "ordinal":
        return strftime(moment, f"%d {month} %Y", context)
    return strftime(moment, f"{month} {day}%q, %Y" if style == "US" else f"{day}%q {month} %Y", context)


def date_to_string(context: Context, value: Any, kind: Any = UNDEFINED, style: Any = UNDEFINED) -> Any:
    """Format a date as ``07 Nov 2008``, or with ``'ordinal'`` as ``7th Nov 2008``."""
    return _text(context, value, "%b", kind, style)


def date_to_long_string(context: Context, value: Any, kind: Any = UNDEFINED, style: Any = UNDEFINED) -> Any:
    """Format a date as ``07 November 2008``."""
    return _text(context, value, "%B", kind, style)


FILTERS = table(date, date_to_xmlschema, date_to_rfc822, date_to_string, date_to_long_string)
