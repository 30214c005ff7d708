"""Read HTML the way htmlparser2 10.1 does, the parser below the bridge peer's sanitizer.

The standard library's ``html.parser`` is not used: it reads malformed markup differently (``</ p>``, ``<!>``, a tag
that nothing ends) and changed its mind about it between patch releases of Python, so that the same mail would come out
differently from one machine to the next.
"""

from __future__ import annotations

import re

from novu_core.javascript.html.references import decode_attribute, decode_text, decode_title
from novu_core.javascript.html.tree import Handler, Tag, Tree

# [ \t\n\f\r] is HTML's white space; Python's \s has more.
_NAME = re.compile("[a-zA-Z][^ \t\n\f\r/>]*")
_PLAIN_END_TAG = re.compile("/[a-zA-Z][^ \t\n\f\r]*")
_ATTRIBUTE = re.compile(
    r"""[ \t\n\f\r/]*
    (?: ([^ \t\n\f\r/>][^ \t\n\f\r/>=]*)
        (?: [ \t\n\f\r]*=[ \t\n\f\r]* (?: "([^"]*)" | '([^']*)' | (?!["'])([^ \t\n\f\r>]*) | () ) )?
    )? (>)?""",
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


def parse_html(html: str, handler: Handler) -> None:
    """Report everything in ``html`` but comments, declarations and CDATA sections. Takes linear time, never raises."""
    tree = Tree(handler)
    known, opened, depth, foreign = _kept.get, tree.opened, tree.depth, tree.foreign
    start, end, write, plain = handler.start_tag, handler.end_tag, handler.text, handler.plain_text
    pieces = html.split("<")
    rest = enumerate(pieces)
    _, text = next(rest)
    if text:
        write(decode_text(text))
    place, at = 1, len(text)
    for index, piece in rest:
        source, closed, text = piece.partition(">")
        tag = known(source) or _learned(source) if closed else None
        if tag is None:
            at += sum(map(len, pieces[place:index])) + index - place
            read = _irregular(html, at, tree)
            place, at = index + 1, at + 1 + len(piece)
            while at < read:
                at += 1 + len(next(rest)[1])
                place += 1
            text = html[read:at]
        elif isinstance(tag, str):
            if opened and opened[-1] == tag and not foreign:  # as most do
                opened.pop()
                depth[tag] -= 1
                end(tag)
            else:
                tree.end(tag)
        elif tag.plain and not (opened and opened[-1] in tag.ended):
            start(tag)
            opened.append(tag.name)
            depth[tag.name] += 1
        else:
            tree.start(tag)
        if text:
            if "&" in text or ">" in text:
                write(decode_text(text))
            else:
                plain(text)
    tree.end_all()


_kept: dict[str, Tag | str] = {}
"""Start tags, and the names of end tags, by what stands between ``<`` and ``>``: mails are made of few."""
_older: dict[str, Tag | str] = {}
"""Those from before ``_kept`` was full. What is still in use goes back from here, unlike links of one recipient."""
_MOST_KEPT = 1024
_LONGEST_KEPT = 300
_MOST_ATTRIBUTES = 16


def _learned(source: str) -> Tag | str | None:
    """Read a tag; None for what is none, or goes on behind the next ``>``, or holds raw text."""
    tag: Tag | str | None = _older.get(source)
    if tag is None:
        if source[:1] == "/":
            tag = source[1:].lower() if _PLAIN_END_TAG.fullmatch(source) else None
        else:
            tag = _start_of(source)
    if tag is not None and len(source) <= _LONGEST_KEPT:
        if isinstance(tag, Tag) and len(tag.attributes) > _MOST_ATTRIBUTES:
            return tag
        if len(_kept) >= _MOST_KEPT:
            _older.clear()
            _older.update(_kept)
            _kept.clear()
        _kept[source] = tag
    return tag


def _start_of(source: str) -> Tag | None:
    name = _NAME.match(source)
    if name is None or name[0].lower() in _RAW_TEXT_ENDS:
        return None
    whole = source + ">"
    tag, part = _read(whole, name.end(), name[0].lower())
    return tag if part.end() == len(whole) else None


def _read(html: str, position: int, name: str) -> tuple[Tag | None, re.Match[str]]:
    """Read a start tag from after its name; return the last part too. None for a tag that nothing ends."""
    attributes: dict[str, str] = {}
    while True:
        part = _ATTRIBUTE.match(html, position)
        assert part
        key, double, single, bare, unended, end = part.groups()
        if unended is not None or (key is None and end is None):
            return None, part
        if key is not None and (key := key.lower()) not in attributes:
            attributes[key] = decode_attribute(double or single or bare or "")
        if end is not None:
            return Tag(name, tuple(attributes.items()), key is None and "/" in part[0]), part
        position = part.end()


def _irregular(html: str, at: int, tree: Tree) -> int:
    """Read what begins with the ``<`` at a place and is no tag that the next ``>`` ends; return the place behind it."""
    name = _NAME.match(html, at + 1)
    if name is not None:
        return _start_tag(html, name.end(), name[0].lower(), tree)
    if html.startswith("/", at + 1):
        return _end_tag(html, at, tree)
    if html.startswith(("!", "?"), at + 1):
        return _declaration(html, at, tree)
    tree.text("<")
    return at + 1


def _start_tag(html: str, position: int, name: str, tree: Tree) -> int:
    """Read a start tag from after its name, and the content of a raw text element."""
    if position == len(html):
        if any(raw.startswith(name) for raw in _RAW_TEXT_ENDS):
            tree.text(html[position - len(name) :])
        return position
    tag, part = _read(html, position, name)
    if tag is None:
        tree.end_implied(name)
        if part[1] is None and "/" in part[0]:
            tree.text(html[-1])
        return len(html)
    tree.start(tag)
    if name in _RAW_TEXT_ENDS and not tag.self_closing:
        return _raw_text(html, part.end(), name, tree)
    return part.end()


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
