"""Filters over text. Lengths and positions count as the peer's: mostly UTF-16 units, sometimes code points."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.errors import RenderError
from novu_core.javascript.liquid.filters.arrays import code_points
from novu_core.javascript.liquid.filters.items import to_items
from novu_core.javascript.liquid.filters.signatures import table
from novu_core.javascript.liquid.loops import js_slice
from novu_core.javascript.liquid.values import (
    UNDEFINED,
    compare,
    is_nil,
    js_truthy,
    less,
    stringify,
    to_number,
    to_string,
)
from novu_core.javascript.text import JS_SPACE, utf16_length, utf16_units

_SPACES = re.compile(rf"[{JS_SPACE}]+")
_CJK = re.compile("[\u4e00-\u9fff\uf900-\ufaff\u3400-\u4dbf\u3040-\u309f\u30a0-\u30ff\uac00-\ud7af]")
_NOT_CJK = re.compile(rf"[^\u4e00-\u9fff\uf900-\ufaff\u3400-\u4dbf\u3040-\u309f\u30a0-\u30ff\uac00-\ud7af{JS_SPACE}]+")


def _needs_argument(context: Context, value: Any, given: list[Any]) -> tuple[str, str]:
    if len(given) != 1:
        raise RenderError("append and prepend take exactly one argument, for example: append: 'x'")
    return stringify(value), stringify(given[0])


def _append(context: Context, value: Any, given: list[Any]) -> Any:
    text, other = _needs_argument(context, value, given)
    return text + other


def _prepend(context: Context, value: Any, given: list[Any]) -> Any:
    text, other = _needs_argument(context, value, given)
    return other + text


def _strip(text: str, characters: Any, how: Callable[[str, str], str]) -> str:
    return how(text, "".join(dict.fromkeys(stringify(characters))) if js_truthy(characters) else JS_SPACE)


def strip(context: Context, value: Any, characters: Any = UNDEFINED) -> Any:
    """Remove white space, or the given characters, at both ends."""
    return _strip(stringify(value), characters, str.strip)


def lstrip(context: Context, value: Any, characters: Any = UNDEFINED) -> Any:
    """Remove white space, or the given characters, at the start."""
    return _strip(stringify(value), characters, str.lstrip)


def rstrip(context: Context, value: Any, characters: Any = UNDEFINED) -> Any:
    """Remove white space, or the given characters, at the end."""
    return _strip(stringify(value), characters, str.rstrip)


def downcase(context: Context, value: Any) -> Any:
    """Return lower case."""
    return stringify(value).lower()


def upcase(context: Context, value: Any) -> Any:
    """Return upper case."""
    return stringify(value).upper()


def capitalize(context: Context, value: Any) -> Any:
    """Put the first character in upper and the rest in lower case."""
    text = stringify(value)
    start = text[:1]
    return (start if start > "\uffff" else start.upper()) + text[1:].lower()


def remove(context: Context, value: Any, part: Any = UNDEFINED) -> Any:
    """Remove a part wherever it stands."""
    return replace(context, value, part, "")


def remove_first(context: Context, value: Any, part: Any = UNDEFINED) -> Any:
    """Remove the first occurrence of a part."""
    return stringify(value).replace(stringify(part), "", 1)


def remove_last(context: Context, value: Any, part: Any = UNDEFINED) -> Any:
    """Remove the last occurrence of a part."""
    return replace_last(context, value, part, "")


def replace(context: Context, value: Any, part: Any = UNDEFINED, other: Any = UNDEFINED) -> Any:
    """Replace a part wherever it stands; an empty part stands between all characters."""
    text, part, other = stringify(value), stringify(part), stringify(other)
    if not part:
        units = utf16_units(text)
        context.budget.charge(len(units) * (len(other) + 1))
        return other.join(units)
    context.budget.charge(text.count(part) * len(other))
    return text.replace(part, other)


def replace_first(context: Context, value: Any, part: Any = UNDEFINED, other: Any = UNDEFINED) -> Any:
    """Replace the first occurrence of a part."""
    return stringify(value).replace(stringify(part), stringify(other), 1)


def replace_last(context: Context, value: Any, part: Any = UNDEFINED, other: Any = UNDEFINED) -> Any:
    """Replace the last occurrence of a part."""
    text, part = stringify(value), stringify(part)
    after = text[::-1].find(part[::-1])  # str.rfind takes quadratic time
    if after < 0:
        return text
    end = len(text) - after
    return text[: end - len(part)] + stringify(other) + text[end:]


def split(context: Context, value: Any, separator: Any = UNDEFINED) -> Any:
    """Split at a separator, or into UTF-16 units; empty parts at the end are dropped."""
    text, separator = stringify(value), stringify(separator)
    context.budget.charge(len(text))
    parts = text.split(separator) if separator else list(utf16_units(text))
    while parts and not parts[-1]:
        parts.pop()
    return parts


def strip_newlines(context: Context, value: Any) -> Any:
    """Remove line breaks."""
    return stringify(value).replace("\r\n", "").replace("\n", "")


def squish(context: Context, value: Any) -> Any:
    """Make each run of white space one space, and remove it at the ends."""
    return _SPACES.sub(" ", stringify(value)).strip(JS_SPACE)


def normalize_whitespace(context: Context, value: Any) -> Any:
    """Make each run of white space one space."""
    return _SPACES.sub(" ", stringify(value))


def truncate(context: Context, value: Any, length: Any = 50, ending: Any = "...") -> Any:
    """Shorten to a number of code points, the ending included."""
    text, ending = stringify(value), stringify(ending)
    kept = to_number(length)
    if compare(operator.le, utf16_length(text), length) or code_points(length) >= len(text):
        return value
    return text[: code_points(max(kept - len(ending), 0))] + ending


def truncatewords(context: Context, value: Any, count: Any = 15, ending: Any = "...") -> Any:
    """Shorten to a number of words; the ending is added even if there were exactly that many."""
    words = _SPACES.split(stringify(value).lstrip(JS_SPACE))
    if compare(operator.le, count, 0):
        count = 1
    text = " ".join(js_slice(words, 0, count))
    return text if less(len(words), count) or to_number(count) != to_number(count) else text + stringify(ending)


def number_of_words(context: Context, value: Any, mode: Any = UNDEFINED) -> Any:
    """Count words; with ``'cjk'``, and with ``'auto'`` where there are any, CJK characters one by one."""
    text = stringify(value).strip(JS_SPACE)
    if not text:
        return 0
    characters = len(_CJK.findall(text))
    if mode == "cjk" or (mode == "auto" and characters):
        return characters + len(_NOT_CJK.findall(text))
    return len(_SPACES.split(text))


def array_to_sentence_string(context: Context, value: Any, connector: Any = "and") -> Any:
    """Join as ``a, b, and c``."""
    items = to_items(value)
    connector = stringify(connector)
    if len(items) < 2:
        return items[0] if items else ""
    if len(items) == 2:
        return f"{to_string(items[0])} {connector} {to_string(items[1])}"
    start = ", ".join("" if is_nil(item) else to_string(item) for item in items[:-1])
    return f"{start}, {connector} {to_string(items[-1])}"


FILTERS = {
    **table(
        strip,
        lstrip,
        rstrip,
        downcase,
        upcase,
        capitalize,
        remove,
        remove_first,
        remove_last,
        replace,
        replace_first,
        replace_last,
        split,
        strip_newlines,
        squish,
        normalize_whitespace,
        truncate,
        truncatewords,
        number_of_words,
        array_to_sentence_string,
    ),
    "append": _append,
    "prepend": _prepend,
}
