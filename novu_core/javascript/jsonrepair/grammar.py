"""The grammar of a text to repair: values, objects, arrays, numbers, words."""

from __future__ import annotations

import re
from collections.abc import Callable

from novu_core.javascript.jsonrepair.cursor import BLANKS, DELIMITERS, QUOTES, WORD_ENDS, JsonRepairError
from novu_core.javascript.jsonrepair.strings import URL, URL_START, StringReader
from novu_core.javascript.text import quote

_NAME = re.compile(r"[A-Za-z_$][A-Za-z_$0-9]*")
_NUMBER = re.compile(r"-?[0-9]*(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?")
_KEYWORDS = {"true": "true", "false": "false", "null": "null", "True": "true", "False": "false", "None": "null"}


def jsonrepair(text: str, check: Callable[[], None] = lambda: None) -> str:
    """Return JSON for a text (given as UTF-16 units, see ``utf16_units``). Raises JsonRepairError, and
    RecursionError where it is nested too deep or, as the original in some cases, would loop forever.

    ``check`` is called now and then, and may raise to stop.
    """
    return _Repair(text, check).document()


class _Repair(StringReader):
    def document(self) -> str:
        self.code_fence(("```", "[```", "{```"))
        if not self.value():
            raise JsonRepairError("Unexpected end of json string", len(self.text))
        self.code_fence(("```", "```]", "```}"))
        comma = self.take(",")
        if comma:
            self.blanks()
        if _starts_value(self.char) and re.search(r"[,\n][ \t\r]*\Z", self.out.text()):
            if not comma:
                self.out.insert_before_blanks(",")
            self.lines()
        elif comma:
            self.out.strip_last(",")
        while self.char in ("}", "]"):
            self.i += 1
            self.blanks()
        if self.i < len(self.text):
            raise self.unexpected()
        return self.out.text()

    def value(self) -> bool:
        self.enter()
        self.blanks()
        found = (
            self.object()
            or self.array()
            or self.string()
            or self.number()
            or self.keyword()
            or self.word(is_key=False)
            or self.regex()
        )
        self.blanks()
        self.depth -= 1
        return found

    def code_fence(self, fences: tuple[str, ...]) -> None:
        self.white()
        for fence in fences:
            if self.text.startswith(fence, self.i):
                self.i += len(fence)
                language = _NAME.match(self.text, self.i)
                if language:
                    self.i = language.end()
                self.blanks()
                return

    def ellipsis(self) -> None:
        self.blanks()
        if self.text.startswith("...", self.i):
            self.i += 3
            self.blanks()
            self.skip(",")

    def object(self) -> bool:
        if not self.take("{"):
            return False
        self.blanks()
        if self.skip(","):
            self.blanks()
        initial = True
        while self.i < len(self.text) and self.char != "}":
            if not initial:
                if not self.take(","):
                    self.out.insert_before_blanks(",")
                self.blanks()
            self.ellipsis()
            if not self.member(initial):
                break
            initial = False
        if not self.take("}"):
            self.out.insert_before_blanks("}")
        return True

    def member(self, initial: bool) -> bool:
        if not (self.string() or self.word(is_key=True)):
            if self.char not in ("}", "{", "]", "[", ""):
                raise self.fail("Object key expected")
            if not initial:
                self.out.strip_last(",")
            return False
        self.blanks()
        colon = self.take(":")
        truncated = self.i >= len(self.text)
        if not colon:
            if not (_starts_value(self.char) or truncated):
                raise self.fail("Colon expected")
            self.out.insert_before_blanks(":")
        if not self.value():
            if not (colon or truncated):
                raise self.fail("Colon expected")
            self.out.add("null")
        return True

    def array(self) -> bool:
        if not self.take("["):
            return False
        self.blanks()
        if self.skip(","):
            self.blanks()
        initial = True
        while self.i < len(self.text) and self.char != "]":
            if not initial and not self.take(","):
                self.out.insert_before_blanks(",")
            self.ellipsis()
            if not self.value():
                if not initial:
                    self.out.strip_last(",")
                break
            initial = False
        if not self.take("]"):
            self.out.insert_before_blanks("]")
        return True

    def lines(self) -> None:
        """Read the further values of newline delimited JSON, and make one array of all."""
        more = self.value()
        while more:
            if not self.take(","):
                self.out.insert_before_blanks(",")
            more = self.value()
        self.out.strip_last(",")
        text = self.out.text()
        self.out.cut(0)
        self.out.add(f"[\n{text}\n]")

    def number(self) -> bool:
        start = self.i
        match = _NUMBER.match(self.text, start)
        if not match or not match[0] or match[0][0] in "eE":
            return False
        self.i = match.end()
        if not self._number_ends():
            self.i = start
            return False
        self.out.add(_repaired_number(match[0]))
        return True

    def _number_ends(self) -> bool:
        return self.i >= len(self.text) or self.char in DELIMITERS or self.char in BLANKS

    def keyword(self) -> bool:
        match = _NAME.match(self.text, self.i)
        if not match or match[0] not in _KEYWORDS:
            return False
        self.out.add(_KEYWORDS[match[0]])
        self.i = match.end()
        return True

    def word(self, *, is_key: bool) -> bool:
        start = self.i
        name = _NAME.match(self.text, start)
        if name and self._call(name.end()):
            return True
        self.i = name.end() if name else start
        ends = WORD_ENDS | QUOTES | {":"} if is_key else WORD_ENDS | QUOTES
        while self.char and self.char not in ends:
            self.i += 1
        if self.at(self.i - 1) == ":" and URL_START.fullmatch(self.text, start, min(self.i + 2, len(self.text))):
            self.i = self._url_end(self.i)
        if self.i <= start:
            return False
        while self.i > 0 and self.at(self.i - 1) in BLANKS:
            self.i -= 1
        symbol = self.text[start : max(start, self.i)]
        self.out.add("null" if symbol == "undefined" else quote(symbol))
        self.skip('"')
        return True

    def _url_end(self, start: int) -> int:
        match = URL.match(self.text, start)
        return match.end() if match else start

    def _call(self, name_end: int) -> bool:
        """Repair a function call like NumberLong("2") to its argument."""
        opening = name_end
        while self.at(opening) and self.at(opening) in BLANKS:
            opening += 1
        if self.at(opening) != "(":
            return False
        self.i = opening + 1
        self.value()
        if self.skip(")"):
            self.skip(";")
        return True

    def regex(self) -> bool:
        if self.char != "/":
            return False
        start = self.i
        self.i += 1
        while self.char and (self.char != "/" or self.at(self.i - 1) == "\\"):
            self.i += 1
        self.i += 1
        self.out.add(quote(self.text[start : self.i]))
        return True


def _starts_value(character: str) -> bool:
    return bool(character) and (character in QUOTES or re.fullmatch(r"[\[{\w-]", character, re.ASCII) is not None)


def _repaired_number(written: str) -> str:
    mantissa, mark, exponent = written.partition("e" if "e" in written else "E")
    if re.match(r"-?0[0-9]", mantissa) or (mark and mantissa == "-"):
        return f'"{written}"'
    whole, point, fraction = mantissa.partition(".")
    whole = whole + "0" if whole in ("", "-") else whole
    if point and not fraction:
        fraction = "0"
    if mark and exponent.strip("+-") == "":
        exponent += "0"
    return whole + point + fraction + mark + exponent
