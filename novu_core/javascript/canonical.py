"""JSON exactly as JavaScript reads and prints it: what a signature covers, and the bytes of an answer.

``encode(parse(raw))`` is ``JSON.stringify(JSON.parse(raw))``, the text that Novu signs (PROTOCOL section 2).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from novu_core.codec import jsonable
from novu_core.javascript.nested import MAX_DEPTH
from novu_core.javascript.nested import parse as parse_nested
from novu_core.javascript.numbers import js_number
from novu_core.javascript.text import own_keys, quote

try:
    import orjson as _orjson

    orjson: Any = _orjson
except ImportError:  # the extra `speed` is not installed
    orjson = None

_LONG_INTEGER = b"0" * 16
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_SAFE_INTEGER = 2**53


def parse(raw: bytes) -> Any:
    """Read a body as ``JSON.parse`` does.

    Bytes that are not UTF-8 become U+FFFD, as in Node. Of a duplicate key the last value stands at the first one's
    place. An integer that no double holds is rounded to one (and stays an ``int``); one beyond the doubles is ``inf``.
    Raises ``ValueError`` for text that is not JSON (``NaN`` and a byte order mark included) and ``RecursionError``
    for more than ``MAX_DEPTH`` nested values.
    """
    if orjson is not None and _LONG_INTEGER not in raw.translate(_DIGITS):
        try:
            return orjson.loads(raw)
        except ValueError:
            pass  # not JSON, or what only JavaScript reads: lone surrogates, broken UTF-8, 1e400, deep nesting
    text = raw.decode("utf-8", "replace")
    try:
        return _decoder.decode(text)
    except RecursionError:
        return parse_nested(text, _decoder)


def _integer(digits: str) -> int | float:
    if len(digits) < 16:
        return int(digits)
    double = float(digits)
    return int(double) if math.isfinite(double) else double


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_int=_integer, parse_constant=_refuse)


def encode(value: Any) -> bytes:
    """Print a value as :func:`stringify` does, in UTF-8."""
    printed = _quickly(value)
    return _written(value, None, _plain).encode() if printed is None else printed


def _quickly(value: Any) -> bytes | None:
    """Print a value by one of Python's encoders; None where none of them prints as JavaScript does."""
    try:
        if not _prints_alike(value):
            return None
        if orjson is not None:
            printed: bytes = orjson.dumps(value)
            return printed
        return _encoder.encode(value).encode()
    except (RecursionError, TypeError, UnicodeEncodeError):  # deep nesting or lone surrogates
        return None


def _prints_alike(value: Any) -> bool:
    """Whether Python's JSON encoders print the value as JavaScript does (a cheap test, which may say no too often)."""
    members: Iterable[Any] = (value,)
    if type(value) is dict:
        for key in value:
            if type(key) is not str or "0" <= key < ":":
                return False
        members = value.values()
    elif type(value) is list:
        members = value
    for member in members:
        kind = type(member)
        if kind is str or kind is bool or member is None:
            continue
        if kind is dict or kind is list:
            alike = _prints_alike(member)
        elif isinstance(member, float):
            alike = 1e-4 <= abs(member) < 1e16 and not member.is_integer()
        else:
            alike = kind is int and -_SAFE_INTEGER <= member <= _SAFE_INTEGER
        if not alike:
            return False
    return True


def stringify(value: Any, indent: int | str = 0, plain: Callable[[Any], Any] | None = None) -> str:
    """Print a value as ``JSON.stringify(value, null, indent)`` does; ``indent`` is spaces, or the text of one level.

    Integer-like keys come first, ascending; numbers have JavaScript's form (``1.0`` is ``1``); ``nan`` and the
    infinities are ``null``; lone surrogates are escaped, other text is raw. ``plain`` turns what JSON does not know
    (datetimes, UUIDs, enums, models, ...) into what it does; by default as ``novu_core.codec`` has it. Raises
    ``TypeError`` or ``ValueError`` for what is unknown there too, and ``RecursionError`` for more than ``MAX_DEPTH``
    nested values (a value that contains itself, then).
    """
    if indent == 0:
        printed = _quickly(value)
        return _written(value, None, plain or _plain) if printed is None else printed.decode()
    return _written(value, " " * indent if isinstance(indent, int) else indent, plain or _plain)


_encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def _written(value: Any, gap: str | None, plain: Callable[[Any], Any]) -> str:
    out: list[str] = []
    open_levels: list[tuple[Iterator[tuple[str, Any]], str]] = [(iter([("", value)]), "")]
    while open_levels:
        members, closing = open_levels[-1]
        for lead, member in members:
            if type(member) is str:
                out.append(lead + quote(member))
                continue
            member = plain(member)
            if not isinstance(member, (dict, list, tuple)):
                out.append(lead + _scalar(member))
                continue
            if len(open_levels) > MAX_DEPTH:
                raise RecursionError(f"The value is nested more than {MAX_DEPTH} levels deep, or contains itself.")
            brackets = "{}" if isinstance(member, dict) else "[]"
            out.append(lead + brackets[0])
            inner = outer = ""
            if gap is not None and member:
                outer = "\n" + gap * (len(open_levels) - 1)
                inner = outer + gap
            open_levels.append((_members(member, inner, ":" if gap is None else ": "), outer + brackets[1]))
            break
        else:
            open_levels.pop()
            out.append(closing)
    return "".join(out)


def _members(container: Any, gap: str, colon: str) -> Iterator[tuple[str, Any]]:
    """What stands before each member of a container, and the member."""
    comma = ""
    if isinstance(container, dict):
        if {*map(type, container)} != {str}:
            container = {_name(key): member for key, member in container.items()}
        for name in own_keys(container):
            yield f"{comma}{gap}{quote(name)}{colon}", container[name]
            comma = ","
    else:
        for member in container:
            yield comma + gap, member
            comma = ","


def _name(key: Any) -> str:
    if isinstance(key, str):
        return key
    plain = _plain(key)
    return plain if isinstance(plain, str) else _scalar(plain)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, dict, list, tuple)):
        return value
    return jsonable(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    if value is None or value is True or value is False:
        return "null" if value is None else "true" if value else "false"
    text = js_number(value)
    return "null" if text[-1] in "yN" else text  # Infinity, NaN
