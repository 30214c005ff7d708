"""Read HTML the way htmlparser2 10.1 does, the parser below the bridge peer's sanitizer.

The standard library's ``html.parser`` is not used: it reads malformed markup differently (``</ p>``, ``<!>``, ``<tmp>``,
a document cut off inside a tag) and changed its mind about it between patch releases of Python, so that the same mail
would come out differently from one machine to the next.
"""

from __future__ import annotations

import re
from collections import Counter
from html.entities import html5
from typing import Protocol

# [ \t\n\f\r] is HTML's white space; Python's \s has more.
_START_TAG = re.compile(r"<([a-zA-Z][^ \t\n\f\r/>]*)(>?)")
_ATTRIBUTE = re.compile(
    r"""[ \t\n\f\r/]*
    (?: (?P<end>>)
      | (?P<name>[^ \t\n\f\r/>][^ \t\n\f\r/>=]*)
        (?: [ \t\n\f\r]*=[ \t\n\f\r]*
            (?: "(?P<double>[^"]*)" | '(?P<single>[^']*)' | (?!["'])(?P<bare>[^ \t\n\f\r>]*) | (?P<unclosed>) ) )?
    )?""",
    re.VERBOSE,
)
_END_TAG = re.compile(r"</[ \t\n\f\r]*(?:([a-zA-Z][^ \t\n\f\r>]*)([ \t\n\f\r>])?|(>)|(.))?", re.DOTALL)

# The peer tells these elements apart by their second letter, so that it reads <tmp> as it reads <xmp>.
_RAW_TEXT_ENDS = {
    name: re.compile(f"</{end}(?=[ \t\n\f\r>])", re.ASCII | re.IGNORECASE)
    for end, names in {
        "script": ("script",),
        "style": ("style",),
        "title": ("title", "xitle"),
        "textarea": ("textarea", "xextarea"),
        "xmp": ("xmp", "tmp"),
    }.items()
    for name in names
}

_REFERENCE_PATTERN = r"&(?:#(?:[xX](?P<hex>[0-9a-fA-F]+)|(?P<decimal>[0-9]+))|(?P<name>[a-zA-Z][a-zA-Z0-9]*));?"
_REFERENCE = re.compile(_REFERENCE_PATTERN)
# In a title the peer overlooks an & right behind what could have become the end tag.
_TITLE_REFERENCE = re.compile(
    f"(?P<overlooked><(?:/(?:t(?:i(?:tl?)?)?)?)?&)|{_REFERENCE_PATTERN}", re.ASCII | re.IGNORECASE
)
_LONGEST_BARE_NAME = max(len(name) for name in html5 if name[-1] != ";")
_REPLACED_CODES = {0: "\ufffd"} | {
    code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VOID = _words(
    "area base basefont br col command embed frame hr img input isindex keygen link meta param source track wbr"
)
_IMPLIES_END = {
    new: ended
    for names, ended in (
        ("p h1 h2 h3 h4 h5 h6 address article aside blockquote details div dl fieldset figcaption figure", _words("p")),
        ("footer form header hr main nav ol pre section table ul", _words("p")),
        (
            "select input output button datalist textarea",
            _words("input option optgroup select button datalist textarea"),
        ),
        ("dd dt", _words("dd dt")),
        ("rt rp", _words("rt rp")),
        ("tbody tfoot", _words("thead tbody")),
        ("tr", _words("tr th td")),
        ("th", _words("th")),
        ("td", _words("thead th td")),
        ("body", _words("head link script")),
        ("li", _words("li")),
        ("option", _words("option")),
        ("optgroup", _words("optgroup option")),
    )
    for new in names.split()
}
# In foreign content <a/> is a whole element; some elements in it hold HTML again.
_SWITCHES_FOREIGN = dict.fromkeys(_words("math svg"), True) | dict.fromkeys(
    _words("mi mo mn ms mtext annotation-xml foreignobject desc title"), False
)


class Handler(Protocol):
    """Takes the events of :func:`parse_html`, in document order. Names are lower case."""

    def start_tag(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; an attribute without a value has ``""``, of a repeated one the first counts."""

    def end_tag(self, name: str) -> None:
        """The innermost element ends. Each ends, void ones and those that the document leaves open too."""

    def text(self, data: str) -> None:
        """Text with its character references decoded; one run of text may come in several pieces."""

    def raw_text(self, data: str) -> None:
        """The whole content of a script, style, textarea or xmp, in which nothing is a tag or a reference."""


def parse_html(html: str, handler: Handler) -> None:
    """Report everything in ``html`` but comments, declarations and CDATA sections. Takes linear time, never raises."""
    tree = _Tree(handler)
    position, end = 0, len(html)
    while position < end:
        at = html.find("<", position)
        if at < 0:
            handler.text(_decode_text(html[position:]))
            break
        if at > position:
            handler.text(_decode_text(html[position:at]))
        opening = _START_TAG.match(html, at)
        if opening:
            position = _start_tag(html, opening, tree)
        elif html.startswith("/", at + 1):
            position = _end_tag(html, at, tree)
        elif html.startswith(("!", "?"), at + 1):
            position = _declaration(html, at, handler)
        else:
            handler.text("<")
            position = at + 1
    tree.end_all()


class _Tree:
    """Keeps the open elements, and ends those that HTML ends without a tag."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self._open: list[str] = []
        # How often each name is open: to search _open for every stray end tag would take quadratic time.
        self._depth: Counter[str] = Counter()
        self._foreign: list[bool] = []

    def end_implied(self, name: str) -> None:
        ended = _IMPLIES_END.get(name)
        if ended:
            while self._open and self._open[-1] in ended:
                self._end_innermost()

    def start(self, name: str, attributes: dict[str, str], self_closing: bool) -> None:
        self.end_implied(name)
        self.handler.start_tag(name, attributes)
        if name in _VOID:
            self.handler.end_tag(name)
            return
        self._open.append(name)
        self._depth[name] += 1
        if name in _SWITCHES_FOREIGN:
            self._foreign.append(_SWITCHES_FOREIGN[name])
        if self_closing and self._foreign and self._foreign[-1]:
            self._end_innermost()

    def end(self, name: str) -> None:
        if name in _SWITCHES_FOREIGN and self._foreign:
            self._foreign.pop()
        if self._depth[name]:
            while self._end_innermost() != name:
                pass
        elif name in ("p", "br"):
            self.handler.start_tag(name, {})
            self.handler.end_tag(name)

    def end_all(self) -> None:
        while self._open:
            self._end_innermost()

    def _end_innermost(self) -> str:
        name = self._open.pop()
        self._depth[name] -= 1
        self.handler.end_tag(name)
        return name


def _start_tag(html: str, opening: re.Match[str], tree: _Tree) -> int:
    name, position = opening[1].lower(), opening.end()
    attributes: dict[str, str] = {}
    ending = opening[2]
    if not ending:
        if position == len(html):
            if any(raw.startswith(name) for raw in _RAW_TEXT_ENDS):
                tree.handler.text(opening[1])
            return position
        position, ending = _attributes(html, position, attributes)
        if ending[-1:] != ">":
            tree.end_implied(name)
            if "/" in ending:
                tree.handler.text(html[-1])
            return len(html)
    self_closing = len(ending) > 1 and "/" in ending
    tree.start(name, attributes, self_closing)
    if name in _RAW_TEXT_ENDS and not self_closing:
        return _raw_text(html, position, name, tree)
    return position


def _attributes(html: str, position: int, attributes: dict[str, str]) -> tuple[int, str]:
    """Fill ``attributes``; give the place behind the tag and what ended it (`` />``), without ``>`` if cut off."""
    while True:
        part = _ATTRIBUTE.match(html, position)
        assert part
        kind = part.lastgroup
        if kind == "end" or kind is None:
            return part.end(), part[0]
        if kind == "unclosed":
            return len(html), ""
        name = part["name"].lower()
        if name not in attributes:
            value = "" if kind == "name" else part[kind]
            attributes[name] = _REFERENCE.sub(_decoded_in_attribute, value) if "&" in value else value
        position = part.end()


def _raw_text(html: str, position: int, name: str, tree: _Tree) -> int:
    """Read the element's content and its end tag; without an end tag all the rest is content."""
    found = _RAW_TEXT_ENDS[name].search(html, position)
    data = html[position : found.start() if found else len(html)]
    if data:
        if name in ("title", "xitle"):
            tree.handler.text(_TITLE_REFERENCE.sub(_decoded, data))
        else:
            tree.handler.raw_text(data)
    return _end_tag(html, found.start(), tree) if found else len(html)


def _end_tag(html: str, at: int, tree: _Tree) -> int:
    tag = _END_TAG.match(html, at)
    assert tag
    name, delimiter, _, other = tag.groups()
    if name is not None:
        if delimiter is None:
            return len(html)
        tree.end(name.lower())
        return tag.end() if delimiter == ">" else _skip(html, tag.end(), html[-1], tree.handler)
    if other is not None:
        return _skip(html, tag.end(), html[tag.start(4) :], tree.handler)
    tree.handler.text(tag[0])
    return tag.end()


def _declaration(html: str, at: int, handler: Handler) -> int:
    """Skip a comment, CDATA section, declaration or processing instruction."""
    for start, inside, end in (("<!--", 2, "-->"), ("<![CDATA[", 9, "]]>")):
        if html.startswith(start, at):
            # From 2 on, so that <!--> and <!---> are whole comments.
            found = html.find(end, at + inside)
            return len(html) if found < 0 else found + 3
    # The character behind <! never ends the declaration, nor does the one behind <!-.
    inside = 4 if html.startswith("<!-", at) else 3 if html.startswith("<!", at) else 2
    return _skip(html, at + inside, html[at + 2 :], handler)


def _skip(html: str, position: int, unended: str, handler: Handler) -> int:
    """Give the place behind the next ``>``; without one the end, with ``unended`` reported as text (as the peer)."""
    found = html.find(">", position)
    if found < 0:
        handler.text(unended)
        return len(html)
    return found + 1


def _decode_text(data: str) -> str:
    return _REFERENCE.sub(_decoded, data) if "&" in data else data


def _decoded(reference: re.Match[str]) -> str:
    kind, source = reference.lastgroup, reference[0]
    if kind == "overlooked":
        return source
    if kind != "name":
        return _decoded_number(reference)
    if source[1:] in html5:
        return html5[source[1:]]
    for size in range(min(len(reference["name"]), _LONGEST_BARE_NAME), 1, -1):
        if source[1 : size + 1] in html5:
            return html5[source[1 : size + 1]] + source[size + 1 :]
    return source


def _decoded_in_attribute(reference: re.Match[str]) -> str:
    """As in text, but without its semicolon a name must stand alone: ``?a=1&copy=2`` is no copyright sign."""
    if reference.lastgroup != "name":
        return _decoded_number(reference)
    name = reference[0][1:]
    if name in html5 and (name[-1] == ";" or not reference.string.startswith("=", reference.end())):
        return html5[name]
    return reference[0]


def _decoded_number(reference: re.Match[str]) -> str:
    digits = reference[reference.lastgroup or 0].lstrip("0")
    # More than seven digits are beyond Unicode in either base; int() refuses, or is slow for, thousands.
    code = int(digits[:8] or "0", 16 if reference.lastgroup == "hex" else 10)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return _REPLACED_CODES.get(code) or chr(code)
