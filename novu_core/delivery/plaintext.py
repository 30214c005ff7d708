"""HTML as plain text: for the text part of an e-mail and for the console."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_BLOCKS = _tags(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header "
    "hr html li main nav ol p pre section table tbody tfoot thead tr ul"
)
_PARAGRAPHS = _tags("blockquote h1 h2 h3 h4 h5 h6 hr ol p pre table ul")
_HIDDEN = _tags("head script style template title")
_HIDE = "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all"


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
        self._breaks = 0  # line breaks owed before the next text
        self._hidden: list[str] = []
        self._preformatted = 0
        self._links: list[tuple[str, int]] = []

    def text(self) -> str:
        return re.sub(r"[ \t]+(?=\n)", "", "".join(self._parts)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag == "body":
            self._hidden.clear()  # a head that was never closed
        self._break(tag)
        values = dict(attrs)
        if tag == "a":
            self._links.append((values.get("href") or "", len(self._parts)))
        elif tag == "img":
            self._add(values.get("alt") or "")
        elif tag in ("td", "th") and not self._at_line_start():
            self._add("\t")
        elif tag == "br":
            self._breaks = min(self._breaks + 1, 2)
        elif tag == "hr":
            self._add("---")
            self._breaks = 2
        elif tag == "li":
            self._add("- ")
        elif tag == "pre":
            self._preformatted += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        self._break(tag)

    def handle_data(self, data: str) -> None:
        self._add(data if self._preformatted else re.sub(r"[ \t\r\n\f]+", " ", data))

    def _end_link(self, address: str, start: int) -> None:
        label = "".join(self._parts[start:]).strip()
        if address.startswith(("http://", "https://", "mailto:")) and address.removeprefix("mailto:") != label:
            owed, self._breaks = (self._breaks, 0) if label else (0, self._breaks)
            self._add(f" ({address})" if label else address)
            self._breaks = owed

    def _add(self, text: str) -> None:
        if not self._preformatted and (self._at_line_start() or self._parts[-1][-1].isspace()):
            text = text.lstrip(" ")
        if text and not self._hidden:
            if self._parts and self._breaks:
                self._parts.append("\n" * self._breaks)
            self._parts.append(text)
            self._breaks = 0

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS and not (self._parts and self._parts[-1] == "- "):
            self._breaks = max(self._breaks, 2 if tag in _PARAGRAPHS else 1)

    def _at_line_start(self) -> bool:
        return bool(self._breaks) or not self._parts
