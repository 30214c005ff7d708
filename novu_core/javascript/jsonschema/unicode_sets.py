"""Unicode's general categories as the inside of a character class, for ``\\p{...}`` in patterns."""

from __future__ import annotations

import sys
import unicodedata
from functools import lru_cache

_LONG_NAMES = {
    "Other": "C", "Control": "Cc", "Format": "Cf", "Unassigned": "Cn", "Private_Use": "Co", "Surrogate": "Cs",
    "Letter": "L", "Lowercase_Letter": "Ll", "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Titlecase_Letter": "Lt",
    "Uppercase_Letter": "Lu", "Mark": "M", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Nonspacing_Mark": "Mn",
    "Number": "N", "Decimal_Number": "Nd", "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P",
    "Connector_Punctuation": "Pc", "Dash_Punctuation": "Pd", "Close_Punctuation": "Pe", "Final_Punctuation": "Pf",
    "Initial_Punctuation": "Pi", "Other_Punctuation": "Po", "Open_Punctuation": "Ps", "Symbol": "S",
    "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Math_Symbol": "Sm", "Other_Symbol": "So", "Separator": "Z",
    "Line_Separator": "Zl", "Paragraph_Separator": "Zp", "Space_Separator": "Zs",
    "Lowercase": "Ll", "Uppercase": "Lu", "Alphabetic": "L", "digit": "Nd", "punct": "P",
}  # fmt: skip
_SHORT_NAMES = frozenset(_LONG_NAMES.values())


@lru_cache(maxsize=64)
def category_set(name: str, negated: bool = False) -> str | None:
    """Return the inside of a class for a general category (``L``, ``Letter``, ``gc=Lu``), ASCII or Any; else None.

    ``Alphabetic``, ``Lowercase`` and ``Uppercase`` are taken for the letter categories that make up nearly all of them.
    """
    key, _, value = name.rpartition("=")
    if key not in ("", "gc", "General_Category"):
        return None
    if not key and value in ("ASCII", "Any"):
        last = 0x7F if value == "ASCII" else sys.maxunicode
        return _text([(last + 1, sys.maxunicode)] if negated else [(0, last)])
    category = value if value in _SHORT_NAMES else _LONG_NAMES.get(value)
    return _text(_ranges(category, negated)) if category else None


def _ranges(category: str, negated: bool) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    start: int | None = None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith(category) is not negated
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append((start, code - 1))
            start = None
    return ranges


def _text(ranges: list[tuple[int, int]]) -> str:
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges if low <= high)
