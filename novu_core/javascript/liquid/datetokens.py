"""The tokens of V8's date parser."""

from __future__ import annotations

import re

from novu_core.javascript.liquid.values import JS_SPACE

_TOKEN = re.compile(
    rf"(?P<number>[0-9]+)|(?P<symbol>[-+:.)])|(?P<space>[{JS_SPACE}]+)|(?P<word>[^\x00-@{JS_SPACE}]+)|(?P<other>.)",
    re.DOTALL,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {"ut": 0, "utc": 0, "gmt": 0, "z": 0}
_ZONES |= {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_SIGNIFICANT = 9


class DateScanner:
    """Tokens of V8's scanner: ``(kind, text)``; a parenthesis is skipped as one unknown token."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while match := _TOKEN.match(text, position):
            position = match.end()
            if match[0] == "(":
                position = _after_parentheses(text, match.start())
            self.tokens.append((match.lastgroup or "other", match[0]))
        self.index = 0

    def peek(self) -> tuple[str, str]:
        """Return the next token without reading it."""
        return self.tokens[self.index] if self.index < len(self.tokens) else ("end", "")

    def next(self) -> tuple[str, str]:
        """Read a token."""
        token = self.peek()
        self.index += 1
        return token

    def skip(self, symbol: str) -> bool:
        """Read a symbol if it is the next token."""
        found = self.peek() == ("symbol", symbol)
        self.index += found
        return found

    def fixed(self, length: int, low: int, high: int) -> int | None:
        """Read a number of so many digits within a range; ``None`` leaves it unread."""
        kind, text = self.peek()
        if kind != "number" or len(text) != length or not low <= int(text) <= high:
            return None
        self.index += 1
        return int(text)


def _after_parentheses(text: str, start: int) -> int:
    balance = 0
    for position in range(start, len(text)):
        balance += {"(": 1, ")": -1}.get(text[position], 0)
        if balance <= 0:
            return position + 1
    return len(text)


def number_of(text: str) -> int:
    """Return a number's value, of which only so many digits count."""
    return int(text.lstrip("0")[:_SIGNIFICANT] or "0")


def fraction_of(text: str) -> int:
    """Return the milliseconds of a fraction's digits."""
    digits = str(number_of(text)).rjust(min(len(text), _SIGNIFICANT), "0")
    return int(digits[:3].ljust(3, "0"))


def word_of(text: str) -> tuple[str, int]:
    """Return the type and value of a word; only months may be longer than their keyword."""
    prefix = text[:3].lower()
    if prefix in _MONTHS:
        return "month", _MONTHS.index(prefix) + 1
    if len(text) > 3:
        return "garbage", 0
    if prefix in ("am", "pm"):
        return "am_pm", 12 if prefix == "pm" else 0
    return ("zone", _ZONES[prefix]) if prefix in _ZONES else ("garbage", 0)
