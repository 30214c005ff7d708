"""String and number formats as ajv-formats 2.1 "full" tests them (PROTOCOL sections 6 and 16)."""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from novu_core.javascript.jsonschema.patterns import PatternError, check_lenient
from novu_core.javascript.text import JS_SPACE

Format = Callable[[Any], object]

_DATE = re.compile(r"(\d\d\d\d)-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(\.\d+)?(z|[+-]\d\d(?::?\d\d)?)?", re.ASCII | re.IGNORECASE)
_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DATE_TIME_SEPARATOR = re.compile(rf"[tT{JS_SPACE}]")
_LINE_END = re.compile(r"[\n\r\u2028\u2029]")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_PYTHON_END = re.compile(r"[^\\]\\Z")

_HEX = "%[0-9a-f]{2}"
_BYTE = r"(?:25[0-5]|2[0-4]\d|[01]?\d\d?)"
_IPV4 = rf"(?:{_BYTE}\.){{3}}{_BYTE}"
_H16 = "[0-9a-f]{1,4}"
_LS32 = rf"(?:{_H16}:{_H16}|{_IPV4})"


def _ip_literal() -> str:
    """RFC 3986's ``IP-literal`` without its brackets."""
    heads = [rf"(?:(?:{_H16}:){{0,{n}}}{_H16})?::" for n in range(1, 5)]
    wide = [rf"(?:{_H16}:){{6}}", rf"::(?:{_H16}:){{5}}", rf"(?:{_H16})?::(?:{_H16}:){{4}}"]
    wide += [rf"{heads[0]}(?:{_H16}:){{3}}", rf"{heads[1]}(?:{_H16}:){{2}}", rf"{heads[2]}{_H16}:", heads[3]]
    tail = rf"(?:(?:{_H16}:){{0,5}}{_H16})?::{_H16}|(?:(?:{_H16}:){{0,6}}{_H16})?::"
    return rf"(?:(?:{'|'.join(wide)}){_LS32}|{tail})|[Vv][0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+"


def _whole(pattern: str, flags: int = re.ASCII | re.IGNORECASE) -> Format:
    """Match a whole text. The expression is compiled at its first use: all of them take as long as importing Flask."""
    compiled = lru_cache(maxsize=1)(lambda: re.compile(pattern, flags))
    return lambda text: compiled().fullmatch(text)


def _uri(*, quote: str, relative: bool) -> str:
    """RFC 3986's URI. ajv-formats lets a URI reference, but no URI, hold double quotes (``quote``)."""
    segment = rf"(?:[a-z0-9\-._~!$&'{quote}()*+,;=:@]|{_HEX})"
    user = rf"(?:(?:[a-z0-9\-._~!$&'()*+,;=:]|{_HEX})*@)?"
    host = rf"(?:\[(?:{_ip_literal()})\]|{_IPV4}|(?:[a-z0-9\-._~!$&'{quote}()*+,;=]|{_HEX})*)(?::\d*)?"
    rest = rf"(?:/{segment}*)*"
    hier = rf"(?:/?/{user}{host}{rest}|/(?:{segment}+{rest})?|{segment}+{rest})"
    tail = rf"(?:[a-z0-9\-._~!$&'{quote}()*+,;=:@/?]|{_HEX})*"
    scheme = r"(?:[a-z][a-z0-9+\-.]*:)"
    optional = "?" if relative else ""
    return rf"{scheme}{optional}{hier}{optional}(?:\?{tail})?(?:#{tail})?"


_URI = _whole(_uri(quote="", relative=False))


def _ipv6() -> str:
    """An IPv6 address: for each number of groups before the gap, what may follow."""
    byte = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
    v4 = rf"(?:{byte}(?:\.{byte}){{3}})"
    rows = [rf"(?:{_H16}:){{7}}(?:{_H16}|:)", rf"(?:{_H16}:){{6}}(?::{_H16}|{v4}|:)"]
    for before in range(5, 0, -1):
        gap = 5 - before
        middle = rf"(?::{_H16}){{0,{gap}}}"
        rows.append(rf"(?:{_H16}:){{{before}}}(?:(?::{_H16}){{1,{7 - before}}}|{middle}:{v4}|:)")
    rows.append(rf":(?:(?::{_H16}){{1,7}}|(?::{_H16}){{0,5}}:{v4}|:)")
    return "|".join(rows)


def _url() -> str:
    """Diego Perini's public-host URL; its user part is written without a needless repeat, which took quadratic time."""
    word = r"[a-z0-9\u00a1-\uffff]"
    private = (
        r"(?!(?:10|127)(?:\.\d{1,3}){3})(?!(?:169\.254|192\.168)(?:\.\d{1,3}){2})"
        r"(?!172\.(?:1[6-9]|2\d|3[0-1])(?:\.\d{1,3}){2})"
    )
    address = (
        r"(?:[1-9]\d?|1\d\d|2[01]\d|22[0-3])(?:\.(?:1?\d{1,2}|2[0-4]\d|25[0-5])){2}"
        r"(?:\.(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4]))"
    )
    label = rf"(?:{word}+-)*{word}+"
    name = rf"{label}(?:\.{label})*(?:\.(?:[a-z\u00a1-\uffff]{{2,}}))"
    shown = f"[^{JS_SPACE}]"
    return rf"(?:https?|ftp)://(?:{shown}+@)?(?:{private}{address}|{name})(?::\d{{2,5}})?(?:/{shown}*)?"


def _date(text: str) -> bool:
    match = _DATE.fullmatch(text)
    if not match:
        return False
    year, month, day = (int(part) for part in match.groups())
    return 1 <= month <= 12 and 1 <= day <= (29 if month == 2 and isleap(year) else _DAYS[month])


def _time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    if not match:
        return False
    hour, minute, second = (int(part) for part in match.groups()[:3])
    return (hour <= 23 and minute <= 59 and second <= 59) or (hour, minute, second) == (23, 59, 60)


def _date_time(text: str) -> bool:
    parts = _DATE_TIME_SEPARATOR.split(text)
    return len(parts) == 2 and _date(parts[0]) and _time(parts[1])


def _time_order(text: str) -> str | None:
    match = _TIME.fullmatch(text)
    return match and "".join(part or "" for part in match.groups()[:4])


def _date_time_order(text: str) -> tuple[str, str] | None:
    date, _, time = _DATE_TIME_SEPARATOR.sub("T", text, count=1).partition("T")
    order = _time_order(time)
    return None if order is None else (date, order)


def _is_uri(text: str) -> bool:
    return ("/" in text or ":" in text) and _URI(text) is not None


def _base64(text: str) -> bool:
    # The peer's expression has the m flag: one good line, the empty one too, is enough.
    return any(_BASE64.fullmatch(line) for line in _LINE_END.split(text))


def _regex(text: str) -> bool:
    if _PYTHON_END.search(text):
        return False
    try:
        check_lenient(text)
    except PatternError:
        return False
    return True


def _is_integer(value: float) -> bool:
    return value == value and abs(value) != float("inf") and value % 1 == 0


_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ATOM = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_VARIABLE = rf"(?:[a-z0-9_]|{_HEX})+(?::[1-9][0-9]{{0,3}}|\*)?"

STRING_FORMATS: dict[str, Format] = {
    "date": _date,
    "time": _time,
    "date-time": _date_time,
    "duration": _whole(r"P(?!\Z)((\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?|(\d+W)?)", re.ASCII),
    "uri": _is_uri,
    "uri-reference": _whole(_uri(quote='"', relative=True)),
    "uri-template": _whole(
        rf"(?:(?:[^\x00-\x20\"'<>%\\^`{{|}}]|{_HEX})|\{{[+#./;?&=,!@|]?{_VARIABLE}(?:,{_VARIABLE})*\}})*"
    ),
    "url": _whole(_url()),
    "email": _whole(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}"),
    "hostname": _whole(
        r"(?=.{1,253}\.?\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[-0-9a-z]{0,61}[0-9a-z])?)*\.?"
    ),
    "ipv4": _whole(_IPV4, re.ASCII),
    "ipv6": _whole(_ipv6()),
    "regex": _regex,
    "uuid": _whole("(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
    "json-pointer": _whole("(?:/(?:[^~/]|~0|~1)*)*", 0),
    "json-pointer-uri-fragment": _whole(rf"#(?:/(?:[a-z0-9_\-.!$&'()*+,;:=@]|{_HEX}|~0|~1)*)*"),
    "relative-json-pointer": _whole("(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)", 0),
    "byte": _base64,
}
"""Tests of strings: truthy where the string fits. A format that is not here is not checked."""

NUMBER_FORMATS: dict[str, Format] = {
    "int32": lambda value: _is_integer(value) and -(2**31) <= value <= 2**31 - 1,
    "int64": _is_integer,
}
"""Tests of numbers, in the same way."""

FORMAT_ORDERS: dict[str, Callable[[str], Any]] = {
    "date": lambda text: text or None,
    "time": _time_order,
    "date-time": _date_time_order,
}
"""The formats that ``formatMinimum`` and its like can compare: by these keys; None is never out of bounds."""
