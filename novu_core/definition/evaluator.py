"""Values of skip conditions: reading data, operators and functions, all of bounded cost and free of side effects."""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.alias_generators import to_camel, to_snake

_LONGEST = 100_000
_LARGEST = 10**100
_LISTS = (list, tuple, set, frozenset)


class Function(NamedTuple):
    """A function of the language and how many arguments it takes; ``method``: ``x.f(y)`` may stand for ``f(x, y)``."""

    call: Callable[..., Any]
    fewest: int
    most: int
    method: bool = False


def read(owner: Any, key: Any) -> Any:
    """Return the datum under a name, key or index, None where there is none; never a method, a class or a private name.

    A name is found in its snake_case and camelCase spelling.
    """
    if isinstance(owner, Mapping):
        spellings = (key, to_snake(key), to_camel(key)) if isinstance(key, str) else (key,)
        for name in spellings:
            if _is_scalar(name) and name in owner:
                return _plain(owner[name])
    if isinstance(key, str):
        return None if key.startswith("_") else _plain(_attribute(owner, key))
    if isinstance(owner, str | list | tuple) and isinstance(key, int) and -len(owner) <= key < len(owner):
        return _plain(owner[key])
    return None


def _attribute(owner: Any, name: str) -> Any:
    # Strings, functions, frames, classes: what lies behind their attributes is Python's, not the user's data.
    if isinstance(owner, type) or type(owner).__module__ == "builtins":
        return None
    extra = (owner.model_extra or {}) if isinstance(owner, BaseModel) else {}
    for spelling in (name, to_snake(name), to_camel(name)):
        described = inspect.isdatadescriptor(inspect.getattr_static(type(owner), spelling, None))
        if described or spelling in extra or spelling in getattr(owner, "__dict__", ()):
            return getattr(owner, spelling, None)
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return float(value)
    return None if callable(value) or inspect.ismodule(value) else value


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _bounded(value: Any) -> Any:
    """Return a computed value, or raise ValueError if it grew beyond what a condition has use for."""
    if isinstance(value, str | list | tuple) and len(value) > _LONGEST:
        raise ValueError(f"the result is longer than {_LONGEST} items")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError("the result is larger than 1e100")
    return value


def calculate(op: ast.operator, left: Any, right: Any) -> Any:
    """Return ``left op right`` of two numbers; ``+`` also joins two strings or two lists. ValueError otherwise."""
    joins = isinstance(op, ast.Add) and isinstance(left, str | list | tuple) and type(left) is type(right)
    if not joins and not (_is_number(left) and _is_number(right)):
        raise ValueError(f"`{SYMBOLS[type(op)]}` cannot take {_kind(left)} and {_kind(right)}")
    for operand in (left, right):
        _bounded(operand)
    try:
        return _bounded(OPERATORS[type(op)](left, right))
    except ZeroDivisionError:
        raise ValueError("division by zero") from None
    except OverflowError:
        raise ValueError("the result is too large") from None


def negate(op: ast.unaryop, value: Any) -> Any:
    """Return ``not value``, ``-value`` or ``+value``; ValueError where it is no number."""
    if isinstance(op, ast.Not):
        return not value
    if not _is_number(value):
        raise ValueError(f"a sign cannot precede {_kind(value)}")
    return -value if isinstance(op, ast.USub) else +value


def compare(op: ast.cmpop, left: Any, right: Any) -> bool:
    """Return whether a comparison holds. An order of None, or of values of two kinds, never does."""
    if isinstance(op, ast.In | ast.NotIn):
        return _contains(right, left) is isinstance(op, ast.In)
    ordered = isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
    if ordered and (left is None or right is None):
        return False
    try:
        return bool(COMPARISONS[type(op)](left, right))
    except TypeError:
        return False


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    if isinstance(container, Mapping | set | frozenset):
        return _is_scalar(item) and item in container
    return isinstance(container, list | tuple) and item in container


def _kind(value: Any) -> str:
    return "a missing value" if value is None else f"a value of type {type(value).__name__}"


def _length(value: Any) -> int:
    if value is None:
        return 0
    if not isinstance(value, (str, Mapping, *_LISTS)):
        raise ValueError(f"len() cannot take {_kind(value)}")
    return len(value)


def _items(name: str, value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, _LISTS):
        raise ValueError(f"{name}() takes a list, not {_kind(value)}")
    return [_plain(item) for item in value]


def _extreme(name: str, choose: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    def extreme(*values: Any) -> Any:
        known = [item for item in (_items(name, values[0]) if len(values) == 1 else values) if item is not None]
        try:
            return choose(known) if known else None
        except TypeError:
            raise ValueError(f"{name}() cannot compare values of different kinds") from None

    return extreme


def _sum(value: Any) -> Any:
    total: Any = 0
    for item in _items("sum", value):
        total = calculate(ast.Add(), total, 0 if item is None else item)
    return total


def _case(name: str, change: Callable[[str], str]) -> Callable[[Any], Any]:
    def case(value: Any) -> Any:
        if not isinstance(value, str | None):
            raise ValueError(f"{name}() takes a string, not {_kind(value)}")
        return value if value is None else change(value)

    return case


def _affix(test: Callable[[str, Any], bool]) -> Callable[[Any, Any], bool]:
    def affix(value: Any, part: Any) -> bool:
        parts = part if isinstance(part, tuple) else (part,)
        return isinstance(value, str) and any(isinstance(one, str) and test(value, one) for one in parts)

    return affix


def _number(name: str, convert: Callable[..., Any]) -> Callable[..., Any]:
    def number(value: Any, *digits: Any) -> Any:
        if value is None:
            return None
        text = name in ("int", "float") and isinstance(value, str) and len(value) <= 100
        if not (text or _is_number(value)):
            raise ValueError(f"{name}() cannot take {_kind(value)}")
        if not all(isinstance(count, int) and abs(count) <= 20 for count in digits):
            raise ValueError(f"{name}() rounds to at most 20 digits")
        try:
            return _bounded(convert(value, *digits))
        except (ValueError, OverflowError):
            raise ValueError(f"{name}() cannot read {str(value)[:40]!r}") from None

    return number


def _text(value: Any) -> Any:
    if not _is_scalar(value):
        raise ValueError(f"str() cannot take {_kind(value)}")
    return None if value is None else str(_bounded(value))


OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
SYMBOLS: dict[type[ast.operator], str] = dict(zip(OPERATORS, ("+", "-", "*", "/", "//", "%"), strict=True))

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}

FUNCTIONS = {
    "len": Function(_length, 1, 1),
    "any": Function(lambda value: any(_items("any", value)), 1, 1),
    "all": Function(lambda value: all(_items("all", value)), 1, 1),
    "min": Function(_extreme("min", min), 1, 20),
    "max": Function(_extreme("max", max), 1, 20),
    "sum": Function(_sum, 1, 1),
    "abs": Function(_number("abs", abs), 1, 1),
    "round": Function(_number("round", round), 1, 2),
    "int": Function(_number("int", int), 1, 1),
    "float": Function(_number("float", float), 1, 1),
    "str": Function(_text, 1, 1),
    "bool": Function(bool, 1, 1),
    "lower": Function(_case("lower", str.lower), 1, 1, method=True),
    "upper": Function(_case("upper", str.upper), 1, 1, method=True),
    "startswith": Function(_affix(str.startswith), 2, 2, method=True),
    "endswith": Function(_affix(str.endswith), 2, 2, method=True),
    "contains": Function(_contains, 2, 2, method=True),
}
