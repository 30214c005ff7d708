"""Values, expressions and filters as they stand inside a tag: reading them (``Reader``) and evaluating them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from novu_core.javascript.liquid.errors import RenderError
from novu_core.javascript.liquid.limits import MAX_RANGE
from novu_core.javascript.liquid.values import UNDEFINED, contains, equals, is_falsy, ordered, to_number, to_value

if TYPE_CHECKING:
    from novu_core.javascript.liquid.context import Context


class Node(Protocol):
    """Something with a value. ``text`` is its source, which names loops and cycles."""

    text: str

    def evaluate(self, context: Context) -> Any:
        """Return the value; a literal such as ``nil`` stays a drop."""
        ...


class Constant:
    """A literal, or the name of a property. ``quoted`` tells a string literal from the rest."""

    __slots__ = ("quoted", "text", "value")

    def __init__(self, value: Any, text: str, quoted: bool = False) -> None:
        self.value = value
        self.text = text
        self.quoted = quoted

    def evaluate(self, context: Context) -> Any:
        """Return the literal."""
        return self.value


class Path:
    """A variable with its properties, or properties of a literal (``base``)."""

    __slots__ = ("_names", "_properties", "base", "text")

    def __init__(self, base: Node | None, properties: Sequence[Node], text: str) -> None:
        self.base = base
        self.text = text
        self._properties = properties
        # Nearly every path is made of plain names.
        plain = all(isinstance(node, Constant) for node in properties)
        self._names = [to_value(node.value) for node in properties if isinstance(node, Constant)] if plain else None

    def evaluate(self, context: Context) -> Any:
        """Look the variable up."""
        names = self._names or [to_value(node.evaluate(context)) for node in self._properties]
        if self.base is None:
            return context.get(names)
        return context.get_from(self.base.evaluate(context), names)


class Range:
    """``(low..high)``, both inclusive; a fractional ``high`` is passed by the last element, as in the peer."""

    __slots__ = ("_high", "_low", "text")

    def __init__(self, low: Node, high: Node, text: str) -> None:
        self._low = low
        self._high = high
        self.text = text

    def evaluate(self, context: Context) -> list[float]:
        """Return the numbers. Raises RenderError for more than ``MAX_RANGE``."""
        low = to_number(to_value(self._low.evaluate(context)))
        high = to_number(to_value(self._high.evaluate(context)))
        if not low < high + 1:
            return []
        if not high - low < MAX_RANGE:
            raise RenderError(f"The range {self.text} has more than {MAX_RANGE} elements; take a shorter one.")
        context.budget.charge(high - low)
        return [low + step for step in range(math.ceil(high + 1 - low))]


Operation = Callable[[Any, Any], Any]

OPERATORS: dict[str, tuple[int, int, Operation]] = {
    "==": (2, 2, equals),
    "!=": (2, 2, lambda left, right: not equals(left, right)),
    ">": (2, 2, lambda left, right: ordered(operator.gt, left, right)),
    "<": (2, 2, lambda left, right: ordered(operator.lt, left, right)),
    ">=": (2, 2, lambda left, right: ordered(operator.ge, left, right)),
    "<=": (2, 2, lambda left, right: ordered(operator.le, left, right)),
    "contains": (2, 2, contains),
    "not": (1, 1, lambda value, _: is_falsy(value)),
    "and": (0, 2, lambda left, right: not is_falsy(left) and not is_falsy(right)),
    "or": (0, 2, lambda left, right: not is_falsy(left) or not is_falsy(right)),
}
"""Each operator's precedence, number of operands, and function."""


class Expression:
    """Operands and operators. Equal precedence binds to the right, as in the peer; a surplus operand is ignored."""

    __slots__ = ("_postfix",)

    def __init__(self, items: Sequence[Node | str]) -> None:
        postfix: list[Node | tuple[int, int, Operation]] = []
        waiting: list[tuple[int, int, Operation]] = []
        for item in items:
            if not isinstance(item, str):
                postfix.append(item)
                continue
            entry = OPERATORS[item]
            while waiting and waiting[-1][0] > entry[0]:
                postfix.append(waiting.pop())
            waiting.append(entry)
        self._postfix = [*postfix, *reversed(waiting)]

    def evaluate(self, context: Context) -> Any:
        """Return the first operand that is left."""
        operands: list[Any] = []
        for item in self._postfix:
            if not isinstance(item, tuple):
                operands.append(item.evaluate(context))
                continue
            context.budget.step()
            _, arity, function = item
            right = operands.pop() if operands else UNDEFINED
            if arity == 1:
                operands.append(function(right, None))
            else:
                operands.append(function(operands.pop() if operands else UNDEFINED, right))
        return operands[0]


class FilterCall:
    """One ``| name: arguments``. A named argument is passed as a pair ``[name, value]`` in its place."""

    __slots__ = ("_arguments", "name")

    def __init__(self, name: str, arguments: Sequence[tuple[str | None, Node | None]]) -> None:
        self.name = name
        self._arguments = arguments

    def apply(self, context: Context, value: Any) -> Any:
        """Filter a value; an unknown filter leaves it as it is."""
        context.budget.step()
        given: list[Any] = []
        for key, node in self._arguments:
            argument = UNDEFINED if node is None else node.evaluate(context)
            given.append(argument if key is None else [key, argument])
        function = context.filters.get(self.name)
        if function is None:
            return value
        result = function(context, value, given)
        if isinstance(result, (str, list)):
            context.budget.charge(len(result))
        return result


class FilteredValue:
    """An expression and the filters after it: what an output, ``assign``, ``if`` and the like hold."""

    __slots__ = ("expression", "filters", "is_raw", "text")

    def __init__(self, expression: Expression | Node, filters: Sequence[FilterCall], text: str) -> None:
        self.expression = expression
        self.filters = filters
        self.text = text
        self.is_raw = bool(filters) and filters[-1].name == "raw"
        """Whether the last filter is ``raw``, which turns output escaping off."""

    def evaluate(self, context: Context) -> Any:
        """Return the filtered value; drops stay drops."""
        value = self.expression.evaluate(context)
        for call in self.filters:
            value = call.apply(context, value)
        return value
