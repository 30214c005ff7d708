"""Make the HTML of e-mails and in-app messages harmless, to the byte as Novu's bridge does (PROTOCOL section 8).

The rules are sanitize-html 2.17.5's with the options of @novu/framework 2.13.2: an allow list of elements, every
attribute but ``on*`` (images have a list of their own), and an allow list of URL schemes.

Differences, all deliberate:

- Safety. The peer lets a script through in two ways: with ``<style/>`` and ``&lt;/style&gt;`` in the text behind it,
  and with ``<title/><style></title>``, since browsers ignore the slash and take other text for raw than the peer. Here
  text behind ``<style/>`` is escaped, as is a style in a title, and so is a ``</style/`` that nothing ends. A
  ``<meta>`` refresh to a ``javascript:``, ``vbscript:`` or ``data:`` URL loses its ``content``.
- In attributes, ``&notin`` and ``&lti`` without a semicolon stay as they are (as the HTML standard has it); the peer
  decodes the part that is a name. U+001C and U+000F never stand for the ``<`` and ``/`` of an end tag.
- :func:`sanitize_output` takes ``None`` in lists, and lists in lists.

Like the peer's, a result may change when it is sanitized again if a dropped element hid an implied end:
``<p><font><div>`` gives ``<p><div>``, and that ``<p></p><div>``. So it is with ``<style/>`` and ``<title/>``, which
hold raw text the second time, and a ``<style>`` that nothing ends. It is harmless each time.
"""

from __future__ import annotations

import re
from typing import Any

from novu_core.javascript.html.tokens import parse_html
from novu_core.javascript.html.tree import Attributes, Tag
from novu_core.javascript.numbers import js_number
from novu_core.javascript.text import JS_SPACE, own_keys


def sanitize_output(value: Any) -> Any:
    """Sanitize every string in a step's output, however deep in dicts, lists and tuples (which become lists).

    Keys, and values that are not strings, are kept. Returns a new value; the argument is not changed.
    """
    if isinstance(value, str):
        return sanitize_html(value)
    if isinstance(value, dict):
        return {key: sanitize_output(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [sanitize_output(item) for item in value]
    return value


def sanitize_html(text: str, *, inline_images: bool = False) -> str:
    """Return ``text`` with only harmless HTML left; never raises, takes linear time.

    Plain text counts as HTML too: ``Tom & Jerry`` becomes ``Tom &amp; Jerry``, as the peer has it. ``inline_images``:
    images may be parts of the same mail (``cid:``), which the peer drops.
    """
    if not _MARKUP.search(text):
        return text
    # A plain str: the methods of a subclass, markupsafe's Markup for one, escape what they are given.
    text = str.__str__(text)
    repaired = _SLASHED_END_TAG.sub(_repair, text) if "</" in text else text
    doctype = _DOCTYPE.match(repaired)
    cleaner = _Cleaner(inline_images)
    parse_html(repaired, cleaner)
    return (doctype[0] if doctype else "") + "".join(cleaner.written)


_MARKUP = re.compile("[<>&]")
_DOCTYPE = re.compile("<!DOCTYPE [^>\n\r\u2028\u2029]*>")
_SLASHED_END_TAG = re.compile(f"</([a-zA-Z][a-zA-Z0-9]*)[{JS_SPACE}]*/[^>]*(>?)")


def _repair(tag: re.Match[str]) -> str:
    return f"</{tag[1]}>" if tag[2] else tag[0]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALLOWED = _words(
    """address article aside footer header h1 h2 h3 h4 h5 h6 hgroup main nav section blockquote dd div dl dt figcaption
    figure hr li menu ol p pre ul a abbr b bdi bdo br cite code data dfn em i kbd mark q rb rp rt rtc ruby s samp small
    span strong sub sup time u var wbr caption col colgroup table tbody td tfoot th thead tr
    style img html head body link meta title"""
)
_DROPPED_WITH_CONTENT = _words("script textarea option xmp")
_WRITTEN_WITH_SLASH = _words("img br hr link meta")
_END_TAGS = {name: "" if name in _WRITTEN_WITH_SLASH else f"</{name}>" for name in _ALLOWED}
_IMAGE_ATTRIBUTES = _words(
    "src alt width height loading srcset sizes crossorigin usemap ismap class id style title dir lang"
)
_URL_ATTRIBUTES = _words(
    """href src cite action formaction data xlink:href poster background ping longdesc usemap codebase classid archive
    profile manifest itemid dynsrc lowsrc"""
)
_NEVER_EMPTY = _words(
    """abbr accept accept-charset accesskey action allow as autocapitalize autocomplete blocking charset cite class
    color cols colspan content contenteditable coords crossorigin data datetime decoding dir dirname download
    draggable enctype enterkeyhint fetchpriority for form formaction formenctype formmethod formtarget headers
    height hidden high href hreflang http-equiv id imagesizes imagesrcset inputmode integrity is itemid itemprop
    itemref itemtype kind label lang list loading low max maxlength media method min minlength name nonce optimum
    pattern ping placeholder popover popovertarget popovertargetaction poster preload referrerpolicy rel rows
    rowspan sandbox scope shape size sizes slot span spellcheck src srcdoc srclang srcset start step style tabindex
    target title translate type usemap value width wrap"""
)
_PLAIN = _NEVER_EMPTY - _URL_ATTRIBUTES - {"srcset", "imagesrcset"}
_SCHEMES = ("http", "https", "ftp", "mailto", "tel")


class _Cleaner:
    """Writes what is allowed among the events of :func:`parse_html`."""

    def __init__(self, inline_images: bool) -> None:
        self.written: list[str] = []
        self.plain_text = self._write = self.written.append
        self._inline_images = inline_images
        self._way = int(inline_images)
        self._dropped_depth = 0
        self._dropped_from = 0
        self._title_depth = 0
        self._in_style = False

    def start_tag(self, tag: Tag) -> None:
        written = tag.written[self._way]
        if written is not None and not self._dropped_depth:
            self._write(written)
        else:
            self._start(tag)

    def _start(self, tag: Tag) -> None:
        name = tag.name
        self._in_style = name == "style"
        if self._dropped_depth:
            self._dropped_depth += 1
        elif name in _ALLOWED:
            written = _start_tag(name, tag.attributes, self._inline_images)
            tag.written[self._way] = written
            self._write(written)
            self._title_depth += name == "title"
        elif name in _DROPPED_WITH_CONTENT:
            self._dropped_depth, self._dropped_from = 1, len(self.written)

    def end_tag(self, name: str) -> None:
        if self._dropped_depth:
            self._dropped_depth -= 1
            if not self._dropped_depth:
                del self.written[self._dropped_from :]
        elif name in _END_TAGS:
            self._write(_END_TAGS[name])
            self._title_depth -= name == "title"

    def text(self, data: str) -> None:
        self._write(_escape(data))

    def raw_text(self, data: str) -> None:
        if self._in_style and not self._title_depth:
            self._write(_STYLE_END.sub(r"<\\/", data))
        else:
            self.text(data)


_STYLE_END = re.compile("</(?=style[/ \t\n\f\r>])", re.ASCII | re.IGNORECASE)


def _start_tag(name: str, attributes: Attributes, inline_images: bool) -> str:
    end = " />" if name in _WRITTEN_WITH_SLASH else ">"
    values = dict(attributes)
    if name == "meta" and values.get("http-equiv", "").strip().lower() == "refresh":
        values = {key: value for key, value in values.items() if key != "content" or _is_good_refresh(value)}
    ordered = own_keys(values) if values and min(values) < ":" else values
    return f"<{name}{''.join([_attribute(name, key, values[key], inline_images) for key in ordered])}{end}"


def _attribute(tag: str, name: str, value: str, inline_images: bool) -> str:
    """Write one attribute with a space before it, or nothing if it is not allowed."""
    if tag == "img" and name not in _IMAGE_ATTRIBUTES:
        return ""
    if name not in _PLAIN:
        if name[:2] == "on" or name[0] == "=" or "<" in name or "\0" in name:
            return ""
        if name in ("srcset", "imagesrcset"):
            value = _sanitize_srcset(value)
        elif name in _URL_ATTRIBUTES and _has_bad_scheme(value):
            return _inline_image(tag, name, value) if inline_images else ""
    if value:
        return f' {name}="{_escape(value).replace(_QUOTE, "&quot;")}"'
    return ' alt=""' if name == "alt" else "" if name in _NEVER_EMPTY else f" {name}"


def _inline_image(tag: str, name: str, value: str) -> str:
    return f' src="{_escape(value)}"' if (tag, name) == ("img", "src") and _INLINE_IMAGE.fullmatch(value) else ""


_QUOTE = '"'
_INLINE_IMAGE = re.compile(r"cid:[^\s<>\"]+", re.IGNORECASE)
_CONTROL_OR_SPACE = re.compile("[\0-\x20]+")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9.+-]*):")
_DANGEROUS_REFRESH = re.compile(r"[0-9.;,]*(?:url=)?['\"]?(?:javascript|vbscript|data):", re.IGNORECASE)


def _has_bad_scheme(url: str) -> bool:
    if url.startswith(("https://", "http://")):
        return False
    scheme = _SCHEME.match(_clean_url(url))
    return scheme is not None and scheme[1].lower() not in _SCHEMES


def _is_good_refresh(content: str) -> bool:
    return not _DANGEROUS_REFRESH.match(_clean_url(content))


def _clean_url(url: str) -> str:
    """Remove control characters, blanks and comments, which browsers were known to ignore in a scheme."""
    url = _CONTROL_OR_SPACE.sub("", url)
    if "<!--" not in url:
        return url
    # Character by character: what stands around a removed comment may form the next, which is removed too.
    kept: list[str] = []
    position = 0
    while position < len(url):
        kept.append(url[position])
        position += 1
        if kept[-4:] == ["<", "!", "-", "-"]:
            end = url.find("-->", position)
            if end < 0:
                break
            del kept[-4:]
            position = end + 3
    return "".join(kept) + url[position:]


_SRCSET_URL = re.compile("[, \t\n\r\f]*([^ \t\n\r\f]*)")
_DESCRIPTOR = re.compile(r"[ \t\n\r\f]*((?:\([^)]*(?:\)|\Z)|[^ \t\n\r\f,(])+)")
_DESCRIPTORS_END = re.compile("[ \t\n\r\f]*,?")
_NUMBER = re.compile(r"(?P<w>[0-9]+)w|(?P<h>[0-9]+)h|(?P<d>-?(?:[0-9]+|[0-9]*\.[0-9]+)(?:[eE][+-]?[0-9]+)?)x")

# The units that may not appear beside each.
_EXCLUDED = {"w": "wd", "h": "hd", "d": "whd"}


def _sanitize_srcset(value: str) -> str:
    """Keep the well-formed candidates with a good URL, written anew (``1.50x`` is ``1.5x``)."""
    candidates: list[str] = []
    position = 0
    while True:
        found = _SRCSET_URL.match(value, position)
        assert found
        url, position = found[1], found.end()
        if not url:
            return ", ".join(candidates)
        descriptors: list[str] = []
        if not url.endswith(","):
            while descriptor := _DESCRIPTOR.match(value, position):
                descriptors.append(descriptor[1])
                position = descriptor.end()
            ending = _DESCRIPTORS_END.match(value, position)
            assert ending
            position = ending.end()
        size = _size(descriptors)
        url = url.rstrip(",")
        if size is not None and not _has_bad_scheme(url):
            candidates.append(url + size)


def _size(descriptors: list[str]) -> str | None:
    """Return width, height and density as written in a srcset, None if descriptors are wrong or exclude each other."""
    sizes: dict[str, float] = {}
    for descriptor in descriptors:
        number = _NUMBER.fullmatch(descriptor)
        kind = number.lastgroup if number else None
        if not number or not kind or any(sizes.get(other) for other in _EXCLUDED[kind]):
            return None
        sizes[kind] = float(number[kind])
        if sizes[kind] < 0 or (kind != "d" and not sizes[kind]):
            return None
    return "".join(
        f" {js_number(sizes[kind])}{unit}" for kind, unit in (("w", "w"), ("h", "h"), ("d", "x")) if sizes.get(kind)
    )


def _escape(text: str) -> str:
    if "&" not in text and "<" not in text and ">" not in text:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
