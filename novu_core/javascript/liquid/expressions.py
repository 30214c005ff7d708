"""Values, expressions and filters as they stand inside a tag. ``Reader`` reads them; each is compiled to a function."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from novu_core.javascript.liquid.context import Context, variable
from novu_core.javascript.liquid.errors import RenderError
from novu_core.javascript.liquid.limits import MAX_RANGE
from novu_core.javascript.liquid.values import (
    UNDEFINED,
    contains,
    equals,
    is_falsy,
    ordered,
    to_number,
    to_string,
    to_value,
)

Evaluate = Callable[[Context], Any]


class Node(Protocol):
    """Something with a value. ``text`` is its source, which names loops and cycles."""

    @property
    def text(self) -> str:
        """The source."""
        ...

    @property
    def evaluate(self) -> Evaluate:
        """What returns the value; a literal such as ``nil`` stays a drop."""
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

    __slots__ = ("_evaluate", "text")

    def __init__(self, base: Node | None, properties: Sequence[Node], text: str) -> None:
        self.text = text
        self._evaluate = _path(base, properties)

    @property
    def evaluate(self) -> Evaluate:
        """What looks the variable up."""
        return self._evaluate


def _path(base: Node | None, properties: Sequence[Node]) -> Evaluate:
    names = [to_value(node.value) for node in properties if isinstance(node, Constant)]
    if base is None and len(names) == len(properties):
        return variable(names)

    def evaluate(context: Context) -> Any:
        names = [_name(context, node) for node in properties]
        return variable(names)(context) if base is None else context.get_from(base.evaluate(context), names)

    return evaluate


def _name(context: Context, node: Node) -> Any:
    """Evaluate a name in brackets: a list or an object stands for its text, as in JavaScript."""
    context.budget.step()
    name = to_value(node.evaluate(context))
    if not isinstance(name, (list, dict)):
        return name
    text = to_string(name)
    context.budget.charge(len(text))
    return text


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


_SHORT = 3
"""Two operands and their operator, which counts for them."""


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
        long = len(self._postfix) > _SHORT
        for item in self._postfix:
            if not isinstance(item, tuple):
                if long:
                    context.budget.step()
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


Apply = Callable[[Context, Any], Any]
Arguments = Sequence[tuple[str | None, Node | None]]


class FilterCall:
    """One ``| name: arguments``. A named argument is passed as a pair ``[name, value]`` in its place.

    ``apply`` filters a value; an unknown filter leaves it as it is.
    """

    __slots__ = ("apply", "name")

    def __init__(self, name: str, arguments: Arguments) -> None:
        self.name = name
        self.apply: Apply = _filter(name, arguments)


def _filter(name: str, arguments: Arguments) -> Apply:
    literals = [node.value for key, node in arguments if key is None and isinstance(node, Constant)]
    computed = len(literals) < len(arguments) and [
        _argument(key, node, counted=index > 0) for index, (key, node) in enumerate(arguments)
    ]

    def apply(context: Context, value: Any) -> Any:
        context.budget.step()
        given = [evaluate(context) for evaluate in computed] if computed else literals
        function = context.filters.get(name)
        if function is None:
            return value
        result = function(context, value, given)
        if isinstance(result, (str, list)):
            context.budget.charge(len(result))
        return result

    return apply


def _argument(name: str | None, node: Node | None, *, counted: bool) -> Evaluate:
    evaluate: Evaluate = (lambda context: UNDEFINED) if node is None else node.evaluate
    if name is None and not counted:
        return evaluate

    def argument(context: Context) -> Any:
        context.budget.step()
        value = evaluate(context)
        return value if name is None else [name, value]

    return argument


class FilteredValue:
    """An expression and the filters after it: what an output, ``assign``, ``if`` and the like hold.

    ``evaluate`` returns the filtered value; drops stay drops.
    """

    __slots__ = ("evaluate", "is_raw", "text")

    def __init__(self, expression: Expression | Node, filters: Sequence[FilterCall], text: str) -> None:
        self.text = text
        self.evaluate: Evaluate = (
            _filtered(expression.evaluate, [call.apply for call in filters]) if filters else expression.evaluate
        )
        self.is_raw = bool(filters) and filters[-1].name == "raw"
        """Whether the last filter is ``raw``, which turns output escaping off."""


def _filtered(evaluate: Evaluate, filters: Sequence[Apply]) -> Evaluate:
    def filtered(context: Context) -> Any:
        value = evaluate(context)
        for apply in filters:
            value = apply(context, value)
        return value

    return filtered
