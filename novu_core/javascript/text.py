"""Text as JavaScript has it: white space, UTF-16 units, string literals, and the order of an object's keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

JS_SPACE = "\t\n\v\f\r \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What ``String.prototype.trim`` removes and ``\\s`` matches; also fit for the brackets of a regular expression."""

SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair."""

_ASTRAL = re.compile("[\U00010000-\U0010ffff]+")
_INDEX = re.compile("0|[1-9][0-9]{0,9}")
_LAST_INDEX = 2**32 - 2


def utf16_units(text: str) -> str:
    """Return the text with each astral character as its two surrogates, so that indexes count as in JavaScript."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(c if c <= "\uffff" else _surrogates(ord(c) - 0x10000) for c in text)


def _surrogates(offset: int) -> str:
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))


def utf16_length(text: str) -> int:
    """Return JavaScript's ``length`` of the text."""
    return len(text) if text.isascii() else 2 * len(text) - len(_ASTRAL.sub("", text))


def join_surrogates(text: str) -> str:
    """Join surrogate pairs into characters; a lone one stays."""
    if not has_surrogates(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def has_surrogates(text: str) -> bool:
    """Return whether halves of pairs are in the text. (To encode it is much faster than to search.)"""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def quote(text: str) -> str:
    """Return the text as a JSON string: non-ASCII stays, surrogate pairs are joined, a lone surrogate is escaped."""
    quoted = encode_basestring(text)
    if not has_surrogates(quoted):
        return quoted
    return SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", join_surrogates(quoted))


def own_keys(value: Mapping[Any, Any]) -> list[str]:
    """Return an object's keys in JavaScript's order: array indexes first, ascending, then the rest as inserted.

    A key that is not text, which a Python caller's dict may hold, counts among the rest.
    """
    keys = list(value)
    # Most keys begin with a letter, which sorts behind the digits.
    indexes = [
        key for key in keys if isinstance(key, str) and key < ":" and _INDEX.fullmatch(key) and int(key) <= _LAST_INDEX
    ]
    if not indexes:
        return keys
    found = set(indexes)
    return [*sorted(indexes, key=int), *(key for key in keys if key not in found)]
