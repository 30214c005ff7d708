"""Skip conditions: Python expressions in strings, checked at definition and evaluated by walking the checked tree.

No text of a user is ever compiled or run (SEMANTICS, Skip conditions); docs/conditions.md describes the language.
"""

from __future__ import annotations

import ast
import contextlib
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from novu_core.definition.evaluator import (
    COMPARISONS,
    FUNCTIONS,
    OPERATORS,
    calculate,
    compare,
    negate,
    read,
)
from novu_core.errors import ConditionInvalidError

SCOPES = ("payload", "subscriber", "controls", "steps", "context")
_MAX_LENGTH = 1000
_MAX_DEPTH = 50
_MAX_NODES = 300
_LARGEST_LITERAL = 10**18
_PARTS = (*COMPARISONS, *OPERATORS, ast.In, ast.NotIn, ast.And, ast.Or, ast.Not, ast.USub, ast.UAdd, ast.Load)
_VALUES = (ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.IfExp, ast.List, ast.Tuple)
_WORDS: dict[type[ast.AST], str] = {
    ast.Pow: "`**`",
    ast.LShift: "`<<`",
    ast.RShift: "`>>`",
    ast.MatMult: "`@`",
    ast.Invert: "`~`",
    ast.BitAnd: "`&` (write `and`)",
    ast.BitOr: "`|` (write `or`)",
    ast.BitXor: "`^`",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "an assignment",
    ast.Starred: "a star",
    ast.Slice: "a slice",
    ast.Dict: "a dict",
    ast.Set: "a set (write a list)",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}
_ALLOWED = (
    f"Allowed are literals, lists, {', '.join(SCOPES)} with their attributes and items, comparisons, `in`,"
    f" `and`, `or`, `not`, `+ - * / // %`, `a if b else c` and the functions {', '.join(FUNCTIONS)}."
)


class Condition:
    """A skip condition. Parsing raises ConditionInvalidError that names what is not allowed and where."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._tree = _parse(source)

    def __repr__(self) -> str:
        return f"Condition({self.source!r})"

    def evaluate(self, scope: Mapping[str, Any]) -> bool:
        """Return whether the condition holds, over ``payload``, ``subscriber``, ``controls``, ``steps``, ``context``.

        A scope or key that is missing is None. Raises ConditionInvalidError for arithmetic or a function on values
        that it cannot take, a division by zero, and results too large to be meant.
        """
        try:
            return bool(_value(self._tree, scope))
        except ValueError as error:
            raise ConditionInvalidError(f"Condition {_quote(self.source)}: {error}.") from None
        # Comparing data runs its own methods, and deeply nested data exhausts the stack: the step fails, not the run.
        except Exception as error:
            raise ConditionInvalidError(f"Condition {_quote(self.source)}: {type(error).__name__}: {error}") from error

    def values(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the condition read, as it is written there: ``{"payload.plan": "free"}``."""
        found: dict[str, Any] = {}
        for node in _data(self._tree):
            with contextlib.suppress(Exception):  # of what the condition did not get to
                found[ast.unparse(node)] = _value(node, scope)
        return found


def _parse(source: Any) -> ast.expr:
    if not isinstance(source, str) or not source.strip():
        raise ConditionInvalidError(
            'A skip condition must be an expression in a string, such as "payload.amount < 10".'
        )
    if len(source) > _MAX_LENGTH:
        raise ConditionInvalidError(
            f"Condition {_quote(source)} has {len(source)} characters; at most {_MAX_LENGTH} are allowed."
            " Use skip= with a function instead."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.strip(), mode="eval").body
    except SyntaxError as error:
        # CPython gives 0 for an end that came too early, and None for a fault of the whole text.
        where = "" if error.offset is None else f" at column {error.offset}" if error.offset else " at its end"
        message = f"Condition {_quote(source)} is not a Python expression{where}: {error.msg}."
        raise ConditionInvalidError(message) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConditionInvalidError(f"Condition {_quote(source)} cannot be read: {error}.") from None
    _Check(source).expression(tree, 1)
    return tree


def _data(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the names of a checked tree, each with all its attributes and items."""
    owner = node
    while isinstance(owner, ast.Attribute | ast.Subscript):
        owner = owner.value
    if isinstance(owner, ast.Name):
        yield node
        return
    inside = _called(node)[1] if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    for child in inside:
        if isinstance(child, ast.expr):
            yield from _data(child)


def _quote(source: str) -> str:
    source = source.strip()
    return f"`{source if len(source) <= 200 else source[:200] + '...'}`"


class _Check:
    """Refuses every node that the language does not have; what passes here, ``_value`` can evaluate."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = [line.encode() for line in re.split(r"\r\n?|\n", source.strip())]
        self.nodes = 0

    def refuse(self, node: ast.expr, what: str, offset: int | None = None) -> ConditionInvalidError:
        # The tree counts bytes, people count characters.
        before = self.lines[node.lineno - 1][: node.col_offset if offset is None else offset]
        at = len(before.decode(errors="replace")) + 1
        return ConditionInvalidError(
            f"Condition {_quote(self.source)}: {what} at column {at} is not allowed. {_ALLOWED}"
        )

    def expression(self, node: ast.expr, depth: int) -> None:
        self.nodes += 1
        if depth > _MAX_DEPTH or self.nodes > _MAX_NODES:
            limit = f"nests deeper than {_MAX_DEPTH}" if depth > _MAX_DEPTH else f"has more than {_MAX_NODES} parts"
            raise ConditionInvalidError(f"Condition {_quote(self.source)} {limit}. Use skip= with a function instead.")
        if isinstance(node, ast.Constant):
            self.constant(node)
        elif isinstance(node, ast.Name):
            if node.id not in SCOPES:
                raise self.refuse(node, f"the name `{node.id}`")
        elif isinstance(node, ast.Attribute):
            self.attribute(node)
            self.expression(node.value, depth + 1)
        elif isinstance(node, ast.Subscript):
            self.expression(node.value, depth + 1)
            self.expression(node.slice, depth + 1)
        elif isinstance(node, ast.Call):
            for argument in self.call(node):
                self.expression(argument, depth + 1)
        elif isinstance(node, _VALUES):
            self.operation(node, depth)
        else:
            raise self.refuse(node, _WORDS.get(type(node), f"`{type(node).__name__}`"))

    def operation(self, node: ast.expr, depth: int) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expression(child, depth + 1)
            elif not isinstance(child, _PARTS):
                raise self.refuse(node, _WORDS.get(type(child), f"`{type(child).__name__}`"))
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
                if isinstance(op, ast.Is | ast.IsNot) and not (_is_singleton(left) or _is_singleton(right)):
                    raise self.refuse(node, "`is` between values (only `is None`, `is True`, `is False`)")

    def constant(self, node: ast.Constant) -> None:
        value = node.value
        if not isinstance(value, str | int | float | None):
            raise self.refuse(node, f"a literal of type {type(value).__name__}")
        if isinstance(value, int) and value > _LARGEST_LITERAL:
            raise self.refuse(node, "a number above 1e18")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.refuse(node, "an infinite number")

    def attribute(self, node: ast.Attribute) -> None:
        if node.attr.startswith("_"):
            raise self.refuse(node, f"the private name `{node.attr}`", (node.value.end_col_offset or 0) + 1)

    def call(self, node: ast.Call) -> list[ast.expr]:
        """Return a call's arguments, the receiver of a method first."""
        name, arguments = _called(node)
        function = FUNCTIONS.get(name)
        if function is None or (isinstance(node.func, ast.Attribute) and not function.method):
            hint = " (read a key as `.key`; a missing one is None)" if name == "get" else ""
            raise self.refuse(node, f"calling `{name}`{hint}" if name else "calling the result of an expression")
        if node.keywords:
            raise self.refuse(node, f"a keyword argument of `{name}`")
        if not function.fewest <= len(arguments) <= function.most:
            wanted = (
                str(function.fewest) if function.fewest == function.most else f"{function.fewest} to {function.most}"
            )
            raise self.refuse(node, f"`{name}` with {len(arguments)} argument(s) instead of {wanted}")
        return arguments


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _called(node: ast.Call) -> tuple[str, list[ast.expr]]:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr, [node.func.value, *node.args]
    return node.func.id if isinstance(node.func, ast.Name) else "", node.args


def _value(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    """Evaluate a checked node. Each is visited once at most, so that the time is bounded by the source's length."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if isinstance(node, ast.Attribute):
        return read(_value(node.value, scope), node.attr)
    if isinstance(node, ast.Subscript):
        return read(_value(node.value, scope), _value(node.slice, scope))
    if isinstance(node, ast.Call):
        name, arguments = _called(node)
        return FUNCTIONS[name].call(*(_value(argument, scope) for argument in arguments))
    if isinstance(node, ast.List | ast.Tuple):
        items = [_value(item, scope) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    return _operation(node, scope)


def _operation(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.BoolOp):
        return _choice(node, scope)
    if isinstance(node, ast.UnaryOp):
        return negate(node.op, _value(node.operand, scope))
    if isinstance(node, ast.BinOp):
        return calculate(node.op, _value(node.left, scope), _value(node.right, scope))
    if isinstance(node, ast.Compare):
        left = _value(node.left, scope)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = _value(comparator, scope)
            if not compare(op, left, right):
                return False
            left = right
        return True
    assert isinstance(node, ast.IfExp)
    return _value(node.body if _value(node.test, scope) else node.orelse, scope)


def _choice(node: ast.BoolOp, scope: Mapping[str, Any]) -> Any:
    """Return the value that decides an `and` or `or`, as Python does."""
    value: Any = None
    for operand in node.values:
        value = _value(operand, scope)
        if bool(value) is isinstance(node.op, ast.Or):
            break
    return value
