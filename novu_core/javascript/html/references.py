"""Decode HTML character references: ``&amp;``, ``&copy`` without its semicolon, ``&#8212;``, ``&#x2014;``."""

from __future__ import annotations

import re
from html.entities import html5


def decode_text(text: str) -> str:
    """Decode the references in text; unknown names are left as they are."""
    return _REFERENCE.sub(_decoded, text) if "&" in text else text


def decode_title(text: str) -> str:
    """As in other text, but ignore, as the peer does, an ``&`` after the first part of ``</title``."""
    return _TITLE_REFERENCE.sub(_decoded, text)


def decode_attribute(value: str) -> str:
    """As in text, but without its semicolon a name must stand alone: ``?a=1&copy=2`` has no copyright sign."""
    return _REFERENCE.sub(_decoded_in_attribute, value) if "&" in value else value


_REFERENCE_PATTERN = r"&(?:#(?:[xX](?P<hex>[0-9a-fA-F]+)|(?P<decimal>[0-9]+))|(?P<name>[a-zA-Z][a-zA-Z0-9]*));?"
_REFERENCE = re.compile(_REFERENCE_PATTERN)
_TITLE_REFERENCE = re.compile(
    f"(?P<overlooked><(?:/(?:t(?:i(?:tl?)?)?)?)?&)|{_REFERENCE_PATTERN}", re.ASCII | re.IGNORECASE
)
_LONGEST_BARE_NAME = max(len(name) for name in html5 if name[-1] != ";")
_REPLACED_CODES = {0: "\ufffd"} | {
    code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


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
