"""JavaScript's view of values: ``undefined``, strict equality, ordering and the conversions that templates rely on.

JSON values stand for themselves (``None`` is ``null``); what liquidjs calls a drop is a ``Drop``.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from novu_core.javascript.numbers import double, js_number, read_number
from novu_core.javascript.text import JS_SPACE, utf16_units


class _Undefined(Enum):
    UNDEFINED = "undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = _Undefined.UNDEFINED
"""What a missing name or property is worth; unlike ``null`` it is left out of objects and selects default arguments."""

Relation = Callable[[Any, Any], bool]

_SAFE = 2**53


class Drop:
    """A value with behaviour: ``members`` answer property reads, ``fields`` are what JSON.stringify shows."""

    def value_of(self) -> Any:
        """Return the plain value that filters and comparisons use."""
        raise NotImplementedError

    def fields(self) -> dict[str, Any]:
        """Return the JSON view."""
        return {}

    def member(self, key: str) -> Any:
        """Return a property, or ``UNDEFINED``."""
        return UNDEFINED


class ComparableDrop(Drop):
    """A literal that decides itself what it equals, and that is neither more nor less than anything."""

    def equals(self, value: Any) -> bool:
        """Return whether ``value`` counts as this literal."""
        raise NotImplementedError


class NullDrop(ComparableDrop):
    """``nil`` and ``null``."""

    def value_of(self) -> None:
        """Return ``None``."""

    def equals(self, value: Any) -> bool:
        """Hold for null and undefined."""
        return is_nil(to_value(value))


class EmptyDrop(ComparableDrop):
    """``empty``."""

    def value_of(self) -> str:
        """Return the empty string."""
        return ""

    def equals(self, value: Any) -> bool:
        """Hold for an empty string, array or object."""
        if isinstance(value, EmptyDrop):
            return False
        value = to_value(value)
        return isinstance(value, (str, list, dict)) and not value


class BlankDrop(EmptyDrop):
    """``blank``."""

    def equals(self, value: Any) -> bool:
        """Hold for what is empty, for nil and false, and for a string of white space."""
        if value is False or is_nil(to_value(value)):
            return True
        if isinstance(value, str):
            return not value.strip(JS_SPACE)
        return super().equals(value)


def to_value(value: Any) -> Any:
    """Replace a drop by its plain value."""
    return value.value_of() if isinstance(value, Drop) else value


def is_nil(value: Any) -> bool:
    """Return whether ``value`` is null or undefined."""
    return value is None or value is UNDEFINED


def is_number(value: Any) -> bool:
    """Return whether ``value`` is a number; booleans are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_falsy(value: Any) -> bool:
    """Liquid's truth: only false, null and undefined are false; ``0`` and ``""`` are true."""
    value = to_value(value)
    return value is False or value is None or value is UNDEFINED


def js_truthy(value: Any) -> bool:
    """JavaScript's own truth, which a few filters use: ``0``, ``NaN`` and ``""`` are false too; ``[]`` is true."""
    if isinstance(value, (list, dict, Drop)):
        return True
    return bool(value) and not _is_nan(value)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def to_string(value: Any) -> str:
    """``String(value)``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return js_number(value)
    if isinstance(value, list):
        return ",".join("" if is_nil(item) else to_string(item) for item in value)
    if value is None:
        return "null"
    return "undefined" if value is UNDEFINED else "[object Object]"


def stringify(value: Any) -> str:
    """How liquidjs turns a value into text: nil is empty, arrays are joined without a separator."""
    value = to_value(value)
    if isinstance(value, str):
        return value
    if is_nil(value):
        return ""
    if isinstance(value, list):
        return "".join(map(stringify, value))
    return to_string(value)


def to_number(value: Any) -> float:
    """``Number(value)`` as a double; ``NaN`` where it is none."""
    if isinstance(value, (int, float)):
        return double(value)
    value = to_value(value)
    if value is None:
        return 0.0
    if isinstance(value, list):
        value = to_string(value)
    if isinstance(value, str):
        return read_number(value)
    return math.nan


def to_count(value: Any) -> int:
    """``ToIntegerOrInfinity`` as the array methods use it, kept within a machine word: NaN is 0, fractions are cut."""
    number = to_number(value)
    return 0 if math.isnan(number) else int(max(-_SAFE, min(_SAFE, number)))


def add(left: Any, right: Any) -> Any:
    """JavaScript's ``+``: concatenates as soon as one side is not a number, a boolean, null or undefined."""
    left, right = to_value(left), to_value(right)
    if isinstance(left, (str, list, dict)) or isinstance(right, (str, list, dict)):
        return to_string(left) + to_string(right)
    return to_number(left) + to_number(right)


def strict_equals(left: Any, right: Any) -> bool:
    """``===``: no conversions; objects and arrays by identity."""
    if isinstance(left, str):
        return isinstance(right, str) and left == right
    if is_number(left):
        return is_number(right) and double(left) == double(right)
    return left is right


def equals(left: Any, right: Any) -> bool:
    """Liquid's ``==``: the literals decide themselves, arrays compare element by element, the rest is strict."""
    if isinstance(left, ComparableDrop):
        return left.equals(right)
    if isinstance(right, ComparableDrop):
        return right.equals(left)
    left, right = to_value(left), to_value(right)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(equals, left, right))
    return strict_equals(left, right)


def contains(left: Any, right: Any) -> bool:
    """Liquid's ``contains``: an array's element, or a string's part (the right side is converted to a string)."""
    left = to_value(left)
    if isinstance(left, list):
        return any(equals(item, right) for item in left)
    return isinstance(left, str) and to_string(to_value(right)) in left


def ordered(relation: Relation, left: Any, right: Any) -> bool:
    """Liquid's ``< > <= >=``: JavaScript's, but ``nil``, ``empty`` and ``blank`` are in no order with anything."""
    if isinstance(left, ComparableDrop) or isinstance(right, ComparableDrop):
        return False
    return compare(relation, left, right)


def compare(relation: Relation, left: Any, right: Any) -> bool:
    """JavaScript's ``< > <= >=``, given as the function of ``operator``: strings by code unit, all else as numbers."""
    left, right = (to_string(v) if isinstance(v, (list, dict)) else v for v in (to_value(left), to_value(right)))
    if isinstance(left, str) and isinstance(right, str):
        return relation(unit_order(left), unit_order(right))
    return relation(to_number(left), to_number(right))


def unit_order(text: str) -> str:
    """Return a key that sorts as JavaScript sorts strings: by UTF-16 unit, not by code point."""
    return utf16_units(text)


def less(left: Any, right: Any) -> bool:
    """``left < right``."""
    return compare(operator.lt, left, right)


def same_value_key(value: Any) -> tuple[str, Any]:
    """Return a key under which a JavaScript ``Set`` or ``Map`` would hold ``value``."""
    if isinstance(value, str):
        return "string", value
    if is_number(value):
        number = double(value)
        return "number", "NaN" if math.isnan(number) else number
    return "identity", id(value)
