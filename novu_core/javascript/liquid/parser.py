"""Builds the tree of a template from its tokens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from novu_core.javascript.liquid.errors import ParseError
from novu_core.javascript.liquid.limits import MAX_TAG_CHARS, MAX_TEMPLATE_CHARS, MAX_TOKENS, Budget, check_nesting
from novu_core.javascript.liquid.nodes import Parts, Tag, output
from novu_core.javascript.liquid.reader import Reader
from novu_core.javascript.liquid.scanner import Token, tokenize

TagParser = Callable[[Token, "Parser"], Tag]
"""Builds one tag; a block tag takes what belongs to it from the parser."""


class Reading:
    """What the parsing of one template takes, with all that is parsed within it, and its limits.

    ``tag_chars`` is the length of its tags and outputs, which most of the memory goes by.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.check_time = (budget or Budget()).check_time
        self.tag_chars = 0
        self._tokens = 0

    def count(self, tokens: list[Token]) -> None:
        """Count what is about to be parsed. Raises ParseError."""
        self._tokens += len(tokens)
        if self._tokens > MAX_TOKENS:
            raise ParseError(f"The template has more than {MAX_TOKENS} outputs, tags and texts between them.")
        sizes = [len(token.source) for token in tokens if token.kind != "text"]
        if sizes and max(sizes) > MAX_TAG_CHARS:
            raise ParseError(f"A tag or an output has more than {MAX_TAG_CHARS} characters.")
        self.tag_chars += sum(sizes)


def parse(template: str, tags: Mapping[str, TagParser], reading: Reading | None = None, depth: int = 0) -> Parts:
    """Parse a template. Raises TokenizationError and ParseError, and RenderError when it takes too long."""
    if len(template) > MAX_TEMPLATE_CHARS:
        raise ParseError(f"The template has more than {MAX_TEMPLATE_CHARS} characters.")
    return Parser(tokenize(template), tags, reading or Reading(), depth).parse_all()


class Parser:
    """The tokens that are left to parse."""

    def __init__(self, tokens: list[Token], tags: Mapping[str, TagParser], reading: Reading, depth: int = 0) -> None:
        reading.count(tokens)
        self.tags = tags
        self.reading = reading
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
        self.reading.check_time()
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
