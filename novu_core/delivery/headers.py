"""Header values of an e-mail, written and folded here: nothing that is given is ever read as an encoded word.

``email`` decodes RFC 2047 syntax in what it is assigned, which lets a stranger's text forge headers; its folding also
writes empty encoded words and doubles blanks. These values go past it, with ``set_raw``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from string import ascii_letters, digits

from novu_core.delivery.addresses import Address

_LINE = 76
"""What RFC 2047, section 2 allows a line with an encoded word. RFC 5322 asks for 78."""
_LONGEST_WORD = 900
_PHRASE = re.compile(r"[\w!#$%&'*+\-/=?^`{|}~]+( [\w!#$%&'*+\-/=?^`{|}~]+)*", re.ASCII)
_LITERAL = {" ": "_", **{char: char for char in f"{ascii_letters}{digits}!*+-/"}}
"""What needs no escape in an encoded word, in a name too (RFC 2047, section 5)."""
_ENCODED_WORD = re.compile(r"=\?[^?]*\?[bq]\?.*?\?=", re.IGNORECASE)
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def clean(value: object) -> str:
    """Return ``value`` as text that can be sent: JSON may hold lone surrogates and NUL, mail may not."""
    text = "" if value is None else str(value)
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def one_line(value: object) -> str:
    """Return ``value`` as one line of text: line breaks and other control characters are blanks."""
    return _BREAKS.sub(" ", clean(value)).strip(" ")


def text_header(name: str, line: str, literal: bool | None = None) -> str:
    """Return the value of the header ``name`` that reads as ``line``, which :func:`one_line` gave, folded.

    ``literal``: whether it may stand as it is; None: :func:`_is_literal` decides.
    """
    column = len(name) + 2
    words = re.findall(" *[^ ]+", line)
    if not (_is_literal(line) if literal is None else literal) or any(len(word) > _LONGEST_WORD for word in words):
        return _encoded(line, column)
    pieces: list[str] = []
    for word in words:
        if pieces and column + len(word) > _LINE:
            pieces.append("\r\n")
            column = 0
        pieces.append(word)
        column += len(word)
    return "".join(pieces)


def custom_header(name: str, line: str) -> str:
    """Return the value of a user's header, as :func:`text_header` does; URLs and ids in it stay as they are.

    They may hold ``=?``: only what a reader would take for a whole encoded word is encoded itself.
    """
    return text_header(name, line, literal=line.isascii() and not _ENCODED_WORD.search(line))


def addresses_header(name: str, addresses: Iterable[Address]) -> str:
    """Return the value of the header ``name`` that holds each of ``addresses``, one a line."""
    return ",\r\n ".join(address_header(name, address) for address in addresses)


def address_header(name: str, address: Address) -> str:
    """Return the value of the header ``name`` that holds ``address``, folded."""
    shown = one_line(address.display_name)
    if not shown:
        return address.addr_spec
    column = len(name) + 2
    if not _is_literal(shown) or len(shown) > _LINE - column:
        phrase = _encoded(shown, column)
    elif _PHRASE.fullmatch(shown):
        phrase = shown
    else:
        phrase = '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'
    value = f"{phrase} <{address.addr_spec}>"
    return value if column + len(value) <= _LINE else f"{phrase}\r\n <{address.addr_spec}>"


def _is_literal(line: str) -> bool:
    """Whether a reader that looks for encoded words everywhere shows ``line`` as it is."""
    return line.isascii() and "=?" not in line


def _encoded(line: str, column: int) -> str:
    """``line`` in encoded words, one for each line of the header: Q while most of it stays readable, else B."""
    octets = [len(char.encode()) for char in line]
    quoted = [1 if char in _LITERAL else 3 * size for char, size in zip(line, octets, strict=True)]
    use_q = sum(quoted) <= 2 * sum(octets)
    pieces: list[str] = []
    start = used = 0
    for end, cost in enumerate(quoted if use_q else octets):
        room = _LINE - (1 if pieces else column) - len("=?utf-8?q??=")
        if used + cost > (room if use_q else room // 4 * 3):
            pieces.append(line[start:end])
            start, used = end, 0
        used += cost
    pieces.append(line[start:])
    return "\r\n ".join(
        f"=?utf-8?q?{_quoted(piece)}?=" if use_q else f"=?utf-8?b?{_base64(piece)}?=" for piece in pieces
    )


def _quoted(text: str) -> str:
    return "".join(_LITERAL.get(char) or "".join(f"={octet:02X}" for octet in char.encode()) for char in text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
