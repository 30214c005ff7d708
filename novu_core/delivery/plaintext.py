"""HTML bodies as plain text: for the text part of an e-mail and for the console."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:\s[^<>]*)?)/?>|<(!doctype)\s", re.IGNORECASE)
_BLOCKS = _tags(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header "
    "html li main nav ol p pre section table tbody tfoot thead tr ul"
)
_PARAGRAPHS = _tags("blockquote h1 h2 h3 h4 h5 h6 ol p pre table ul")
_KNOWN_TAGS = _BLOCKS | _tags(
    "a abbr b big br button code em font head hr i img link meta s small span strong style sub sup td th title u"
)
_HIDDEN = _tags("head script style template title")
_HIDE = "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all"


def looks_like_html(text: str) -> bool:
    """Whether ``text`` has at least one HTML tag: a known name, and behind it nothing or attributes with values."""
    for tag in _TAG.finditer(text):
        _closing, name, attributes, doctype = tag.groups()
        if doctype or (name.lower() in _KNOWN_TAGS and (not attributes.strip() or "=" in attributes)):
            return True
    return False


def html_to_text(html: str) -> str:
    """Return what a reader sees of ``html``: links with their address, list items with a dash, images by ``alt``."""
    renderer = _Renderer()
    try:
        renderer.feed(html)
        renderer.close()
    except AssertionError:  # what HTMLParser raises for an unknown "<![...]" section
        return re.sub(r"<[^<>]*>", " ", html).strip()
    return renderer.text()


def with_preheader(html: str, preheader: str) -> str:
    """Return ``html`` with a hidden preview line in front of everything that is shown."""
    hidden = f'<span style="{_HIDE}">{escape(preheader)}</span>'
    for opening in (r"<body\b[^<>]*>", r"</head\s*>", r"<html\b[^<>]*>", r"<!doctype[^<>]*>"):
        found = re.search(opening, html, re.IGNORECASE)
        if found:
            return html[: found.end()] + hidden + html[found.end() :]
    return hidden + html


class _Renderer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._hidden: list[str] = []
        self._preformatted = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)
        if tag == "body":
            self._hidden.clear()  # a head that was never closed
        values = dict(attrs)
        if tag == "a":
            self._links.append((values.get("href") or "", len(self._parts)))
        elif tag == "img":
            self._add(values.get("alt") or "")
        elif tag in ("td", "th"):
            self._add("\t")
        elif tag == "br":
            self._add("\n")
        elif tag == "hr":
            self._add("\n\n---\n\n")
        else:
            self._break(tag)
        if tag == "li":
            self._add("- ")
        self._preformatted += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif tag == "a" and self._links:
            address, start = self._links.pop()
            label = "".join(self._parts[start:]).strip()
            if address.startswith(("http://", "https://", "mailto:")) and address.removeprefix("mailto:") != label:
                self._add(f" ({address})" if label else address)
        self._preformatted = max(0, self._preformatted - (tag == "pre"))
        self._break(tag)

    def handle_data(self, data: str) -> None:
        self._add(data if self._preformatted else re.sub(r"[ \t\r\n\f]+", " ", data))

    def text(self) -> str:
        """Join, with one space between words, one empty line between paragraphs, and none at the ends."""
        lines = [re.sub(r"^ +| +$", "", line).strip("\t") for line in "".join(self._parts).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(re.sub(r"(?<=\S) {2,}", " ", line) for line in lines)).strip()

    def _add(self, text: str) -> None:
        if not self._hidden:
            self._parts.append(text)

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._add("\n\n")
        elif tag in _BLOCKS:
            self._add("\n")
