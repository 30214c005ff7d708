"""The elements that are open while HTML is read: which end without a tag, and what is told to whom."""

from __future__ import annotations

from collections import defaultdict
from typing import Protocol


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
_NOTHING: frozenset[str] = frozenset()
# In foreign content <a/> is a whole element; some elements in it hold HTML again.
_SWITCHES_FOREIGN = dict.fromkeys(_words("math svg"), True) | dict.fromkeys(
    _words("mi mo mn ms mtext annotation-xml foreignobject desc title"), False
)


Attributes = tuple[tuple[str, str], ...]
"""Names, in lower case, and values; one without a value has ``""``, and of a repeated one the first counts."""


class Tag:
    """A start tag, which many elements may share. ``written``: what the sanitizer made of it, in each of its ways."""

    __slots__ = ("attributes", "ended", "name", "plain", "self_closing", "written")

    def __init__(self, name: str, attributes: Attributes, self_closing: bool = False) -> None:
        self.name = name
        self.attributes = attributes
        self.self_closing = self_closing
        self.ended = _IMPLIES_END.get(name, _NOTHING)
        self.plain = name not in _VOID and name not in _SWITCHES_FOREIGN and not self_closing
        self.written: list[str | None] = [None, None]


class Handler(Protocol):
    """Takes the events of :func:`parse_html`, in document order. Names are lower case."""

    def start_tag(self, tag: Tag) -> None:
        """An element begins."""

    def end_tag(self, name: str) -> None:
        """The innermost element ends. Each ends, void ones and those that the document leaves open too."""

    def text(self, data: str) -> None:
        """Text with its character references decoded; one run of text may come in several pieces."""

    def plain_text(self, data: str, /) -> None:
        """Text without ``<``, ``>`` and ``&``, as most is."""

    def raw_text(self, data: str) -> None:
        """The whole content of a script, style, textarea or xmp, in which nothing is a tag or a reference."""


class Tree:
    """Tracks the open elements, and ends those that HTML ends without a tag."""

    def __init__(self, handler: Handler) -> None:
        self._handler_start = handler.start_tag
        self._handler_end = handler.end_tag
        self.text = handler.text
        self.raw_text = handler.raw_text
        self.opened: list[str] = []
        # How often each name is open: to search `opened` for every stray end tag would take quadratic time.
        self.depth: defaultdict[str, int] = defaultdict(int)
        self.foreign: list[bool] = []

    def start(self, tag: Tag) -> None:
        """Open an element, after what it ends by beginning."""
        name = tag.name
        if self.opened and self.opened[-1] in tag.ended:
            self.end_implied(name)
        self._handler_start(tag)
        if name in _VOID:
            self._handler_end(name)
            return
        self.opened.append(name)
        self.depth[name] += 1
        if name in _SWITCHES_FOREIGN:
            self.foreign.append(_SWITCHES_FOREIGN[name])
        if tag.self_closing and self.foreign and self.foreign[-1]:
            self._end_innermost()

    def end_implied(self, name: str) -> None:
        """End what the beginning of ``name`` ends."""
        ended = _IMPLIES_END.get(name, _NOTHING)
        while self.opened and self.opened[-1] in ended:
            self._end_innermost()

    def end(self, name: str) -> None:
        """Read an end tag: all that was opened within the element ends too; a stray one is dropped, but of p and br."""
        if self.foreign and name in _SWITCHES_FOREIGN:
            self.foreign.pop()
        if self.depth.get(name):
            while self._end_innermost() != name:
                pass
        elif name in ("p", "br"):
            self._handler_start(Tag(name, ()))
            self._handler_end(name)

    def end_all(self) -> None:
        """End what the document leaves open."""
        while self.opened:
            self._end_innermost()

    def _end_innermost(self) -> str:
        name = self.opened.pop()
        self.depth[name] -= 1
        self._handler_end(name)
        return name
