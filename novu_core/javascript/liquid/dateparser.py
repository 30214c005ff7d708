"""``Date.parse``: ISO dates as the standard has them, other texts nearly as V8 reads them, by python-dateutil."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateutil.parser import parser

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""Where JavaScript's time begins."""
MILLISECOND = timedelta(milliseconds=1)
"""What it counts in."""

_LONGEST = 256
_ISO = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d)?)?(?P<time>T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:?\d\d)?)?", re.A | re.I
)
_COMMENT = re.compile(r"\([^()]*(?:\)|\Z)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})[a-z]*", re.A | re.I)
# A word before the first number is passed over, unless the number follows it directly.
_GLUED = re.compile(rf"(?<![^\W\d_])(?!{'|'.join(_MONTHS)})[^\W\d_]+[0-9]", re.I)
_HOURS = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
# python-dateutil reads GMT+1 as POSIX does, west of Greenwich; without the name the sign is the usual one.
_NAMED_OFFSET = re.compile(rf"(?:UTC?|GMT|Z|{'|'.join(_HOURS)}) *(?=[-+])", re.A | re.I)
_NUMBERS = re.compile(r"(?<![\d:.])(\d{1,4}) *[-/. ] *(\d+) *[-/. ] *\d", re.A)
_YEAR = re.compile(r"(?<![-+.:\d])\d{4}", re.A)
_LONG_NUMBER = re.compile(r"(?<![.\d])\d{5}", re.A)


def parse_date(text: str) -> float | None:
    """Return milliseconds since 1970 UTC, or ``None`` for what is not a date.

    A date alone, in ISO form, is in UTC; a time without a zone is in the process's time zone.
    """
    if len(text) > _LONGEST:
        return None
    try:
        moment = _read(text)
        return None if moment is None else (moment.astimezone(timezone.utc) - EPOCH) // MILLISECOND
    except (ValueError, OverflowError, OSError):
        return None


def _read(text: str) -> datetime | None:
    iso = _ISO.fullmatch(text)
    if iso:
        moment = _read_iso(text)
        return moment if iso["time"] else moment.replace(tzinfo=timezone.utc)
    text = _COMMENT.sub(" ", text)
    first = re.search("[0-9]", text)
    if not first or _GLUED.search(text, 0, first.end()) or _LONG_NUMBER.search(text):
        return None
    months = _MONTH.findall(text, 0, first.start())
    text = _NAMED_OFFSET.sub("", f"{' '.join(months)} {text[first.start() :]}".upper())
    return _parser().parse(text, default=datetime(2001, 1, 1), tzinfos=_zone) if _has_date(text) else None


def _read_iso(text: str) -> datetime:
    if text[-1] in "zZ":  # as nearly always
        with suppress(ValueError):  # what has no seconds, or ends the day at 24:00
            return datetime.fromisoformat(text[:-1] + "+00:00")
    from dateutil.parser import isoparse

    return isoparse(text)


def _has_date(text: str) -> bool:
    """Whether V8 finds a date in a text: python-dateutil needs none, and swaps a month above 12 with the day."""
    if _MONTH.search(text):
        return True
    numbers = _NUMBERS.search(text)
    if not numbers:
        return _YEAR.search(text) is not None
    one, two = int(numbers[1]), int(numbers[2])
    return (two if one > 31 else one) <= 12


def _zone(name: str | None, seconds: int | None) -> tzinfo | None:
    if name and seconds is None:
        raise ValueError(f"unknown time zone {name}")
    return None if seconds is None else timezone(timedelta(seconds=seconds))


@cache
def _parser() -> parser:
    from dateutil.parser import parser, parserinfo  # imported only when used

    class Words(parserinfo):
        """V8's words: no weekdays or hours by name, months by their first three letters, its zones and centuries."""

        JUMP = [" ", ",", ";", "-", "/", "."]
        WEEKDAYS: list[tuple[str, str]] = []
        HMS: list[tuple[str, str, str]] = []
        AMPM = [("am", "am"), ("pm", "pm")]
        UTCZONE = ["UTC", "UT", "GMT", "Z"]
        TZOFFSET = {name: hours * 3600 for name, hours in _HOURS.items()}

        def month(self, name: str) -> int | None:
            key = name[:3].lower()
            return _MONTHS.index(key) + 1 if key in _MONTHS else None

        def convertyear(self, year: int, century_specified: bool = False) -> int:
            return year if year > 99 else year + (2000 if year < 50 else 1900)

    return parser(Words())
