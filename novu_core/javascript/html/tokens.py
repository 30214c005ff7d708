"""Read HTML the way htmlparser2 10.1 does, the parser below the bridge peer's sanitizer.

The standard library's ``html.parser`` is not used: it reads malformed markup differently (``</ p>``, ``<!>``, a tag
that nothing ends) and changed its mind about it between patch releases of Python, so that the same mail would come out
differently from one machine to the next.
"""

from __future__ import annotations

import re
from functools import lru_cache

from novu_core.javascript.html.references import decode_attribute, decode_text, decode_title
from novu_core.javascript.html.tree import NOT_PLAIN, Attributes, Handler, Tree

# [ \t\n\f\r] is HTML's white space; Python's \s has more.
_TAG = re.compile(
    r"""([^<]*)<(?:
    ([a-zA-Z][^ \t\n\f\r/>]*) (?: ((?:[ \t\n\f\r]+ [^ \t\n\f\r/>=]+ ="[^"]*")*>) (?: ([^<]*)</\2> )? )?
    | /([a-zA-Z][^ \t\n\f\r>]*)> )""",
    re.VERBOSE,
)
"""Text and a tag. Of a start tag its attributes too, where all of them are written as most are, and then the text of
an element that holds nothing else, with its end tag."""
_ATTRIBUTE = re.compile(
    r"""[ \t\n\f\r/]*
    (?: ([^ \t\n\f\r/>][^ \t\n\f\r/>=]*)
        (?: [ \t\n\f\r]*=[ \t\n\f\r]* (?: "([^"]*)" | '([^']*)' | (?!["'])([^ \t\n\f\r>]*) | () ) )?
    )? (>)?""",
    re.VERBOSE,
)
_PLAIN_ATTRIBUTE = re.compile(r"""([^ \t\n\f\r/>=]+)="([^"]*)\"""")
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


def parse_html(html: str, handler: Handler) -> None:
    """Report everything in ``html`` but comments, declarations and CDATA sections. Takes linear time, never raises."""
    tree = Tree(handler)
    read, start, end, write = _TAG.match, tree.start, tree.end, tree.text
    position, length = 0, len(html)
    while position < length:
        tag = read(html, position)
        if tag is None:
            position = _other(html, position, tree)
            continue
        text, name, attributes, content, ended = tag.groups()
        if text:
            write(decode_text(text) if "&" in text else text)
        if ended is not None:
            end(ended.lower())
            position = tag.end()
        elif attributes is None or (name := name.lower()) in _RAW_TEXT_ENDS:
            position = _start_tag(html, tag.end(2), name, tree)
        else:
            read_attributes = () if attributes == ">" else _attributes(attributes)
            if content is None or name in NOT_PLAIN:
                start(name, read_attributes, False)
                position = tag.end(3)
            else:
                tree.whole(name, read_attributes, content)
                position = tag.end()
    tree.end_all()


KEPT_CHARS = 300
"""How long the attributes of a tag may be that are kept: mails are made of few different tags."""


def _attributes(source: str) -> Attributes:
    return _kept(source) if len(source) <= KEPT_CHARS else _read(source)


def _read(source: str) -> Attributes:
    attributes: dict[str, str] = {}
    for key, value in _PLAIN_ATTRIBUTE.findall(source):
        attributes.setdefault(key.lower(), decode_attribute(value))
    return tuple(attributes.items())


_kept = lru_cache(maxsize=2048)(_read)


def _other(html: str, position: int, tree: Tree) -> int:
    """Read text up to the next ``<`` and what begins there: neither a start tag nor a plain end tag."""
    at = html.find("<", position)
    text = html[position:] if at < 0 else html[position:at]
    if text:
        tree.text(decode_text(text))
    if at < 0:
        return len(html)
    if html.startswith("/", at + 1):
        return _end_tag(html, at, tree)
    if html.startswith(("!", "?"), at + 1):
        return _declaration(html, at, tree)
    tree.text("<")
    return at + 1


def _start_tag(html: str, position: int, name: str, tree: Tree) -> int:
    """Read a start tag from after its name, and the content of a raw text element."""
    if position == len(html):
        if any(raw.startswith(name.lower()) for raw in _RAW_TEXT_ENDS):
            tree.text(name)
        return position
    name = name.lower()
    attributes: dict[str, str] = {}
    self_closing = ended = False
    while not ended:
        part = _ATTRIBUTE.match(html, position)
        assert part
        key, double, single, bare, unended, end = part.groups()
        if unended is not None or (key is None and end is None):
            tree.end_implied(name)
            if key is None and "/" in part[0]:
                tree.text(html[-1])
            return len(html)
        if key is None:
            self_closing = "/" in part[0]
        elif key.lower() not in attributes:
            attributes[key.lower()] = decode_attribute(double or single or bare or "")
        ended = end is not None
        position = part.end()
    tree.start(name, tuple(attributes.items()), self_closing)
    if name in _RAW_TEXT_ENDS and not self_closing:
        return _raw_text(html, position, name, tree)
    return position


def _raw_text(html: str, position: int, name: str, tree: Tree) -> int:
    """Read the element's content and its end tag; without an end tag all the rest is content."""
    found = _RAW_TEXT_ENDS[name].search(html, position)
    data = html[position : found.start() if found else len(html)]
    if data:
        if name in ("title", "xitle"):
            tree.text(decode_title(data))
        else:
            tree.raw_text(data)
    return _end_tag(html, found.start(), tree) if found else len(html)


def _end_tag(html: str, at: int, tree: Tree) -> int:
    tag = _END_TAG.match(html, at)
    assert tag
    name, delimiter, _, other = tag.groups()
    if name is not None:
        if delimiter is None:
            return len(html)
        tree.end(name.lower())
        return tag.end() if delimiter == ">" else _skip(html, tag.end(), len(html) - 1, tree)
    if other is not None:
        return _skip(html, tag.end(), tag.start(4), tree)
    tree.text(tag[0])
    return tag.end()


def _declaration(html: str, at: int, tree: Tree) -> int:
    """Skip a comment, CDATA section, declaration or processing instruction."""
    for start, inside, end in (("<!--", 2, "-->"), ("<![CDATA[", 9, "]]>")):
        if html.startswith(start, at):
            # From 2 on, so that <!--> and <!---> are whole comments.
            found = html.find(end, at + inside)
            return len(html) if found < 0 else found + 3
    # The character after <! never ends the declaration, nor does the one after <!-.
    inside = 4 if html.startswith("<!-", at) else 3 if html.startswith("<!", at) else 2
    return _skip(html, at + inside, at + 2, tree)


def _skip(html: str, position: int, unended: int, tree: Tree) -> int:
    """Return the position after the next ``>``. Without one the peer reads what follows ``unended`` as text."""
    found = html.find(">", position)
    if found < 0:
        tree.text(html[unended:])
        return len(html)
    return found + 1
