"""How JavaScript prints and reads numbers: ECMAScript ``Number::toString`` in base 10, and ``Number(text)``."""

from __future__ import annotations

import math
import re

from novu_core.javascript.text import JS_SPACE


def js_number(value: float | int) -> str:
    """Print a number as ``String(value)`` does in JavaScript: ``1.0`` is ``1``, ``1e21`` is ``1e+21``.

    Every number is an IEEE double there, so an int beyond 2**53 is rounded first, and one beyond the doubles is
    ``Infinity``. ``-0.0`` prints ``0``; ``NaN`` and the infinities have their JavaScript names (that JSON.stringify
    writes ``null`` for those is the caller's business). ``True`` and ``False`` are the numbers 1 and 0.
    """
    if type(value) is int and -_SAFE <= value <= _SAFE:
        return str(value)
    number = value if type(value) is float else double(value)
    if 1e-4 <= abs(number) <= _SAFE:  # where Python's layout is the same
        return str(int(number)) if number.is_integer() else repr(number)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if not number:
        return "0"
    sign, digits, point = _shortest(number)
    return sign + _layout(digits, point)


_SAFE = 2**53


def _shortest(number: float) -> tuple[str, str, int]:
    """Split into sign, shortest round-trip digits and the decimal point's place (ECMAScript's ``n``)."""
    # Python's repr gives the same shortest digits as ECMAScript; only their layout differs.
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    return "-" if number < 0 else "", stripped.rstrip("0"), point


def _layout(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{point - 1:+d}"


_DECIMAL = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|Infinity)")
_INTEGER = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")


def read_number(text: str) -> float:
    """Read a number as ``Number(text)`` does: white space around it is allowed, nothing is 0, and other text NaN."""
    text = text.strip(JS_SPACE)
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    return double(int(text, 0)) if _INTEGER.fullmatch(text) else math.nan


def double(value: float) -> float:
    """Return a number as the double that it is in JavaScript; an int beyond the doubles is an infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
