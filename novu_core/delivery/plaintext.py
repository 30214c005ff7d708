"""HTML as plain text: for the text part of an e-mail and for the console."""

from __future__ import annotations

import re
from html import escape

from novu_core.javascript.html.tokens import parse_html
from novu_core.javascript.html.tree import Tag


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_BLOCKS = _tags(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header "
    "hr html li main nav ol p pre section table tbody tfoot thead tr ul"
)
_PARAGRAPHS = _tags("blockquote h1 h2 h3 h4 h5 h6 hr ol p pre table ul")
_HIDDEN = _tags("head script style template title")
_BLANKS = re.compile("[ \t\r\n\f]+")
_HIDE = "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all"


def html_to_text(html: str) -> str:
    """Return what a reader sees of ``html``: links with their address, list items with a dash, images by ``alt``.

    Takes linear time, never raises.
    """
    renderer = _Renderer()
    parse_html(str.__str__(html), renderer)  # the methods of a subclass, such as Markup, escape what they are given
    return renderer.shown()


def with_preheader(html: str, preheader: str) -> str:
    """Return ``html`` with a hidden preview line in front of everything that is shown."""
    hidden = f'<span style="{_HIDE}">{escape(preheader)}</span>'
    for opening in (r"<body\b[^<>]*>", r"</head\s*>", r"<html\b[^<>]*>", r"<!doctype[^<>]*>"):
        found = re.search(opening, html, re.IGNORECASE)
        if found:
            return html[: found.end()] + hidden + html[found.end() :]
    return hidden + html


class _Renderer:
    """Writes what is shown of the events of ``parse_html``, in which each element has an end."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0  # line breaks owed before the next text
        self._hidden_depth = 0
        self._preformatted = 0
        self._link: tuple[str, int] | None = None

    def shown(self) -> str:
        """Return the text, without blanks before line breaks and around it."""
        lines = "".join(self._parts).split("\n")
        return "\n".join([line.rstrip(" \t") for line in lines]).strip()

    def start_tag(self, tag: Tag) -> None:
        name, attributes = tag.name, tag.attributes
        if name == "body":
            self._hidden_depth = 0  # a head that was never closed
        elif self._hidden_depth or name in _HIDDEN:
            self._hidden_depth += 1
        if self._hidden_depth:
            return
        self._break(name)
        if name == "a":
            self._end_link()  # links hold no links
            self._link = dict(attributes).get("href", ""), len(self._parts)
        elif name == "img":
            self._add(dict(attributes).get("alt", ""))
        elif name in ("td", "th") and not self._at_line_start():
            self._add("\t")
        elif name == "br":
            self._breaks = min(self._breaks + 1, 2)
        elif name == "hr":
            self._add("---")
            self._breaks = 2
        elif name == "li":
            self._add("- ")
        elif name == "pre":
            self._preformatted += 1

    def end_tag(self, name: str) -> None:
        if self._hidden_depth:
            self._hidden_depth -= 1
            return
        if name == "a":
            self._end_link()
        elif name == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        self._break(name)

    def text(self, data: str) -> None:
        self._add(data if self._preformatted else _BLANKS.sub(" ", data))

    plain_text = raw_text = text

    def _end_link(self) -> None:
        if self._link is None:
            return
        address, start = self._link
        self._link = None
        label = "".join(self._parts[start:]).strip()
        if address.startswith(("http://", "https://", "mailto:")) and address.removeprefix("mailto:") != label:
            owed, self._breaks = (self._breaks, 0) if label else (0, self._breaks)
            self._add(f" ({address})" if label else address)
            self._breaks = owed

    def _add(self, text: str) -> None:
        if not self._preformatted and (self._at_line_start() or self._parts[-1][-1].isspace()):
            text = text.lstrip(" ")
        if text and not self._hidden_depth:
            if self._parts and self._breaks:
                self._parts.append("\n" * self._breaks)
            self._parts.append(text)
            self._breaks = 0

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS and not (self._parts and self._parts[-1] == "- "):
            self._breaks = max(self._breaks, 2 if tag in _PARAGRAPHS else 1)

    def _at_line_start(self) -> bool:
        return bool(self._breaks) or not self._parts
