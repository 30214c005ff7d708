"""Reads a string of a text to repair, and decides where it ends even if its quotes are wrong."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from novu_core.javascript.jsonrepair.cursor import (
    BLANKS,
    BLANKS_IN_LINE,
    DELIMITERS,
    DOUBLE_LIKE,
    QUOTES,
    SINGLE_LIKE,
    WORD_ENDS,
    Cursor,
)
from novu_core.javascript.jsonrepair.output import insert_before_blanks

URL_START = re.compile(r"(?:https?|ftp|mailto|file|data|irc)://")
URL = re.compile(r"[A-Za-z0-9\-._~:/?#@!$&'()*+;=]*")

_PLAIN = re.compile(r"[^\x00-\x1f\"'`\xb4\u2018\u2019\u201c\u201d\\&,\[\]/{}+]+")
_CONTROLS = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNICODE_ESCAPE = re.compile(r"\\u[0-9A-Fa-f]{4}")
_CUT_ESCAPE = re.compile(r"\\u[0-9A-Fa-f]{0,3}\Z")
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_NAMED = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">", "&apos;": "'"}
_NUMERIC = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+))[^;]*;", re.ASCII)
_ENTITY_LENGTH = 12


class _Ending(NamedTuple):
    """How a string may end: by a quote of these, or by the entity of this character; or earlier, by force."""

    quotes: Container[str]
    entity: str
    at_delimiter: bool
    at_index: int


class StringReader(Cursor):
    """A cursor that reads strings.

    First a string is read to its end quote. Where what follows shows that this was not its end, it is read again, up to
    the first delimiter or to an index that the first reading found.
    """

    def string(self, at_delimiter: bool = False, at_index: int = -1) -> bool:
        """Read a string if one begins here."""
        escaped = self.skip("\\")
        if escaped and self.char not in QUOTES:
            raise self.unexpected()
        entity, length = self._entity() if self.char == "&" else ("", 0)
        if entity not in ('"', "'"):
            entity, length = "", 1
        if not (entity or self.char in QUOTES):
            return False
        self.enter()
        start, mark = self.i, self.out.mark()
        ending = _Ending(_end_quotes(self.char), entity, at_delimiter, at_index)
        self.i += length
        again = self._body(start, ending, escaped)
        if again:
            self.i = start
            self.out.cut(mark)
            self.string(*again)
        self.depth -= 1
        return True

    def _body(self, start: int, ending: _Ending, escaped: bool) -> tuple[bool, int] | None:
        """Read up to the end; or return how to read the string again."""
        pieces = ['"']
        while True:
            at_end = self.i >= len(self.text)
            if at_end and not ending.at_delimiter:
                last = self.at(self._before(self.i - 1))
                if not last or last in DELIMITERS:  # there is none after a backslash at the very end
                    return True, -1
            if at_end or self.i == ending.at_index:
                self.out.add(insert_before_blanks("".join(pieces), '"'))
                return None
            if self._is_end(ending):
                self.check()
                again = self._end_quote(pieces, ending)
                if again is not _NOT_THE_END:
                    return again
            elif ending.at_delimiter and self.char in WORD_ENDS:
                self._cut_at_delimiter(start, pieces)
                return None
            else:
                self._content(pieces, ending, bulk=not escaped)
            if escaped:
                self.skip("\\")

    def _is_end(self, ending: _Ending) -> bool:
        if ending.entity and self.char == "&":
            entity, length = self._entity()
            if length:
                return entity == ending.entity
        return self.char in ending.quotes

    def _end_quote(self, pieces: list[str], ending: _Ending) -> tuple[bool, int] | None:
        """Check what is around an end quote. Returns ``_NOT_THE_END`` after making it part of the string."""
        quote_index = self.i
        after = quote_index + ((self._entity()[1] or 1) if ending.entity else 1)
        self.i = after
        text = "".join(pieces) + '"'
        mark = self.out.mark()
        self.out.add(text)
        self.blanks(BLANKS_IN_LINE)
        if self._ends_here(text, ending):
            self._concatenation()
            return None
        if self.char == "\\":
            raise self.unexpected()
        previous = self._before(quote_index - 1)
        if self.at(previous) == ",":
            return False, previous
        if self.at(previous) in DELIMITERS:
            return True, -1
        self.out.cut(mark)
        self.i = after
        pieces.append('\\"')
        return _NOT_THE_END

    def _ends_here(self, text: str, ending: _Ending) -> bool:
        char = self.char
        if ending.at_delimiter or not char or char in "0123456789":
            return True
        if char in DELIMITERS:
            opening = _BRACKETS.get(char)
            return opening is None or text.count(opening) <= text.count(char)
        return char in QUOTES and not self._is_last_quote(self.i)

    def _is_last_quote(self, index: int) -> bool:
        index += 1
        while self.at(index) and self.at(index) in BLANKS:
            index += 1
        return index >= len(self.text) or self.at(index) in DELIMITERS

    def _before(self, index: int) -> int:
        while index > 0 and self.at(index) and self.at(index) in BLANKS:
            index -= 1
        return index

    def _cut_at_delimiter(self, start: int, pieces: list[str]) -> None:
        if self.at(self.i - 1) == ":" and URL_START.fullmatch(self.text, start + 1, min(self.i + 2, len(self.text))):
            match = URL.match(self.text, self.i)
            if match:
                pieces.append(match[0])
                self.i = match.end()
        self.out.add(insert_before_blanks("".join(pieces), '"'))
        self._concatenation()

    def _content(self, pieces: list[str], ending: _Ending, *, bulk: bool) -> None:
        plain = _PLAIN.match(self.text, self.i) if bulk and ending.at_index < 0 else None
        if plain:
            pieces.append(plain[0])
            self.i = plain.end()
            return
        char = self.char
        entity, length = self._entity() if ending.entity and char == "&" else ("", 0)
        if length:
            pieces.append('\\"' if entity == '"' else _CONTROLS.get(entity, entity))
            self.i += length
        elif char == "\\":
            self._escape(pieces)
        else:
            if char == '"' and self.at(self.i - 1) != "\\":
                char = '\\"'
            elif char in _CONTROLS:
                char = _CONTROLS[char]
            elif char < " ":
                raise self.fail(f"Invalid character {char!r}")
            pieces.append(char)
            self.i += 1

    def _escape(self, pieces: list[str]) -> None:
        following = self.at(self.i + 1)
        if following == "u":
            self._unicode_escape(pieces)
            return
        if following and following in '"\\/bfnrt':
            pieces.append("\\" + following)
        else:
            # The backslash in front of any other character is dropped.
            pieces.append("\\n" if following == "\n" else following)
        self.i += 2

    def _unicode_escape(self, pieces: list[str]) -> None:
        match = _UNICODE_ESCAPE.match(self.text, self.i)
        if match:
            pieces.append(match[0])
            self.i = match.end()
        elif _CUT_ESCAPE.match(self.text, self.i):
            self.i = len(self.text)
        else:
            raise self.fail(f'Invalid unicode character "{self.text[self.i : self.i + 6]}"')

    def _concatenation(self) -> None:
        """Join ``"a" + "b"``."""
        self.blanks()
        while self.char == "+":
            self.i += 1
            self.blanks()
            self.out.strip_last('"', with_rest=True)
            mark = self.out.mark()
            if self.string():
                self.out.drop_first_character(mark)
            else:
                self.out.insert_before_blanks('"')

    def _entity(self) -> tuple[str, int]:
        """Return the character and length of the HTML entity that begins here; length 0 if none does."""
        fragment = self.text[self.i : self.i + _ENTITY_LENGTH]
        entity = fragment[: fragment.find(";") + 1]
        if entity in _NAMED:
            return _NAMED[entity], len(entity)
        match = _NUMERIC.fullmatch(entity)
        if not match:
            return "", 0
        code = int(match[1], 16) if match[1] else int(match[2])
        return (chr(code), len(entity)) if code <= 0x10FFFF else ("", 0)


_NOT_THE_END = (False, -2)


def _end_quotes(opening: str) -> Container[str]:
    """Return what may close a string: the same plain quote, or any quote like an unusual one."""
    if opening in ('"', "'"):
        return (opening,)
    return SINGLE_LIKE if opening in SINGLE_LIKE else DOUBLE_LIKE
