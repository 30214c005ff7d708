"""Tags around other parts: conditions, ``case``, ``capture``, ``comment``, ``raw``, ``liquid``, ``block``."""

from __future__ import annotations

import re
from typing import Any

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.errors import ParseError, RenderError, TokenizationError, assert_token
from novu_core.javascript.liquid.expressions import FilteredValue, Node
from novu_core.javascript.liquid.nodes import Parts, Write
from novu_core.javascript.liquid.parser import Parser, not_closed, refuse_arguments
from novu_core.javascript.liquid.reader import Reader
from novu_core.javascript.liquid.scanner import BLANKS, Token
from novu_core.javascript.liquid.values import UNDEFINED, Drop, equals, is_falsy, to_value


def _condition(token: Token) -> FilteredValue:
    return Reader(token.args).read_filtered_value()


class If:
    """``{% if %}`` with ``elsif`` and ``else``."""

    def __init__(self, token: Token, parser: Parser) -> None:
        body = Parts()
        self._branches = [(_condition(token), body)]
        self._otherwise: Parts | None = None
        while (stop := parser.body(token, ("elsif", "else", "endif"), body)).name != "endif":
            body = Parts()
            if stop.name == "else":
                refuse_arguments(stop)
            if self._otherwise is not None:
                raise ParseError(f"{stop.source} after {{% else %}}")
            if stop.name == "else":
                self._otherwise = body
            else:
                self._branches.append((_condition(stop), body))
        refuse_arguments(stop)

    def render(self, context: Context, write: Write) -> None:
        """Render the first branch whose condition holds."""
        for condition, body in self._branches:
            if not is_falsy(condition.evaluate(context)):
                return body.render(context, write)
            context.budget.step()
        return self._otherwise.render(context, write) if self._otherwise is not None else None


class Unless:
    """``{% unless %}`` with ``elsif`` and ``else``; a further ``elsif`` or ``else`` is ignored, as in the peer."""

    def __init__(self, token: Token, parser: Parser) -> None:
        body = Parts()
        self._branches = [(_condition(token), True, body)]
        self._otherwise = Parts()
        closed = False
        while (stop := parser.body(token, ("elsif", "else", "endunless"), body)).name != "endunless":
            body = Parts()
            if stop.name == "elsif" and not closed:
                self._branches.append((_condition(stop), False, body))
            elif stop.name == "else" and not closed:
                self._otherwise = body
                closed = True

    def render(self, context: Context, write: Write) -> None:
        """Render the first branch whose test holds."""
        for condition, wanted, body in self._branches:
            if is_falsy(condition.evaluate(context)) is wanted:
                return body.render(context, write)
            context.budget.step()
        return self._otherwise.render(context, write)


class Case:
    """``{% case %}``: every ``when`` that has the value is rendered, not only the first."""

    def __init__(self, token: Token, parser: Parser) -> None:
        self._target = _condition(token)
        self._branches: list[tuple[list[Node], Parts]] = []
        self._otherwise = Parts()
        body = Parts()
        elses = 0
        while (stop := parser.body(token, ("when", "else", "endcase"), body)).name != "endcase":
            if stop.name == "else":
                elses += 1
                body = self._otherwise if elses == 1 else Parts()
            elif not elses:
                body = Parts()
                self._branches.append((_case_values(stop), body))

    def render(self, context: Context, write: Write) -> None:
        """Render the branches that match, or the ``else`` part."""
        target = to_value(self._target.evaluate(context))
        hit = False

        def is_target(node: Node) -> bool:
            context.budget.step()
            return equals(target, node.evaluate(context))

        for values, body in self._branches:
            if any(map(is_target, values)):
                body.render(context, write)
                hit = True
        if not hit:
            self._otherwise.render(context, write)


def _case_values(token: Token) -> list[Node]:
    reader = Reader(token.args)
    values: list[Node] = []
    while not reader.at_end():
        values.append(reader.read_required_value())
        reader.skip_blank()
        reader.read_to("," if reader.peek() == "," else "or")
    return values


class Capture:
    """``{% capture name %}``."""

    def __init__(self, token: Token, parser: Parser) -> None:
        reader = Reader(token.args)
        self._name = reader.read_identifier()
        if not self._name:
            quoted = reader.read_quoted()
            if quoted is None:
                raise TokenizationError(f"A variable name is expected in {token.source}")
            self._name = quoted.value
        self._body = Parts()
        parser.body(token, ("endcapture",), self._body)

    def render(self, context: Context, write: Write) -> None:
        """Keep the body's output in the variable."""
        context.variables[self._name] = self._body.text(context)


class Comment:
    """``{% comment %}``: what it holds must have complete tags, though they need not exist."""

    def __init__(self, token: Token, parser: Parser) -> None:
        while inner := parser.take():
            if inner.is_tag("endcomment"):
                return
        raise not_closed(token)

    def render(self, context: Context, write: Write) -> None:
        """Write nothing."""


class Raw:
    """``{% raw %}``."""

    def __init__(self, token: Token, parser: Parser) -> None:
        self._pieces: list[str] = []
        while inner := parser.take():
            if inner.is_tag("endraw"):
                return
            self._pieces.append(inner.source)
        raise not_closed(token)

    def render(self, context: Context, write: Write) -> None:
        """Write what it holds as it was typed."""
        write("".join(self._pieces))


class LiquidLines:
    """``{% liquid %}``: one tag on each line."""

    def __init__(self, token: Token, parser: Parser) -> None:
        lines = (line.strip(BLANKS) for line in token.args.split("\n"))
        tokens = [_line_token(line) for line in lines if line]
        self._parts = Parser(tokens, parser.tags, parser.reading, parser.depth).parse_all()

    def render(self, context: Context, write: Write) -> None:
        """Render the lines in order."""
        self._parts.render(context, write)


def _line_token(line: str) -> Token:
    token = Token("tag", line, line)
    reader = Reader(line)
    if reader.peek() == "#":
        token.name, reader.position = "#", 1
    else:
        token.name = reader.read_identifier()
    assert_token(token.name, f"A line of {{% liquid %}} begins with a tag's name, unlike {line!r}.")
    reader.skip_blank()
    token.args = line[reader.position :]
    return token


class _BlockDrop(Drop):
    def value_of(self) -> Any:
        return self

    def member(self, key: str) -> Any:
        return "" if key == "super" else UNDEFINED


class Block:
    """``{% block name %}``: without a layout it is just its content."""

    def __init__(self, token: Token, parser: Parser) -> None:
        match = re.search(r"\w+", token.args, re.ASCII)
        self._name = match[0] if match else ""
        self._body = Parts()
        parser.body(token, ("endblock",), self._body)

    def render(self, context: Context, write: Write) -> None:
        """Render the content. Raises RenderError inside of itself."""
        if self in context.open_blocks:
            raise RenderError(f"The block {self._name!r} cannot be nested in itself.")
        context.open_blocks.append(self)
        context.enter({"block": _BlockDrop()})
        self._body.render(context, write)
        context.leave()
        context.open_blocks.pop()
