"""Filters that build, order and cut arrays."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from novu_core.javascript.liquid.context import Context, element
from novu_core.javascript.liquid.filters.items import path_reader, to_items
from novu_core.javascript.liquid.filters.signatures import table
from novu_core.javascript.liquid.loops import js_slice
from novu_core.javascript.liquid.values import (
    UNDEFINED,
    add,
    compare,
    is_nil,
    js_truthy,
    less,
    same_value_key,
    stringify,
    to_count,
    to_number,
    to_string,
    to_value,
)
from novu_core.javascript.text import utf16_length, utf16_units


def join(context: Context, value: Any, separator: Any = UNDEFINED) -> Any:
    """Join elements with a separator, a space by default."""
    items = to_items(value)
    separator = to_value(separator)
    glue = " " if is_nil(separator) else stringify(separator)
    context.budget.charge(len(glue) * (len(items) - 1))
    return glue.join("" if is_nil(item) else to_string(item) for item in items)


def _end(value: Any, index: int) -> Any:
    value = to_value(value)
    if isinstance(value, list):
        return element(value, index)
    if isinstance(value, str) and value:
        return utf16_units(value)[index]
    if isinstance(value, dict) and isinstance(value.get("length"), (int, float)):
        position = index if index >= 0 else value["length"] + index
        return value.get(to_string(position), UNDEFINED)
    return ""


def first(context: Context, value: Any) -> Any:
    """Return the first element or character."""
    return _end(value, 0)


def last(context: Context, value: Any) -> Any:
    """Return the last element or character."""
    return _end(value, -1)


def reverse(context: Context, value: Any) -> Any:
    """Return the elements in reverse order."""
    return to_items(value)[::-1]


def _sorted(context: Context, value: Any, name: Any, order: Callable[[Any, Any], int]) -> list[Any]:
    items = to_items(value)
    context.budget.step(len(items))
    read = path_reader(context, name) if js_truthy(name) else None
    keyed = [(item, read(item) if read else item) for item in items]

    def ordered(left: tuple[Any, Any], right: tuple[Any, Any]) -> int:
        context.budget.step()
        return order(left[1], right[1])

    return [item for item, _ in sorted(keyed, key=functools.cmp_to_key(ordered))]


def _order(left: Any, right: Any) -> int:
    if is_nil(left) or is_nil(right):
        return is_nil(left) - is_nil(right)
    if less(left, right):
        return -1
    return 1 if compare(operator.gt, left, right) else 0


def sort(context: Context, value: Any, name: Any = UNDEFINED) -> Any:
    """Sort by value or by a property; nil comes last, and what cannot be compared counts as equal."""
    return _sorted(context, value, name, _order)


def sort_natural(context: Context, value: Any, name: Any = UNDEFINED) -> Any:
    """Sort as lower-case text."""
    return _sorted(context, value, name, lambda left, right: _order(_lower(left), _lower(right)))


def _lower(value: Any) -> Any:
    return value if is_nil(value) else to_string(value).lower()


def size(context: Context, value: Any) -> Any:
    """Return the length of a string or an array; 0 for anything else."""
    if isinstance(value, str):
        return utf16_length(value)
    if isinstance(value, dict):
        length = value.get("length")
        return length if js_truthy(length) else 0
    return len(value) if isinstance(value, list) else 0


def map_(context: Context, value: Any, name: Any = UNDEFINED) -> Any:
    """Take one property of each element."""
    items = to_items(value)
    context.budget.step(len(items))
    return list(map(path_reader(context, name), items))


def compact(context: Context, value: Any) -> Any:
    """Drop nil elements."""
    return [item for item in to_items(value) if not is_nil(to_value(item))]


def concat(context: Context, value: Any, other: Any = None) -> Any:
    """Put two arrays one after the other."""
    context.budget.charge_nested(value, other)
    return [*to_items(value), *to_items(other)]


def push(context: Context, value: Any, item: Any = UNDEFINED) -> Any:
    """Add an element at the end."""
    context.budget.charge_nested(value, item)
    return [*to_items(value), item]


def unshift(context: Context, value: Any, item: Any = UNDEFINED) -> Any:
    """Add an element at the start."""
    context.budget.charge_nested(value, item)
    return [item, *to_items(value)]


def pop(context: Context, value: Any) -> Any:
    """Drop the last element."""
    return to_items(value)[:-1]


def shift(context: Context, value: Any) -> Any:
    """Drop the first element."""
    return to_items(value)[1:]


def slice_(context: Context, value: Any, begin: Any = UNDEFINED, length: Any = 1) -> Any:
    """Cut a part out of an array or, by code points, out of a string."""
    value = to_value(value)
    if is_nil(value):
        return []
    if not isinstance(value, list):
        value = stringify(value)
    if less(begin, 0):
        begin = add(len(value), begin)
    if less(begin, 0) or less(length, 0):
        return [] if isinstance(value, list) else ""
    if isinstance(value, list):
        return js_slice(value, begin, add(begin, length))
    start = code_points(begin)
    return value[start : start + code_points(length)]


def code_points(count: Any) -> int:
    """Return how many code points a loop ``for (i = 0; i < count; i++)`` passes."""
    number = to_number(to_value(count))
    whole = to_count(number)
    return max(0, whole + (number > whole))


def uniq(context: Context, value: Any) -> Any:
    """Drop repeated elements; objects are equal only to themselves."""
    kept: dict[Any, Any] = {}
    for item in to_items(value):
        kept.setdefault(same_value_key(item), item)
    return list(kept.values())


def sample(context: Context, value: Any, count: Any = 1) -> Any:
    """Pick elements at random."""
    value = to_value(value)
    if is_nil(value):
        return []
    items = list(value if isinstance(value, list) else stringify(value))
    context.choice.shuffle(items)
    if to_value(count) == 1:
        return items[0] if items else UNDEFINED
    return js_slice(items, 0, count)


FILTERS = table(
    join,
    first,
    last,
    reverse,
    sort,
    sort_natural,
    size,
    map_,
    compact,
    concat,
    push,
    unshift,
    pop,
    shift,
    slice_,
    uniq,
    sample,
)
