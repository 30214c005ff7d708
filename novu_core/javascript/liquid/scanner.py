"""Cuts a template into text, outputs ``{{ }}`` and tags ``{% %}``.

The template is JSON text: the peer renders the whole controls object as one template, so quotes and line breaks that a
user typed inside a tag arrive escaped. Inside tags and outputs they are put back (the peer fails on them); the text
around stays as it is.
"""

from __future__ import annotations

import re

from novu_core.javascript.liquid.errors import TokenizationError, assert_token, excerpt

BLANKS = "\t\n\v\f\r \xa0\u1680\u180e" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""liquidjs's white space: what whitespace control strips and expressions skip."""

WORD = rf"(?:[-0-9?A-Z_a-z]|[^\x00-\x7f\u201c\u201d{BLANKS[6:]}])"
"""One character of an identifier."""

_OPENING = re.compile(r"\{[{%]")
_OUTPUT_STOP = re.compile(r"\}\}|'|(?<!\\)\\*\"")
"""The backslashes before a quote are looked for from the first one only: their number may be anything."""
_SINGLE_END = re.compile(r"[^'\\]*(?:\\.[^'\\]*)*'", re.DOTALL)
_DOUBLE_END = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_ESCAPED_END = re.compile(r'[^"\\]*(?:\\[^"][^"\\]*)*\\"', re.DOTALL)
_TAG_NAME = re.compile(rf"[{BLANKS}]*(#|{WORD}*)[{BLANKS}]*", re.DOTALL)
_ENDRAW = re.compile(rf"\{{%[{BLANKS}]*endraw(?!{WORD})")
_ESCAPE = re.compile(r'\\(?:(["nrt])|.)', re.DOTALL)
_TYPED = {'"': '"', "n": "\n", "r": "\r", "t": "\t"}


class Token:
    """A piece of the template. ``source`` is its text as written; ``content`` what is between the delimiters, trimmed.

    ``kind`` is ``text``, ``output`` or ``tag``; a tag also has its ``name`` and ``args``.
    """

    __slots__ = ("args", "content", "kind", "name", "source", "trim_left", "trim_right")

    def __init__(self, kind: str, source: str, content: str) -> None:
        self.kind = kind
        self.source = source
        self.content = content
        self.name = self.args = ""
        self.trim_left = self.trim_right = False

    def __repr__(self) -> str:
        return f"<{self.kind} {self.source!r}>"

    def is_tag(self, name: str) -> bool:
        """Return whether this is the tag of that name."""
        return self.kind == "tag" and self.name == name


def tokenize(template: str) -> list[Token]:
    """Cut a template into its tokens, whitespace control applied. Raises TokenizationError."""
    tokens: list[Token] = []
    position = 0
    in_raw = False
    while position < len(template):
        if in_raw:
            position = _read_raw(template, position, tokens)
            in_raw = False
            continue
        opening = _OPENING.search(template, position)
        start = opening.start() if opening else len(template)
        if start > position:
            text = template[position:start]
            tokens.append(Token("text", text, text))
        if not opening:
            break
        position = _output_end(template, start) if opening[0] == "{{" else _tag_end(template, start)
        tokens.append(_delimited(template[start:position], "output" if opening[0] == "{{" else "tag"))
        in_raw = tokens[-1].is_tag("raw")
    assert_token(not in_raw, "The tag {% raw %} is not closed; add {% endraw %}.")
    _control_whitespace(tokens)
    return tokens


def _output_end(template: str, start: int) -> int:
    position = start + 2
    while stop := _OUTPUT_STOP.search(template, position):
        if stop[0] == "}}":
            return stop.end()
        if stop[0] == "'":
            quoted = _SINGLE_END.match(template, stop.end())
        elif len(stop[0]) % 2:
            quoted = _DOUBLE_END.match(template, stop.end())
        else:
            quoted = _ESCAPED_END.match(template, stop.end())
        if not quoted:
            break
        position = quoted.end()
    raise TokenizationError(f"The output {excerpt(template[start : start + 61])} is not closed; add }}}}.")


def _tag_end(template: str, start: int) -> int:
    end = template.find("%}", start + 1)
    assert_token(end >= 0, f"The tag {excerpt(template[start : start + 61])} is not closed; add %}}.")
    return end + 2


def _read_raw(template: str, begin: int, tokens: list[Token]) -> int:
    # The peer does not see "{%- endraw": "-" may start a name.
    for match in _ENDRAW.finditer(template, begin):
        inner = template.find("{%", match.end())
        end = template.find("%}", match.end(), inner if inner >= 0 else len(template))
        if end < 0:
            continue
        if match.start() > begin:
            text = template[begin : match.start()]
            tokens.append(Token("text", text, text))
        tokens.append(_delimited(template[match.start() : end + 2], "tag"))
        return end + 2
    raise TokenizationError("The tag {% raw %} is not closed; add {% endraw %}.")


def _delimited(source: str, kind: str) -> Token:
    inner = source[2:-2]
    trim_left = inner.startswith("-")
    trim_right = source[-3] == "-"
    body = inner[trim_left : len(inner) - trim_right] if len(inner) > 1 or not trim_left else ""
    token = Token(kind, source, _typed(body).strip(BLANKS))
    token.trim_left, token.trim_right = trim_left, trim_right
    if kind == "tag":
        match = _TAG_NAME.match(token.content)
        token.name = match[1] if match else ""
        assert_token(token.name, f"The tag {excerpt(source)} has no name.")
        token.args = token.content[match.end() :] if match else ""
    return token


def _typed(body: str) -> str:
    """Undo JSON's escapes of quotes and line breaks; a backslash pair stays, for the string literals to read."""
    if "\\" not in body:
        return body
    return _ESCAPE.sub(lambda match: _TYPED[match[1]] if match[1] else match[0], body)


def _control_whitespace(tokens: list[Token]) -> None:
    in_raw = False
    for index, token in enumerate(tokens):
        if token.kind == "text":
            continue
        if token.trim_left and not in_raw and index and tokens[index - 1].kind == "text":
            before = tokens[index - 1]
            before.content = before.content.rstrip(BLANKS)
        if token.is_tag("raw"):
            in_raw = True
        elif token.is_tag("endraw"):
            in_raw = False
        if token.trim_right and not in_raw and index + 1 < len(tokens) and tokens[index + 1].kind == "text":
            after = tokens[index + 1]
            after.content = after.content.lstrip(BLANKS)
