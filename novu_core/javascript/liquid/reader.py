"""Reads the inside of a tag: values, expressions, filters, named arguments. A port of liquidjs's tokenizer."""

from __future__ import annotations

import re
from typing import Any, cast

from novu_core.javascript.liquid.errors import TokenizationError, excerpt
from novu_core.javascript.liquid.expressions import Constant, Expression, FilterCall, FilteredValue, Node, Path, Range
from novu_core.javascript.liquid.limits import check_nesting
from novu_core.javascript.liquid.scanner import BLANKS, WORD
from novu_core.javascript.liquid.values import BlankDrop, EmptyDrop, NullDrop

LITERALS: dict[str, Any] = {
    "true": True,
    "false": False,
    "nil": NullDrop(),
    "null": NullDrop(),
    "empty": EmptyDrop(),
    "blank": BlankDrop(),
}

_BLANK = re.compile(rf"[{BLANKS}]*")
_IDENTIFIER = re.compile(rf"{WORD}*", re.DOTALL)
_OPERATOR = re.compile(rf"==|!=|>=|<=|>|<|(?:contains|not|and|or)(?!{WORD})")
_LITERAL = re.compile(rf"(?:true|false|nil|null|empty|blank)(?!{WORD})")
_NUMBER = re.compile(rf"[+-]?[0-9]+(?:\.(?!\.)[0-9]*)?(?!\.(?!\.))(?!{WORD})")
_QUOTED = re.compile(r"'[^'\\]*(?:\\.[^'\\]*)*(?:'|\Z|\\\Z)|\"[^\"\\]*(?:\\.[^\"\\]*)*(?:\"|\Z|\\\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([bfnrtv])|u([0-9a-fA-F]{0,4})|([0-7]{1,3})|(.?))", re.DOTALL)
_INT_DIGITS = 15
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def unescape(literal: str) -> str:
    """Return the value of a string literal, given with its quotes."""
    body = literal[1:-1]
    return _ESCAPE.sub(_unescaped, body) if "\\" in body else body


def _unescaped(match: re.Match[str]) -> str:
    control, digits, octal, other = match.groups()
    if control:
        return _CONTROLS[control]
    if digits is not None:
        return chr(int(digits or "0", 16))
    return chr(int(octal, 8)) if octal else str(other)


class Reader:
    """A position in the text inside a tag."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.position = 0
        self._depth = depth

    def at_end(self) -> bool:
        """Return whether nothing is left, blanks included."""
        return self.position >= len(self.text)

    def peek(self, ahead: int = 0) -> str:
        """Return a character without reading it; an empty string at the end."""
        return self.text[self.position + ahead : self.position + ahead + 1]

    def skip_blank(self) -> None:
        """Read white space."""
        self._match(_BLANK)

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.text, self.position)
        if not match:
            return None
        self.position = match.end()
        return match[0]

    def require(self, condition: object, problem: str) -> None:
        """Raise TokenizationError with the problem and the place unless the condition holds."""
        if not condition:
            rest = self.text[self.position : self.position + 61]
            where = f"at {excerpt(rest)} in {excerpt(self.text)}" if rest else f"at the end of {excerpt(self.text)}"
            raise TokenizationError(f"{problem} {where}.")

    def read_to(self, end: str) -> bool:
        """Skip past the next ``end``; without one, to the end of the text and return ``False``."""
        # The peer moves one character before it looks, so what stands here cannot begin the match it finds.
        found = self.text.find(end, max(0, self.position + 1 - len(end)))
        self.position = found + len(end) if found >= 0 else len(self.text)
        return found >= 0

    def read_identifier(self) -> str:
        """Read a name; an empty string where there is none."""
        self.skip_blank()
        return self._match(_IDENTIFIER) or ""

    def read_filtered_value(self) -> FilteredValue:
        """Read an expression with its filters. Raises TokenizationError."""
        begin = self.position
        expression = self.read_expression()
        filters = []
        while call := self._read_filter():
            filters.append(call)
        return FilteredValue(expression, filters, self.text[begin : self.position])

    def read_expression(self) -> Expression | Node:
        """Read operands and operators as far as they go. Raises TokenizationError if there is none."""
        items: list[Node | str] = []
        while not self.at_end():
            self.skip_blank()
            item = self._match(_OPERATOR) or self.read_value()
            if item is None:
                break
            items.append(item)
        self.require(items, "A value is expected")
        if len(items) == 1 and not isinstance(items[0], str):
            return items[0]
        return Expression(items)

    def _read_filter(self) -> FilterCall | None:
        self.skip_blank()
        if self.at_end() or self.peek() in "),":
            return None
        self.require(self.peek() == "|", "The bar of a filter is expected")
        self.position += 1
        name = self.read_identifier()
        if not name:
            self.require(self.at_end(), "A filter name is expected")
            return None
        arguments: list[tuple[str | None, Node | None]] = []
        self.skip_blank()
        if self.peek() == ":":
            self._read_arguments(arguments)
        self.require(self.peek() in ("", "|", ")", ","), "A colon is expected after the filter name")
        return FilterCall(name, arguments)

    def _read_arguments(self, arguments: list[tuple[str | None, Node | None]]) -> None:
        while True:
            self.position += 1
            value = self.read_value()
            self.skip_blank()
            if value is not None and self.peek() == ":":
                self.position += 1
                arguments.append((value.text, self.read_value()))
                self.skip_blank()
            elif value is not None:
                arguments.append((None, value))
            self.require(self.peek() in ("", ",", "|", ")"), "A comma or a bar is expected after the argument")
            if self.peek() != ",":
                return

    def read_value(self) -> Node | None:
        """Read a literal, a variable with its properties, or a range."""
        self.skip_blank()
        begin = self.position
        base = self._read_constant()
        if base is None and self.peek() == "(":
            base = self._read_range()
        properties = self._read_properties(base is None)
        if not properties:
            return base
        return Path(base, properties, self.text[begin : self.position])

    def read_quoted(self) -> Constant | None:
        """Read a string literal."""
        self.skip_blank()
        quoted = self._match(_QUOTED)
        return None if quoted is None else Constant(unescape(quoted), quoted, quoted=True)

    def _read_constant(self) -> Node | None:
        literal = self._match(_LITERAL)
        if literal:
            return Constant(LITERALS[literal], literal)
        quoted = self.read_quoted()
        if quoted:
            return quoted
        number = self._match(_NUMBER)
        if number is None:
            return None
        return Constant(float(number) if "." in number or len(number) > _INT_DIGITS else int(number), number)

    def _read_range(self) -> Range:
        begin = self.position
        self.position += 1
        low = self._read_required()
        self.skip_blank()
        self.require(self.peek() == "." and self.peek(1) == ".", "Two dots are expected in the range, as in (1..5),")
        self.position += 2
        high = self._read_required()
        self.skip_blank()
        self.require(self.peek() == ")", "The closing parenthesis of a range is expected")
        self.position += 1
        return Range(low, high, self.text[begin : self.position])

    def _read_required(self) -> Node:
        self._depth += 1
        check_nesting(self._depth)
        value = self.read_value()
        self._depth -= 1
        self.require(value, "A value is expected")
        return cast(Node, value)

    def read_required_value(self) -> Node:
        """Read a value. Raises TokenizationError if there is none."""
        return self._read_required()

    def _read_properties(self, at_start: bool) -> list[Node]:
        properties: list[Node] = []
        while True:
            if self.peek() == "[":
                properties.append(self._read_index())
                continue
            if self.peek() == "." and self.peek(1) != ".":
                self.position += 1
            elif not at_start or properties:
                return properties
            name = self.read_identifier()
            if not name:
                return properties
            properties.append(Constant(name, name))

    def _read_index(self) -> Node:
        self.position += 1
        self._depth += 1
        check_nesting(self._depth)
        index = self.read_value() or Constant("", "")
        self._depth -= 1
        self.require(self.read_to("]"), "A closing bracket is expected")
        return index

    def read_scope_value(self) -> Path | None:
        """Read a variable whose name may look like a literal, as the filters ``where`` and ``find`` take it."""
        self.skip_blank()
        begin = self.position
        properties = self._read_properties(True)
        return Path(None, properties, self.text[begin : self.position]) if properties else None

    def read_hash(self) -> dict[str, Node | None]:
        """Read named arguments ``name: value``; ``None`` for a name alone."""
        named: dict[str, Node | None] = {}
        while True:
            self.skip_blank()
            if self.peek() == ",":
                self.position += 1
            name = self.read_identifier()
            if not name:
                return named
            self.skip_blank()
            named[name] = None
            if self.peek() == ":":
                self.position += 1
                named[name] = self.read_value()
