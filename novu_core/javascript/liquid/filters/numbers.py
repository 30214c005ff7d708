"""Arithmetic, in JavaScript's doubles: no filter here fails, the answer is ``NaN`` or ``Infinity`` instead."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from novu_core.javascript.liquid.context import Context, Filter
from novu_core.javascript.liquid.filters.items import path_reader, to_items
from novu_core.javascript.liquid.filters.signatures import table
from novu_core.javascript.liquid.values import js_truthy, to_number, to_string, to_value

_MAX_SAFE = 2**53 - 1


def _number(value: Any) -> float:
    number = value if type(value) is float else to_number(value)
    return 0.0 if number != number else number  # NaN


def _unary(function: Callable[[float], float]) -> Filter:
    return lambda context, value, given: function(_number(value))


def _binary(function: Callable[[float, float], float]) -> Filter:
    """Make a filter of a function of two numbers; without the second the answer is NaN."""
    return lambda context, value, given: function(_number(value), _number(given[0])) if given else math.nan


def _divide(dividend: float, divisor: float) -> float:
    if divisor:
        return dividend / divisor
    if not dividend or math.isnan(dividend):
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1, divisor)


def _divided_by(context: Context, value: Any, given: list[Any]) -> Any:
    if not given:
        return math.nan
    quotient = _divide(_number(value), _number(given[0]))
    return _whole(math.floor, quotient) if len(given) > 1 and _number(given[1]) else quotient


def _remainder(dividend: float, divisor: float) -> float:
    if not divisor or math.isinf(dividend):
        return math.nan
    return math.fmod(dividend, divisor)


def _modulo(value: float, divisor: float) -> float:
    return _remainder(_remainder(value, divisor) + divisor, divisor)


def _whole(function: Callable[[float], int], number: float) -> float:
    return float(function(number)) if math.isfinite(number) else number


def _extreme(choose: Callable[[list[float]], float]) -> Filter:
    def call(context: Context, value: Any, given: list[Any]) -> Any:
        return choose([_number(argument) for argument in (value, *given)])

    return call


def round_(context: Context, value: Any, digits: Any = 0) -> Any:
    """Round half away from zero to a number of decimals, on the printed decimal digits (1.005 to 2 is 1.01)."""
    number = _number(value)
    places = _number(digits)
    scaled = _shift(abs(number), places)
    if not scaled <= _MAX_SAFE:
        return number
    whole = math.floor(scaled)
    rounded = _shift(float(whole + 1 if scaled - whole >= 0.5 else whole), -places)
    return -rounded if number < 0 else rounded


def _shift(number: float, places: float) -> float:
    mantissa, _, power = to_string(number).partition("e")
    return to_number(f"{mantissa}e{to_string(to_number(power or '0') + places)}")


def to_integer(context: Context, value: Any) -> Any:
    """``Number(value)``: despite its name it keeps fractions."""
    return to_number(to_value(value))


def sum_(context: Context, value: Any, name: Any = None) -> Any:
    """Add up numbers, or a property of objects; what is not a number counts as 0."""
    total = 0.0
    read = path_reader(context, name) if js_truthy(name) else to_value
    for item in to_items(value):
        context.budget.step()
        number = to_number(to_value(read(item)))
        total += 0.0 if math.isnan(number) else number
    return total


FILTERS: dict[str, Filter] = {
    **table(round_, to_integer, sum_),
    "abs": _unary(math.fabs),
    "ceil": _unary(lambda number: _whole(math.ceil, number)),
    "floor": _unary(lambda number: _whole(math.floor, number)),
    "plus": _binary(lambda left, right: left + right),
    "minus": _binary(lambda left, right: left - right),
    "times": _binary(lambda left, right: left * right),
    "modulo": _binary(_modulo),
    "divided_by": _divided_by,
    "at_least": _extreme(max),
    "at_most": _extreme(min),
}
