"""``JSON.stringify`` for template values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring
from typing import Any

from novu_core.javascript.liquid.values import UNDEFINED, Drop, is_number, to_count, utf16_units
from novu_core.javascript.numbers import js_number

_LONE = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")
_INDEX = re.compile("0|[1-9][0-9]{0,9}")
_MAX_INDEX = 2**32 - 2


def own_keys(value: dict[str, Any]) -> Iterable[str]:
    """Return an object's keys in JavaScript's order: array indexes first, ascending, then the rest as inserted."""
    indexes = [key for key in value if key[:1].isdigit() and _INDEX.fullmatch(key) and int(key) <= _MAX_INDEX]
    if not indexes:
        return value
    found = set(indexes)
    return [*sorted(indexes, key=int), *(key for key in value if key not in found)]


def quote(text: str) -> str:
    """Return the text as a JSON string: non-ASCII stays, a lone surrogate is escaped."""
    quoted = encode_basestring(text)
    if quoted.isascii():
        return quoted
    return _LONE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def json_stringify(value: Any, space: Any = 0) -> str:
    """Serialise as ``JSON.stringify(value, null, space)``: compact unless ``space`` gives an indentation.

    Non-finite numbers are ``null``; undefined disappears from objects and is ``null`` in arrays; a drop shows its
    fields.
    """
    pieces: list[str] = []
    _write(value, pieces.append, _gap(space), "\n")
    return "".join(pieces)


def _gap(space: Any) -> str | None:
    """Return the indentation of one level, ``None`` for compact JSON. A fraction below 1 only breaks lines, in V8."""
    if isinstance(space, str):
        return utf16_units(space)[:10] or None
    return " " * min(10, to_count(space)) if is_number(space) and space > 0 else None


def _write(value: Any, put: Callable[[str], None], gap: str | None, indent: str) -> None:
    if isinstance(value, str):
        put(quote(value))
    elif value is None or value is UNDEFINED:
        put("null")
    elif isinstance(value, bool):
        put("true" if value else "false")
    elif isinstance(value, (int, float)):
        text = js_number(value)
        put("null" if text[-1] in "yN" else text)
    elif isinstance(value, list):
        _write_array(value, put, gap, indent)
    else:
        _write_object(value.fields() if isinstance(value, Drop) else value, put, gap, indent)


def _write_array(items: list[Any], put: Callable[[str], None], gap: str | None, indent: str) -> None:
    if not items:
        put("[]")
        return
    inner = indent + (gap or "")
    separator = "["
    for item in items:
        put(separator if gap is None else separator + inner)
        _write(item, put, gap, inner)
        separator = ","
    put("]" if gap is None else indent + "]")


def _write_object(value: dict[str, Any], put: Callable[[str], None], gap: str | None, indent: str) -> None:
    inner = indent + (gap or "")
    separator = "{"
    for key in own_keys(value):
        if value[key] is UNDEFINED:
            continue
        put(f"{separator}{quote(key)}:" if gap is None else f"{separator}{inner}{quote(key)}: ")
        _write(value[key], put, gap, inner)
        separator = ","
    if separator == "{":
        put("{}")
    else:
        put("}" if gap is None else indent + "}")
