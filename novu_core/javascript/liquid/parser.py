"""Builds the tree of a template from its tokens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from novu_core.javascript.liquid.errors import ParseError
from novu_core.javascript.liquid.limits import MAX_TEMPLATE_CHARS, MAX_TOKENS, check_nesting
from novu_core.javascript.liquid.nodes import Parts, Tag, output
from novu_core.javascript.liquid.reader import Reader
from novu_core.javascript.liquid.scanner import Token, tokenize

TagParser = Callable[[Token, "Parser"], Tag]
"""Builds one tag; a block tag takes what belongs to it from the parser."""


def parse(template: str, tags: Mapping[str, TagParser], depth: int = 0) -> Parts:
    """Parse a template. Raises TokenizationError and ParseError."""
    if len(template) > MAX_TEMPLATE_CHARS:
        raise ParseError(f"The template has more than {MAX_TEMPLATE_CHARS} characters.")
    tokens = tokenize(template)
    if len(tokens) > MAX_TOKENS:
        raise ParseError(f"The template has more than {MAX_TOKENS} outputs, tags and texts between them.")
    return Parser(tokens, tags, depth).parse_all()


class Parser:
    """The tokens that are left to parse."""

    def __init__(self, tokens: list[Token], tags: Mapping[str, TagParser], depth: int = 0) -> None:
        self.tags = tags
        self.depth = depth
        self._tokens = tokens
        self._next = 0

    def parse_all(self) -> Parts:
        """Parse every token that is left."""
        parts = Parts()
        while token := self.take():
            self._parse(token, parts)
        return parts

    def take(self) -> Token | None:
        """Return the next token without parsing it; ``None`` at the end."""
        if self._next >= len(self._tokens):
            return None
        self._next += 1
        return self._tokens[self._next - 1]

    def body(self, opening: Token, stops: Collection[str], into: Parts) -> Token:
        """Parse into ``into`` up to a tag of ``stops``, and return that tag. Raises ParseError if there is none."""
        while token := self.take():
            if token.kind == "tag" and token.name in stops:
                return token
            self._parse(token, into)
        raise not_closed(opening)

    def _parse(self, token: Token, into: Parts) -> None:
        if token.kind == "text":
            return into.show(token.content)
        if token.kind == "output":
            return into.show(output(Reader(token.content).read_filtered_value()))
        tag = self.tags.get(token.name)
        if tag is None:
            raise ParseError(f"The tag {token.name!r} is unknown or not allowed here: {token.source}")
        self.depth += 1
        check_nesting(self.depth)
        into.append(tag(token, self))
        self.depth -= 1
        return None


def not_closed(opening: Token) -> ParseError:
    """Return the error of a block without its end tag."""
    return ParseError(f"The tag {opening.source} is not closed; add {{% end{opening.name} %}}.")


def refuse_arguments(token: Token) -> None:
    """Raise ParseError if something stands after the tag's name."""
    if token.args:
        raise ParseError(f"Unexpected {token.args!r} in {token.source}")
