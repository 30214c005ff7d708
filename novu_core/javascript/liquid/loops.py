"""``for`` and ``tablerow``, and the objects that describe the current turn."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.errors import ParseError
from novu_core.javascript.liquid.expressions import Node
from novu_core.javascript.liquid.nodes import Parts, Write
from novu_core.javascript.liquid.parser import Parser, refuse_arguments
from novu_core.javascript.liquid.reader import Reader
from novu_core.javascript.liquid.scanner import Token
from novu_core.javascript.liquid.serialize import json_stringify
from novu_core.javascript.liquid.values import (
    UNDEFINED,
    Drop,
    add,
    js_truthy,
    strict_equals,
    to_count,
    to_number,
    to_value,
)
from novu_core.javascript.text import own_keys


class ForLoop(Drop):
    """``forloop``: the present turn."""

    def __init__(self, length: int, collection: str, variable: str) -> None:
        self.turn = 0
        self.length = length
        self.name = f"{variable}-{collection}"

    def value_of(self) -> str:
        """Return its fields as JSON."""
        return json_stringify(self)

    def fields(self) -> dict[str, Any]:
        """Return what ``{{ forloop }}`` shows."""
        return {"i": self.turn, "length": self.length, "name": self.name}

    def member(self, key: str) -> Any:
        """Return ``index``, ``first``, ``last`` and the like."""
        if key == "next":  # reading it moves on, as the peer's method does
            self.turn += 1
            return UNDEFINED
        read = _TURN.get(key)
        return self.fields().get(key, UNDEFINED) if read is None else read(self)


_TURN: dict[str, Callable[[ForLoop], Any]] = {
    "index0": lambda loop: loop.turn,
    "index": lambda loop: loop.turn + 1,
    "first": lambda loop: loop.turn == 0,
    "last": lambda loop: loop.turn + 1 == loop.length,
    "rindex": lambda loop: loop.length - loop.turn,
    "rindex0": lambda loop: loop.length - loop.turn - 1,
}


class TableRowLoop(ForLoop):
    """``tablerowloop``: the present cell."""

    def __init__(self, length: int, columns: Any, collection: str, variable: str) -> None:
        super().__init__(length, collection, variable)
        self.columns = columns

    def fields(self) -> dict[str, Any]:
        """Return what ``{{ tablerowloop }}`` shows."""
        return {**super().fields(), "cols": self.columns}

    def column(self) -> float:
        """Return the column, from 0; NaN if the number of columns is not a number."""
        columns = to_number(self.columns)
        return math.fmod(self.turn, columns) if columns and math.isfinite(columns) else math.nan

    def row(self) -> float:
        """Return the row, from 1."""
        columns = to_number(self.columns)
        return math.floor(self.turn / columns) + 1 if columns and math.isfinite(columns) else math.nan

    def member(self, key: str) -> Any:
        """Return ``col``, ``row``, ``col_first`` and the like, or what ``forloop`` has."""
        column = self.column()
        own = {
            "row": self.row(),
            "col0": column,
            "col": column + 1,
            "col_first": column == 0,
            "col_last": strict_equals(column + 1, self.columns),
        }
        return own[key] if key in own else super().member(key)


def to_enumerable(value: Any) -> list[Any]:
    """Return what a loop walks over: an array, an object's pairs, or a non-empty string as one element."""
    value = to_value(value)
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [[key, value[key]] for key in own_keys(value)]
    return [value] if isinstance(value, str) and value else []


def js_slice(items: Any, begin: Any, end: Any = UNDEFINED) -> Any:
    """``items.slice(begin, end)``, with JavaScript's conversions; works on strings of UTF-16 units too."""
    length = len(items)
    first = _position(to_count(to_value(begin)), length)
    last = length if end is UNDEFINED else _position(to_count(to_value(end)), length)
    return items[first:last]


def _position(count: int, length: int) -> int:
    return max(0, length + count) if count < 0 else min(count, length)


def _evaluate(named: dict[str, Node | None], context: Context) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, node in named.items():
        context.budget.step()
        values[key] = node.evaluate(context) if node else True
    return values


class _Loop:
    def __init__(self, token: Token) -> None:
        reader = Reader(token.args)
        self.variable = reader.read_identifier()
        keyword = reader.read_identifier()
        collection = reader.read_value()
        if keyword != "in" or collection is None:
            raise ParseError(f"Write {{% {token.name} item in list %}} instead of {token.source}")
        self.collection = collection
        self.named = reader.read_hash()
        self.body = Parts()


class For(_Loop):
    """``{% for %}``: offset, limit and reversed apply in this order, however they are written."""

    def __init__(self, token: Token, parser: Parser) -> None:
        super().__init__(token)
        if not self.variable:
            raise ParseError(f"Write {{% for item in list %}} instead of {token.source}")
        self.otherwise = Parts()
        body = self.body
        while (stop := parser.body(token, ("else", "endfor"), body)).name == "else":
            refuse_arguments(stop)
            body = self.otherwise
        refuse_arguments(stop)

    def render(self, context: Context, write: Write) -> None:
        """Render the body once for each element, or the ``else`` part if there are none."""
        items = to_enumerable(self.collection.evaluate(context))
        if not items:
            self.otherwise.render(context, write)
            return
        items = self._selected(items, context)
        loop = ForLoop(len(items), self.collection.text, self.variable)
        scope: dict[str, Any] = {"forloop": loop}
        context.enter(scope)
        context.land()
        for item in items:
            context.budget.step()
            scope[self.variable] = item
            self.body.render(context, write)
            if context.land():
                break
            loop.turn += 1
        context.leave()

    def _selected(self, items: list[Any], context: Context) -> list[Any]:
        key = f"{self.variable}-{self.collection.text}"
        named: dict[str, Any] = {}
        if self.named:
            context.enter({"continue": context.continued.get(key, {})})
            named = _evaluate(self.named, context)
            context.leave()
        offset = named.get("offset", UNDEFINED)
        if offset is not UNDEFINED:
            items = js_slice(items, offset)
        if named.get("limit", UNDEFINED) is not UNDEFINED:
            items = js_slice(items, 0, named["limit"])
        if named.get("reversed", UNDEFINED) is not UNDEFINED:
            items = items[::-1]
        context.continued[key] = add(offset if js_truthy(offset) else 0, len(items))
        return items


class TableRow(_Loop):
    """``{% tablerow %}``: cells of an HTML table."""

    def __init__(self, token: Token, parser: Parser) -> None:
        super().__init__(token)
        parser.body(token, ("endtablerow",), self.body)

    def render(self, context: Context, write: Write) -> None:
        """Write a ``td`` for each element and a ``tr`` around each row."""
        items = to_enumerable(self.collection.evaluate(context))
        named = _evaluate(self.named, context)
        offset = named.get("offset", UNDEFINED)
        offset = offset if js_truthy(offset) else 0
        limit = named.get("limit", UNDEFINED)
        items = js_slice(items, offset, add(offset, len(items) if limit is UNDEFINED else limit))
        columns = named.get("cols", UNDEFINED)
        loop = TableRowLoop(
            len(items), columns if js_truthy(columns) else len(items), self.collection.text, self.variable
        )
        scope: dict[str, Any] = {"tablerowloop": loop}
        context.enter(scope)
        for item in items:
            context.budget.step()
            scope[self.variable] = item
            self._cell(loop, context, write)
            loop.turn += 1
        if items:
            write("</tr>")
        context.leave()

    def _cell(self, loop: TableRowLoop, context: Context, write: Write) -> None:
        if loop.column() == 0:
            if loop.row() != 1:
                write("</tr>")
            write('<tr class="row')
            write(loop.row())
            write('">')
        write('<td class="col')
        write(loop.column() + 1)
        write('">')
        self.body.render(context, write)
        write("</td>")
