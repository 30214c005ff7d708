"""The place in a text to repair: looking, skipping white space and comments, and failing."""

from __future__ import annotations

from collections.abc import Callable

from novu_core.errors import NovuError
from novu_core.javascript.jsonrepair.output import Output
from novu_core.javascript.text import quote

MAX_DEPTH = 150
"""Nesting of arrays, objects and the like in a text to repair, and readings of one string again."""

BLANKS = " \n\t\r"
BLANKS_IN_LINE = " \t\r"
_ODD_BLANKS = "\xa0\u180e" + "".join(map(chr, range(0x2000, 0x200C))) + "\u202f\u205f\u3000\ufeff"
DOUBLE_LIKE = frozenset('"\u201c\u201d')
SINGLE_LIKE = frozenset("'\u2018\u2019`\xb4")
QUOTES = DOUBLE_LIKE | SINGLE_LIKE
DELIMITERS = frozenset(",:[]/{}()\n+")
WORD_ENDS = frozenset(",[]/{}\n+")


class JsonRepairError(NovuError):
    """A text that cannot be repaired. ``position`` is where, in UTF-16 units."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} at position {position}")
        self.reason = reason
        self.position = position

    def __reduce__(self) -> tuple[object, ...]:
        return JsonRepairError, (self.reason, self.position)


class Cursor:
    """A text, a position in it, and the output so far. ``check`` is called now and then and may raise to stop."""

    def __init__(self, text: str, check: Callable[[], None]) -> None:
        self.text = text
        self.i = 0
        self.out = Output()
        self.depth = 0
        self.check = check

    def at(self, index: int) -> str:
        """Return the character at an index; an empty string outside of the text."""
        return self.text[index] if 0 <= index < len(self.text) else ""

    @property
    def char(self) -> str:
        """The present character; an empty string at the end."""
        return self.at(self.i)

    def fail(self, reason: str) -> JsonRepairError:
        """Return the error for the present place."""
        return JsonRepairError(reason, self.i)

    def unexpected(self) -> JsonRepairError:
        """Return the error for the present character."""
        return self.fail(f"Unexpected character {quote(self.char) if self.char else 'undefined'}")

    def enter(self) -> None:
        """Go one level deeper. Raises RecursionError beyond ``MAX_DEPTH``."""
        self.depth += 1
        self.check()
        if self.depth > MAX_DEPTH:
            raise RecursionError(f"nested deeper than {MAX_DEPTH} at position {self.i}")

    def take(self, character: str) -> bool:
        """Copy a character if it is the next one."""
        if self.char != character:
            return False
        self.out.add(character)
        self.i += 1
        return True

    def skip(self, character: str) -> bool:
        """Pass a character if it is the next one."""
        found = self.char == character
        self.i += found
        return found

    def white(self, blanks: str = BLANKS) -> bool:
        """Copy white space; odd kinds become spaces. Returns whether there was any."""
        start = self.i
        while self.char and (self.char in blanks or self.char in _ODD_BLANKS):
            self.i += 1
        if self.i > start:
            self.out.add("".join(c if c in blanks else " " for c in self.text[start : self.i]))
        return self.i > start

    def blanks(self, blanks: str = BLANKS) -> None:
        """Copy white space and pass comments, of which the original sees only those that white space parts."""
        self.white(blanks)
        while self._comment() and self.white(blanks):
            pass

    def _comment(self) -> bool:
        if self.text.startswith("/*", self.i):
            end = self.text.find("*/", self.i)
            self.i = end + 2 if end >= 0 else len(self.text) + 2
            return True
        if self.text.startswith("//", self.i):
            end = self.text.find("\n", self.i)
            self.i = end if end >= 0 else len(self.text)
            return True
        return False
