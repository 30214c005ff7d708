"""The tags that stand alone, and the table of all tags."""

from __future__ import annotations

from typing import Any

from novu_core.javascript.liquid.blocks import Block, Capture, Case, Comment, If, LiquidLines, Raw, Unless
from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.errors import RenderError, TokenizationError, assert_token
from novu_core.javascript.liquid.expressions import Constant, Node
from novu_core.javascript.liquid.loops import For, TableRow, to_enumerable
from novu_core.javascript.liquid.nodes import Parts, Write, escape
from novu_core.javascript.liquid.parser import Parser, TagParser, parse
from novu_core.javascript.liquid.reader import Reader
from novu_core.javascript.liquid.scanner import Token
from novu_core.javascript.liquid.values import UNDEFINED, is_number, js_truthy, to_string, to_value


class Assign:
    """``{% assign name = value %}``."""

    def __init__(self, token: Token, parser: Parser) -> None:
        reader = Reader(token.args)
        self._name = reader.read_identifier()
        assert_token(self._name, f"A variable name is expected in {token.source}")
        reader.skip_blank()
        assert_token(reader.peek() == "=", f"An equals sign is expected after the name in {token.source}")
        reader.position += 1
        self._value = reader.read_filtered_value()

    def render(self, context: Context, write: Write) -> None:
        """Set the variable for the rest of the rendering, the other controls included."""
        context.variables[self._name] = self._value.evaluate(context)


class Counter:
    """``{% increment name %}`` and ``{% decrement name %}``: counters apart from assigned variables."""

    def __init__(self, token: Token, parser: Parser) -> None:
        self._name = Reader(token.args).read_identifier()
        self._step = 1 if token.name == "increment" else -1

    def render(self, context: Context, write: Write) -> None:
        """Write the counter: before it goes up, or after it went down."""
        before = context.environment.get(self._name)
        before = before if is_number(before) else 0
        context.environment[self._name] = before + self._step
        write(before if self._step > 0 else before - 1)


class Cycle:
    """``{% cycle group: value, value %}``."""

    def __init__(self, token: Token, parser: Parser) -> None:
        reader = Reader(token.args)
        self._group: Node | None = reader.read_value()
        reader.skip_blank()
        if self._group is not None and reader.peek() == ":":
            reader.position += 1
        else:
            reader.position = 0
            self._group = None
        self._values = []
        while not reader.at_end():
            self._values.append(reader.read_filtered_value())
            reader.read_to(",")
        assert_token(self._values, f"{token.source} has no values to cycle through.")
        self._text = ",".join(value.text for value in self._values)

    def render(self, context: Context, write: Write) -> None:
        """Write the next value; cycles with the same group and values share their turn."""
        group = to_string(self._group.evaluate(context) if self._group else UNDEFINED)
        key = f"{group}:{self._text}"
        turn = context.cycles.get(key)
        if turn is None:
            context.budget.charge(len(key))
            turn = 0
        context.cycles[key] = (turn + 1) % len(self._values)
        candidate = self._values[turn]
        value = to_value(candidate.evaluate(context))
        value = value if candidate.is_raw else escape(value)
        if js_truthy(value):
            write(value)


class Break:
    """``{% break %}``."""

    def __init__(self, token: Token, parser: Parser) -> None:
        pass

    def render(self, context: Context, write: Write) -> None:
        """Leave the loop; outside of one, end the output."""
        context.jump = "break"


class Continue:
    """``{% continue %}``."""

    def __init__(self, token: Token, parser: Parser) -> None:
        pass

    def render(self, context: Context, write: Write) -> None:
        """Go on with the loop's next turn; outside of one, end the output."""
        context.jump = context.jump or "continue"


class Nothing:
    """``{% # a comment %}``."""

    def __init__(self, token: Token, parser: Parser) -> None:
        pass

    def render(self, context: Context, write: Write) -> None:
        """Write nothing."""


class Echo:
    """``{% echo value %}``: an output, but that a literal ``nil`` is shown as nothing, not ``{}``."""

    def __init__(self, token: Token, parser: Parser) -> None:
        self._value = Reader(token.args).read_filtered_value() if token.args else None

    def render(self, context: Context, write: Write) -> None:
        """Write the value; without one, nothing."""
        if self._value is not None:
            value = to_value(self._value.evaluate(context))
            write(value if self._value.is_raw else escape(value))


class Partial:
    """``{% include %}``, ``{% render %}`` and ``{% layout %}``: there are no files, so each is the peer's missing file.

    (The peer reads files below its working directory.)
    """

    def __init__(self, token: Token, parser: Parser) -> None:
        reader = Reader(token.args)
        file = reader.read_value()
        if file is None:
            raise TokenizationError(f"A file name is expected in {token.source}")
        self._source = token.source
        self._file = file
        self._name: Parts | None = None
        if isinstance(file, Constant) and file.quoted:
            self._name = parse(file.value, parser.tags, parser.reading, parser.depth)
        self._loop = _loop_binding(reader) if token.name == "render" else None
        reader.read_hash()
        self._rest = parser.parse_all() if token.name == "layout" else None

    def render(self, context: Context, write: Write) -> None:
        """Raise RenderError, unless no file is asked for."""
        if self._file.text == "none" and self._rest is not None:
            self._rest.render(context, write)
            return
        if self._name is not None:
            name: Any = self._name.text(context)
        else:
            name = None if self._file.text == "none" else self._file.evaluate(context)
        if js_truthy(name) and self._loop and not to_enumerable(self._loop.evaluate(context)):
            return
        raise RenderError(f"Templates cannot include files: {self._source}")


def _loop_binding(reader: Reader) -> Node | None:
    """Read ``with value as name, for list as name``, in any order, and return the list."""
    loop: Node | None = None
    while not reader.at_end():
        begin = reader.position
        keyword = reader.read_identifier()
        reader.skip_blank()
        value = reader.read_value() if keyword in ("with", "for") and reader.peek() != ":" else None
        if value is None:
            reader.position = begin
            break
        before_alias = reader.position
        if reader.read_identifier() == "as":
            reader.read_identifier()
        else:
            reader.position = before_alias
        loop = value if keyword == "for" else loop
        reader.skip_blank()
        if reader.peek() == ",":
            reader.position += 1
    return loop


TAGS: dict[str, TagParser] = {
    "assign": Assign,
    "for": For,
    "capture": Capture,
    "case": Case,
    "comment": Comment,
    "include": Partial,
    "render": Partial,
    "layout": Partial,
    "increment": Counter,
    "decrement": Counter,
    "cycle": Cycle,
    "if": If,
    "block": Block,
    "raw": Raw,
    "tablerow": TableRow,
    "unless": Unless,
    "break": Break,
    "continue": Continue,
    "echo": Echo,
    "liquid": LiquidLines,
    "#": Nothing,
}
