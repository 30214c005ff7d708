"""Filters that choose elements by a property or by an expression given as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.filters.items import to_items
from novu_core.javascript.liquid.filters.signatures import table
from novu_core.javascript.liquid.loops import to_enumerable
from novu_core.javascript.liquid.reader import Reader
from novu_core.javascript.liquid.values import UNDEFINED, equals, is_falsy, js_truthy, same_value_key, stringify

Question = Callable[[Any], Any]

_LONG_EXPRESSION = 500
_STEPS_A_CHARACTER = 5
"""To read a character takes as long; in short texts, which loops read often, it is not counted."""


def _reader(context: Context, source: Any) -> Reader:
    text = stringify(source)
    context.budget.step(len(text) * _STEPS_A_CHARACTER if len(text) > _LONG_EXPRESSION else 1)
    return Reader(text)


def _property(context: Context, name: Any) -> Question:
    """Read a variable from each element alone, as its own scope."""
    path = _reader(context, name).read_scope_value()

    def ask(item: Any) -> Any:
        context.budget.step()
        return UNDEFINED if path is None else path.evaluate(context.spawn(item))

    return ask


def _expression(context: Context, item_name: Any, text: Any) -> Question:
    """Evaluate an expression with each element under a name. Raises TokenizationError."""
    value = _reader(context, text).read_filtered_value()
    name = stringify(item_name)

    def ask(item: Any) -> Any:
        context.budget.step()
        context.enter({name: item})
        answer = value.evaluate(context)
        context.leave()
        return answer

    return ask


def _matcher(context: Context, name: Any, expected: Any) -> Question:
    ask = _property(context, name)
    if expected is UNDEFINED:
        return lambda item: not is_falsy(ask(item))
    return lambda item: equals(ask(item), expected)


def where(context: Context, value: Any, name: Any = UNDEFINED, expected: Any = UNDEFINED) -> Any:
    """Keep elements whose property is true, or equals a value."""
    matches = _matcher(context, name, expected)
    return [item for item in to_items(value) if matches(item)]


def reject(context: Context, value: Any, name: Any = UNDEFINED, expected: Any = UNDEFINED) -> Any:
    """Drop the elements that ``where`` would keep."""
    matches = _matcher(context, name, expected)
    return [item for item in to_items(value) if not matches(item)]


def where_exp(context: Context, value: Any, item_name: Any = UNDEFINED, text: Any = UNDEFINED) -> Any:
    """Keep elements for which an expression is ``true`` itself."""
    ask = _expression(context, item_name, text)
    return [item for item in to_items(value) if ask(item) is True]


def reject_exp(context: Context, value: Any, item_name: Any = UNDEFINED, text: Any = UNDEFINED) -> Any:
    """Keep elements for which an expression is ``false`` itself."""
    ask = _expression(context, item_name, text)
    return [item for item in to_items(value) if ask(item) is False]


def _grouped(context: Context, items: list[Any], ask: Question) -> list[dict[str, Any]]:
    context.budget.charge_nested(items)
    groups: dict[Any, dict[str, Any]] = {}
    for item in items:
        name = ask(item)
        groups.setdefault(same_value_key(name), {"name": name, "items": []})["items"].append(item)
    return list(groups.values())


def group_by(context: Context, value: Any, name: Any = UNDEFINED) -> Any:
    """Collect elements with the same property into ``{name, items}``."""
    return _grouped(context, to_enumerable(value), _property(context, name))


def group_by_exp(context: Context, value: Any, item_name: Any = UNDEFINED, text: Any = UNDEFINED) -> Any:
    """Collect elements with the same answer of an expression into ``{name, items}``."""
    return _grouped(context, to_enumerable(value), _expression(context, item_name, text))


def _found(value: Any, matches: Question) -> Iterator[tuple[int, Any]]:
    return ((index, item) for index, item in enumerate(to_items(value)) if js_truthy(matches(item)))


def has(context: Context, value: Any, name: Any = UNDEFINED, expected: Any = UNDEFINED) -> Any:
    """Tell whether ``find`` would find an element."""
    return any(True for _ in _found(value, _matcher(context, name, expected)))


def has_exp(context: Context, value: Any, item_name: Any = UNDEFINED, text: Any = UNDEFINED) -> Any:
    """Tell whether ``find_exp`` would find an element."""
    return any(True for _ in _found(value, _expression(context, item_name, text)))


def find(context: Context, value: Any, name: Any = UNDEFINED, expected: Any = UNDEFINED) -> Any:
    """Return the first element that ``where`` would keep."""
    return next(_found(value, _matcher(context, name, expected)), (0, UNDEFINED))[1]


def find_exp(context: Context, value: Any, item_name: Any = UNDEFINED, text: Any = UNDEFINED) -> Any:
    """Return the first element for which an expression holds."""
    return next(_found(value, _expression(context, item_name, text)), (0, UNDEFINED))[1]


def find_index(context: Context, value: Any, name: Any = UNDEFINED, expected: Any = UNDEFINED) -> Any:
    """Return the position of what ``find`` returns."""
    return next(_found(value, _matcher(context, name, expected)), (UNDEFINED, None))[0]


def find_index_exp(context: Context, value: Any, item_name: Any = UNDEFINED, text: Any = UNDEFINED) -> Any:
    """Return the position of what ``find_exp`` returns."""
    return next(_found(value, _expression(context, item_name, text)), (UNDEFINED, None))[0]


FILTERS = table(
    where,
    reject,
    where_exp,
    reject_exp,
    group_by,
    group_by_exp,
    has,
    has_exp,
    find,
    find_exp,
    find_index,
    find_index_exp,
)
