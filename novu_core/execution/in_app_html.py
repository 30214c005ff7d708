"""The HTML of an in-app message, kept from acting on the page that shows it.

The sanitizer stops scripts. A page that sets stored HTML as ``innerHTML`` has more to lose: ``<meta>`` leads it
elsewhere, ``<link>`` and ``<style>`` restyle it, an ``id`` shadows its globals, a position or a class of its own style
sheet covers it with a link, and its scripts obey ``data-*`` and the like. So this is a list of what may stay.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from novu_core.delivery.content import html_fields

if TYPE_CHECKING:
    from novu_core.javascript.html.tree import Attributes, Tag


def contained(output: Any) -> Any:
    """Return an in-app step's ``output`` with only that HTML which stays in its own box; its texts are not touched."""
    for field in html_fields(output) if isinstance(output, dict) else ():
        output = {**output, field: _contained_html(output[field])}
    return output


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ELEMENTS = _words(
    """address article aside footer header h1 h2 h3 h4 h5 h6 hgroup main nav section blockquote dd div dl dt figcaption
    figure hr li menu ol p pre ul a abbr b bdi bdo br cite code data dfn em i kbd mark q rb rp rt rtc ruby s samp small
    span strong sub sup time u var wbr caption col colgroup table tbody td tfoot th thead tr img"""
)
_DROPPED_WITH_CONTENT = _words("style title script textarea option xmp")
_VOID = _words("img br hr col wbr")
_ATTRIBUTES = _words(
    """href src srcset sizes alt title width height loading lang dir cite datetime value start reversed type align
    valign abbr scope headers colspan rowspan span border cellpadding cellspacing bgcolor aria-label aria-hidden role"""
)
_PROPERTIES = _words(
    """color background-color font-family font-size font-style font-variant font-weight text-align text-decoration
    text-decoration-color text-decoration-line text-decoration-style text-transform white-space word-break
    overflow-wrap list-style-type direction"""
)
"""What says how text looks. Not: padding, line-height and the like, with which a link grows over its neighbours."""
_VALUE = re.compile(r"""(?:[\w\s#%.,'"-]|\b(?:rgb|hsl)a?\([\d\s.,%/]*\))*""", re.ASCII | re.IGNORECASE)

_COLOR = r"#[0-9a-f]{3,8}|(?:rgb|hsl)a?\([\d\s.,%/]*\)"
_NARROWER = {
    "font-size": r"(?:xx?-)?(?:small|large)|smaller|medium|\d\d?(?:\.\d+)?(?:px|pt)|[0-2](?:\.\d+)?r?em|[12]?\d\d?%",
    "list-style-type": "[a-z-]+",
    "text-decoration": rf"(?:[a-z-]+|{_COLOR}|\s)+",
}
"""Values of some: letters, lines and markers may not be so large that they lie over the page."""


def _contained_html(html: str) -> str:
    from novu_core.javascript.html.tokens import parse_html  # its tables load only when used

    box = _Box()
    parse_html(str.__str__(html), box)  # the methods of a subclass, such as Markup, escape what they are given
    return "".join(box.written)


class _Box:
    """Writes what may stay among the events of ``parse_html``."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._dropped_depth = 0

    def start_tag(self, tag: Tag) -> None:
        name = tag.name
        if self._dropped_depth:
            self._dropped_depth += 1
        elif name in _ELEMENTS:
            kept = [f' {key}="{escape(value)}"' for key, value in _attributes(name, tag.attributes)]
            self.written.append(f"<{name}{''.join(kept)}>")
        elif name in _DROPPED_WITH_CONTENT:
            self._dropped_depth = 1

    def end_tag(self, name: str) -> None:
        if self._dropped_depth:
            self._dropped_depth -= 1
        elif name in _ELEMENTS and name not in _VOID:
            self.written.append(f"</{name}>")

    def text(self, data: str) -> None:
        if not self._dropped_depth:
            self.written.append(escape(data, quote=False))

    plain_text = raw_text = text


def _attributes(tag: str, given: Attributes) -> list[tuple[str, str]]:
    kept = []
    for name, value in given:
        if name == "style":
            value = _style(value)
            if not value:
                continue
        elif name == "target":
            if (tag, value) != ("a", "_blank"):  # another name may be a window of the page's own
                continue
        elif name not in _ATTRIBUTES:
            continue
        kept.append((name, value))
    return kept


def _style(style: str) -> str:
    """Return the declarations that change only how the element's text looks."""
    kept = []
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        bare = value.removesuffix("!important").rstrip()
        if name in _PROPERTIES and bare and _VALUE.fullmatch(bare) and _fits(name, bare):
            kept.append(f"{name}: {value}")
    return "; ".join(kept)


def _fits(name: str, value: str) -> bool:
    return name not in _NARROWER or re.fullmatch(_NARROWER[name], value, re.ASCII | re.IGNORECASE) is not None
